"""Causal models that predict fair coins, each with another norm: several models side by side, a second or two of training."""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from ..multi_head_attention.experiments import on_one_core

MODELS = 3  # from different random starts
LENGTH, WIDTH, HEADS = 8, 32, 2
EPS, MOMENTUM = 1e-5, 0.1

#: The dimensions of (models, batch, n, d) over which each norm's mean and variance run.
DIMS = {"LayerNorm": (3,), "BatchNorm": (1, 2), "GroupNorm": (2, 3)}


@dataclass
class Bits:
    """Bits per toss that models need for new coins, a list with a number for each model.

    training : with the norm as in training. evaluation : as in evaluation. prefixes : in evaluation, each toss predicted from the
    tosses before it alone, with nothing behind them in the input.
    """

    training: list
    evaluation: list
    prefixes: list


@on_one_core
def train(norm, batch, steps=400):
    """Trains models with one layer of causal attention and one feed-forward layer, pre-norm, to predict the next toss: Bits."""
    torch.manual_seed(0)
    learned, remembered = _start(), {}
    optimiser = torch.optim.Adam(learned.values(), lr=3e-3, fused=True)
    for _ in range(steps):
        tosses = torch.randint(2, (batch, LENGTH + 1))
        loss = MODELS * _bits(learned, tosses, norm, remembered, training=True).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        rounds = [torch.randint(2, (batch, LENGTH + 1)) for _ in range(max(20, 320 // batch))]
        training = torch.stack([_bits(learned, tosses, norm, dict(remembered), True) for tosses in rounds]).mean((0, 2, 3))
        tosses = torch.randint(2, (1000, LENGTH + 1))
        evaluation = _bits(learned, tosses, norm, remembered, False).mean((1, 2))
        alone = [_bits(learned, tosses[:, : n + 1], norm, remembered, False)[..., -1] for n in range(1, LENGTH + 1)]
    return Bits(training.tolist(), evaluation.tolist(), torch.stack(alone).mean((0, 2)).tolist())


def _start():
    def matrix(rows, columns):
        return torch.randn(MODELS, 1, rows, columns) / rows**0.5

    def zeros(columns):
        return torch.zeros(MODELS, 1, 1, columns)

    start = {"sides": torch.randn(MODELS, 2, WIDTH), "places": torch.randn(MODELS, 1, LENGTH, WIDTH)}
    start |= {name: matrix(WIDTH, WIDTH) for name in ("w_q", "w_k", "w_v", "w_o")}
    start |= {"w_1": matrix(WIDTH, 4 * WIDTH), "b_1": zeros(4 * WIDTH), "w_2": matrix(4 * WIDTH, WIDTH), "b_2": zeros(WIDTH)}
    start |= {"w_out": matrix(WIDTH, 2), "b_out": zeros(2)}
    for i in range(3):
        start |= {f"gain_{i}": torch.ones(MODELS, 1, 1, WIDTH), f"bias_{i}": zeros(WIDTH)}
    return {name: w.requires_grad_() for name, w in start.items()}


def _bits(learned, tosses, norm, remembered, training):
    """Bits that each toss but the first takes: (models, batch, n)."""

    def normalised(x, i):
        mean, var = _statistics(x, norm, i, remembered, training)
        return (x - mean) / (var + EPS).sqrt() * learned[f"gain_{i}"] + learned[f"bias_{i}"]

    def in_heads(name):
        return (h @ learned[name]).unflatten(-1, (HEADS, -1)).transpose(-3, -2)

    given, wanted = tosses[:, :-1], tosses[:, 1:]
    x = learned["sides"][:, given] + learned["places"][:, :, : given.shape[1]]  # (models, batch, n, d)
    h = normalised(x, 0)
    found = scaled_dot_product_attention(in_heads("w_q"), in_heads("w_k"), in_heads("w_v"), is_causal=True)
    x = x + found.transpose(-3, -2).flatten(-2) @ learned["w_o"]
    x = x + torch.relu(normalised(x, 1) @ learned["w_1"] + learned["b_1"]) @ learned["w_2"] + learned["b_2"]
    logits = normalised(x, 2) @ learned["w_out"] + learned["b_out"]  # (models, batch, n, 2)
    nats = cross_entropy(logits.movedim(-1, 1), wanted.expand(MODELS, -1, -1), reduction="none")
    return nats / math.log(2)


def _statistics(x, norm, i, remembered, training):
    """Mean and variance, of x or what is remembered of earlier batches; BatchNorm alone remembers."""
    if norm == "BatchNorm" and not training:
        return remembered[i]
    now = x.mean(DIMS[norm], keepdim=True), x.var(DIMS[norm], keepdim=True, correction=0)
    if norm == "BatchNorm":
        before = remembered.get(i, (torch.zeros(1), torch.ones(1)))
        remembered[i] = [
            torch.lerp(old.expand_as(new), new.detach(), MOMENTUM) for old, new in zip(before, now, strict=True)
        ]
    return now
