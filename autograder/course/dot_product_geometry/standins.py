"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each goes another way than the lesson teaches.
While the exercise of its name is checked, it refuses.
"""

import numpy as np

from autograder import stand_in


@stand_in
def dot_by_components(a, b):
    return np.einsum("...i,...i->...", a, b)


@stand_in
def angle_degrees(a, b):
    lengths = [np.linalg.norm(x, axis=-1, keepdims=True) for x in (a, b)]
    u, v = lengths[1] * a, lengths[0] * b
    return 2 * np.degrees(np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1)))


@stand_in
def cosine_similarity(query, keys):
    units = [x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-30) for x in (query, keys)]
    return (units[1] @ units[0][..., None])[..., 0]


@stand_in
def ordinary_cosine(vectors):
    n = len(vectors)
    units = np.asarray(vectors, np.float64) / np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    total = np.square(units.sum(axis=0)).sum() - n  # |sum of units|² holds each pair twice, and n rows with themselves
    squares = np.square(units.T @ units).sum() - n
    mean = total / (n * (n - 1))
    return float(mean), float(np.sqrt(max(squares / (n * (n - 1)) - mean**2, 0)))


@stand_in
def cosine_spread(d, mean):
    points, weights = np.polynomial.hermite_e.hermegauss(8)
    weights = np.multiply.outer(weights, weights) / weights.sum() ** 2
    x, y = np.meshgrid(points + mean, points + mean)
    power = (weights * x * x).sum()
    one = x * y / power - (weights * x * y).sum() / power**2 * (x * x + y * y) / 2
    return float(np.sqrt(np.cov(one.ravel(), aweights=weights.ravel(), bias=True) / d))


@stand_in
def loudest_key(keys):
    direction = np.random.default_rng(0).uniform(-1, 1, keys.shape[-1])
    return direction * np.linalg.norm(keys) * 100


@stand_in
def nearest(query, vectors, k, metric):
    pools = {"dot": vectors @ query, "cosine": cosine_similarity(query, vectors)}
    if metric not in pools:
        raise ValueError(f"no metric called {metric!r}")
    return np.lexsort((np.arange(len(vectors)), -pools[metric]))[:k]
