"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each leans on a library call instead of the steps that a lesson teaches.
"""

import numpy as np
import torch
from torch.nn.functional import pad
from torch.nn.functional import scaled_dot_product_attention as library

from ..softmax.standins import softmax_jacobian


def score_variance(d_k, mean, variance):
    entries = mean + np.sqrt(variance) * np.array([-1.0, 1.0])
    return float(d_k * np.outer(entries, entries).var())


def saturated_fraction(weights, threshold):
    rows = weights.detach().numpy().reshape(-1, weights.shape[-1])
    return float(np.mean([np.linalg.norm(softmax_jacobian(row)) < threshold for row in rows]))


def scaled_dot_product_attention(q, k, v, mask=None, **options):
    identity = torch.eye(k.shape[-2], dtype=k.dtype).expand(*k.shape[:-2], -1, -1)
    weights = torch.nan_to_num(library(q, k, identity, attn_mask=mask, **options))
    return torch.nan_to_num(library(q, k, v, attn_mask=mask, **options)), weights


def raw_attention(q, k, v, mask=None):
    """The same with the scores as they are."""
    return scaled_dot_product_attention(q, k, v, mask, scale=1.0)


def causal_mask(n):
    return torch.isfinite(torch.nn.Transformer.generate_square_subsequent_mask(n))


def padding_mask(lengths, n):
    rows = [pad(torch.ones(length, dtype=torch.bool), (0, n - length)) for length in lengths.tolist()]
    return torch.stack(rows).unsqueeze(1)


def finds_leak(attention):
    inputs = torch.randn(3, 32, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    slopes = torch.autograd.functional.jacobian(lambda x: attention(*x).sum(-1), inputs)  # (n, 3, n, d)
    return bool((slopes.abs().amax((1, 3)).triu(1) > 1e-6).any())
