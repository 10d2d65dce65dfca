"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each leans on a library call instead of the steps that a lesson teaches.
"""

import numpy as np

from ..softmax.standins import softmax
from . import training

__all__ = ["attention_scores", "bilinear_form", "equivalent_projections", "mix_values", "project_qkv", "softmax",
           "solve_the_cycle"]  # fmt: skip


def project_qkv(x, w_q, w_k, w_v):
    return tuple(np.tensordot(x, w, axes=1) for w in (w_q, w_k, w_v))


def attention_scores(q, k):
    return np.einsum("...qd,...kd->...qk", q, k)


def solve_the_cycle():
    return training.matrices_for_the_cycle()


def bilinear_form(w_q, w_k):
    m = np.inner(w_q, w_k)
    values = np.linalg.svd(m, compute_uv=False)
    return m, int((values > len(m) * np.finfo(m.dtype).eps * values[0]).sum())


def equivalent_projections(w_q, w_k, a):
    return np.tensordot(w_q, a, axes=1), np.linalg.lstsq(a, w_k.T)[0].T


def mix_values(weights, v):
    return np.einsum("...qk,...kd->...qd", weights, v)
