"""Rotary positions, which many models put between projection and dot product: a row is turned by angles that grow with its place."""

import numpy as np


def turned(rows):
    """Entries 2p and 2p + 1 of row number `place` are turned by the angle place · 10000^(−2p / d).

    Parameters
    ----------
    rows : float array (n, d), queries or keys, d even.

    Returns
    -------
    array (n, d). The two parts of each pair stand d / 2 apart in it, which no dot product of two turned rows notices.

    Source: Su et al. 2021 (arXiv 2104.09864).
    """
    n, d = rows.shape
    angles = np.outer(np.arange(n), 10000.0 ** (-np.arange(0, d, 2) / d))  # (n, d / 2)
    first, second = rows[:, ::2], rows[:, 1::2]  # (n, d / 2) each
    cos, sin = np.cos(angles), np.sin(angles)
    return np.concatenate([first * cos - second * sin, first * sin + second * cos], axis=1)  # (n, d)
