"""Scores out of a real language model, all-MiniLM-L6-v2, before its softmax."""

import numpy as np

from .. import pretrained


def load(layer=0, sentence=1):
    """The tokens of a stored sentence, a list of n str, and the scores of all heads of a layer, float32 (n_heads, n, n).

    Rows are queries and columns are keys. The scores are those that the model's softmax gets, divided by √d_k already.
    """
    model = pretrained.load()
    words, maps = model.sentences[sentence], model.layer(layer)
    x = words.inputs[layer]  # (n, d_model)
    q, k = (
        (x @ w + b).reshape(len(x), maps.n_heads, -1).swapaxes(0, 1)  # (n_heads, n, d_k)
        for w, b in ((maps.w_q, maps.b_q), (maps.w_k, maps.b_k))
    )
    return words.tokens, q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1], dtype=np.float32)
