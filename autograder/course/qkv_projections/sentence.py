"""The running example, with features and matrices made by hand: 他吃了一个苹果, he ate an apple."""

import numpy as np

WORDS = ["he", "ate", "one", "apple"]  # 他 吃了 一个 苹果
FEATURES = ["thing", "action", "amount", "person", "food"]
TOPICS = ["action", "thing", "amount"]  # what a query can look for and a key can offer
CARRIED = ["person", "food"]  # what a value passes on

X = np.array(
    [
        [1.0, 0.0, 0.0, 1.0, 0.0],  # he
        [0.0, 1.0, 0.0, 0.0, 0.0],  # ate
        [0.0, 0.0, 1.0, 0.0, 0.0],  # one
        [1.0, 0.0, 0.0, 0.0, 1.0],  # apple
    ]
)  # (n, d_model)
W_Q = np.array(
    [
        [3.0, 0.0, 0.0],  # a thing looks for an action
        [0.0, 2.0, 0.0],  # an action looks for things
        [0.0, 1.0, 0.0],  # an amount looks for a thing
        [0.0, 0.0, 0.0],
        [0.0, 0.0, 1.0],  # food also looks for an amount
    ]
)  # (d_model, d_k)
W_K = np.array(
    [
        [0.0, 1.0, 0.0],  # a thing offers itself as a thing
        [1.0, 0.0, 0.0],  # an action as an action
        [0.0, 0.0, 1.0],  # an amount as an amount
        [0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],  # food once more as a thing
    ]
)  # (d_model, d_k)
W_V = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])  # (d_model, d_v)
