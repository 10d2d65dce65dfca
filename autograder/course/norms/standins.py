"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each leans on a library call instead of the steps that a lesson teaches.
While the exercise of its name is checked, it refuses.
"""

import torch
from torch.nn import functional

from autograder import stand_in


@stand_in
def layer_norm(x, gain, bias, eps=1e-5):
    return functional.layer_norm(x, gain.shape, gain, bias, eps)


@stand_in
def rms_norm(x, gain, eps=1e-6):
    return functional.rms_norm(x, gain.shape, gain, eps)


@stand_in
def batch_norm_step(x, mean, var, training, momentum=0.1, eps=1e-5):
    mean, var = mean.clone(), var.clone()
    y = functional.batch_norm(x.flatten(0, 1), mean, var, training=training, momentum=momentum, eps=eps)
    return y.view_as(x), mean, var


@stand_in
def what_it_reads(norm):
    x = torch.randn(4, 6, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    slopes = torch.autograd.functional.jacobian(norm, x).abs()  # (4, 6, 8, 4, 6, 8)
    moved = (slopes.amax((0, 1, 3, 4)), slopes.amax((0, 2, 3, 5)), slopes.amax((1, 2, 4, 5)))
    return tuple(bool((m - m.diag().diag() > 1e-6).any()) for m in moved)


@stand_in
def residual_block(x, sublayer, norm, norm_first):
    steps = [norm, sublayer] if norm_first else [sublayer]
    y = torch.nn.Sequential(*map(_module, steps))(x).add(x)
    return y if norm_first else norm(y)


def _module(function):
    module = torch.nn.Module()
    module.forward = function
    return module


@stand_in
def tell_apart():
    return torch.full((2, 8), 3.0).mul(torch.tensor([[1.0], [2.0]])).add(torch.linspace(0, 1, 8)).unbind()


@stand_in
def feed_forward(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return functional.linear(activation(functional.linear(x, w_1.T, b_1)), w_2.T, b_2)
