"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each leans on a library call instead of the steps that a lesson teaches.
While the exercise of its name is checked, it refuses.
"""

import numpy as np

from autograder import stand_in

from ..raw_dot_products.standins import weighted_average
from ..softmax.standins import softmax
from . import training

__all__ = ["bilinear_form", "contributions", "cross_scores", "equivalent_projections", "project_qkv", "softmax",
           "solve_the_cycle", "weighted_average"]  # fmt: skip


@stand_in
def project_qkv(x, w_q, w_k, w_v):
    return tuple(np.tensordot(x, w, axes=1) for w in (w_q, w_k, w_v))


@stand_in
def cross_scores(x, y, w_q, w_k):
    return np.einsum("qa,ad,...kb,bd->...qk", x, w_q, y, w_k, optimize=True)


@stand_in
def solve_the_cycle():
    rng = np.random.default_rng(0)
    w_q, w_k = rng.normal(size=(2, 3, 3))
    for _ in range(400):
        g = softmax(w_q @ w_k.T) - np.eye(3)[training.BEATS]
        w_q, w_k = w_q - 0.3 * g @ w_k, w_k - 0.3 * g.T @ w_q
    return w_q, w_k


@stand_in
def bilinear_form(w_q, w_k):
    m = np.inner(w_q, w_k)
    values = np.linalg.svd(m, compute_uv=False)
    return m, int((values > len(m) * np.finfo(m.dtype).eps * values[0]).sum())


@stand_in
def equivalent_projections(w_q, w_k, a):
    return np.tensordot(w_q, a, axes=1), np.linalg.lstsq(a, w_k.T)[0].T


@stand_in
def contributions(weights, v):
    return np.linalg.norm(np.einsum("...qk,...kd->...qkd", weights, v), axis=-1)
