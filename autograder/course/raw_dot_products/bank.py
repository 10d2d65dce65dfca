"""Four words of "she fished from the bank", with features and matrices made by hand: what one look-up needs.

"the" is left out: with four words the sum of the scores' powers of two is 8.
"""

import numpy as np

WORDS = ["she", "fished", "from", "bank"]
TOPICS = ["water", "money"]  # what a query can ask about, a key can offer and a value can speak of

X = np.array(
    [  # person, water, money, has two meanings, small word
        [1.0, 0.0, 0.0, 0.0, 0.0],  # she
        [0.0, 2.0, 0.0, 0.0, 0.0],  # fished
        [0.0, 0.0, 0.0, 0.0, 1.0],  # from
        [0.0, 0.0, 1.0, 1.0, 0.0],  # bank: alone, it leans a little towards money
    ]
)  # (n, d_model)
W_Q = np.array(
    [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
)  # (d_model, d_k): two meanings ask for both topics
W_K = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])  # (d_model, d_k)
W_V = 4 * W_K  # (d_model, d_v)
