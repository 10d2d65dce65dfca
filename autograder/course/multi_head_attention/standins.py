"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each leans on a library call instead of the steps that a lesson teaches.
While the exercise of its name is checked, it refuses.
"""

import math

import torch
from torch.nn import functional

from autograder import stand_in


@stand_in
def scaled_dot_product_attention(q, k, v, mask=None):
    eye = torch.eye(k.shape[-2], dtype=q.dtype).expand(*k.shape[:-1], -1)
    weights = functional.scaled_dot_product_attention(q, k, eye, mask)  # the average of unit vectors is the weights
    return functional.scaled_dot_product_attention(q, k, v, mask), weights


@stand_in
def two_relations():
    turn = torch.polar(torch.tensor(20.0), torch.arange(6) * math.tau / 6)
    lock, key = torch.view_as_real(turn.roll(1)), torch.view_as_real(turn)
    level = torch.nn.functional.one_hot(torch.zeros(6, dtype=torch.long), 2).float()
    return torch.hstack([lock, level]), torch.hstack([key, 40 * functional.pad(level[:1], (0, 0, 0, 5))])


@stand_in
def split_heads(x, n_heads):
    return torch.stack(x.tensor_split(n_heads, -1), -3)


@stand_in
def merge_heads(x):
    return torch.cat(x.unbind(-3), -1)


@stand_in
def finds_bad_split(split):
    x = torch.rand(2, 5, 12, generator=torch.Generator().manual_seed(0))
    return not torch.equal(split(x, 3), split_heads(x, 3))


@stand_in
def multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    parts = zip(*(w.tensor_split(n_heads, 1) for w in (w_q, w_k, w_v)), w_o.tensor_split(n_heads), strict=True)
    return sum(functional.scaled_dot_product_attention(x_q @ q, x_kv @ k, x_kv @ v, mask) @ o for q, k, v, o in parts)


@stand_in
def layer_size(d_model, n_heads, n_kv_heads, bias):
    unshared = torch.nn.MultiheadAttention(d_model, n_heads, bias=bias, device="meta")
    return sum(w.numel() for w in unshared.parameters()) * (n_heads + n_kv_heads) // (2 * n_heads)
