"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each leans on a library call instead of the steps that a lesson teaches.
While the exercise of its name is checked, it refuses.
"""

import math

import numpy as np
import torch
from torch.nn.functional import pad
from torch.nn.functional import scaled_dot_product_attention as library

from autograder import stand_in

from ..softmax.standins import softmax_jacobian


@stand_in
def score_variance(d_k, mean, variance):
    entries = mean + np.sqrt(variance) * np.array([-1.0, 1.0])
    return float(d_k * np.outer(entries, entries).var())


@stand_in
def saturated_fraction(weights, threshold):
    rows = weights.detach().numpy().reshape(-1, weights.shape[-1])
    return float(np.mean([np.linalg.norm(softmax_jacobian(row)) < threshold for row in rows]))


@stand_in
def scaled_dot_product_attention(q, k, v, mask=None):
    identity = torch.eye(k.shape[-2], dtype=k.dtype).expand(*k.shape[:-2], -1, -1)
    weights = torch.nan_to_num(library(q, k, identity, attn_mask=mask))
    return torch.nan_to_num(library(q, k, v, attn_mask=mask)), weights


def raw_attention(q, k, v, mask=None):
    """The same with the scores as they are."""
    return scaled_dot_product_attention(q * math.sqrt(q.shape[-1]), k, v, mask)


@stand_in
def causal_mask(n_q, n_k):
    return torch.isfinite(torch.nn.Transformer.generate_square_subsequent_mask(n_k))[n_k - n_q :]


@stand_in
def padding_mask(lengths, n):
    rows = [pad(torch.ones(length, dtype=torch.bool), (0, n - length)) for length in lengths.tolist()]
    return torch.stack(rows).unsqueeze(1)


@stand_in
def finds_leak(attention):
    inputs = torch.randn(3, 32, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    slopes = torch.autograd.functional.jacobian(lambda x: attention(*x).sum(-1), inputs)  # (n, 3, n, d)
    return bool((slopes.abs().amax((1, 3)).triu(1) > 1e-6).any())
