"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each leans on a library call instead of the steps that a lesson teaches.
While the exercise of its name is checked, it refuses.
"""

import itertools

import torch
from torch.nn import functional

from autograder import stand_in

from ..multi_head_attention.standins import multi_head_attention

__all__ = ["feed_forward", "is_position_wise", "multi_head_attention", "spread", "stream_parts", "swiglu", "write_memory"]


@stand_in
def spread(x):
    whole = torch.linalg.matrix_norm(x)
    return (torch.linalg.matrix_norm(x - x.mean(0)) / whole.clamp_min(torch.finfo(x.dtype).tiny)).item()


@stand_in
def feed_forward(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return functional.linear(activation(functional.linear(x, w_1.mT, b_1)), w_2.mT, b_2)


@stand_in
def is_position_wise(layer):
    x = torch.randn(16, 8, generator=torch.Generator().manual_seed(0))
    return all((layer(row[None])[0] - out).abs().max() < 1e-4 for row, out in zip(x, layer(x), strict=True))


@stand_in
def write_memory(keys, values):
    sharp = keys.mT * 2
    return sharp, sharp.new_full((len(keys),), -1), values.clone(), values.new_zeros(values.shape[1])


@stand_in
def stream_parts(x, sublayers):
    after = list(itertools.accumulate(sublayers, lambda stream, sublayer: stream + sublayer(stream), initial=x))
    return torch.stack(after).diff(dim=0, prepend=torch.zeros_like(x)[None])


@stand_in
def swiglu(x, w_gate, w_up, w_down):
    return functional.glu(torch.cat([(x @ w_gate) * (x @ w_up), x @ w_gate], dim=-1)) @ w_down
