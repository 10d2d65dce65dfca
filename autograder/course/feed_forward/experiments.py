"""Stacks of random layers, and small networks that are trained in a second or two. Several random starts at once, fixed seeds.

They use layers of their own, written for several starts at a time.
"""

import itertools
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy, layer_norm

from ..multi_head_attention.experiments import on_one_core

STARTS = 3
KINDS = 8


def matrices(*shape, gain=1.0, generator):
    """Random starts of a map: (STARTS, rows, columns) with variance gain² / rows."""
    return (torch.randn(STARTS, *shape, generator=generator) * gain / shape[0] ** 0.5).requires_grad_()


def trained(loss_of, learned, steps, rate):
    """Adam on the sum of the starts' losses, so that each start learns as if it were alone."""
    optimiser = torch.optim.Adam(learned, lr=rate, fused=True)
    for _ in range(steps):
        optimiser.zero_grad()
        loss_of().sum().backward()
        optimiser.step()


def losses(logits, answers):
    """The mean loss of each start: (STARTS,) from logits (STARTS, batch, classes) and answers (batch,)."""
    return cross_entropy(logits.mT, answers.expand(len(logits), -1), reduction="none").mean(-1)


def right(logits, answers):
    """The share right of each start, (STARTS,)."""
    return (logits.argmax(-1) == answers).float().mean(-1).detach()


def random_layers(count, seed, multi_head_attention, feed_forward, d=64, n_heads=4):
    """Layers with random weights, made of these two functions: [(attention, feed-forward)], both from x (n, d) to (n, d)."""
    generator = torch.Generator().manual_seed(seed)

    def matrix(rows, columns, gain=1.0):
        return torch.randn(rows, columns, generator=generator, dtype=torch.float64) * gain / rows**0.5

    def layer():
        maps = [matrix(d, d) for _ in range(4)]
        w_1, w_2, b_1, b_2 = matrix(d, 4 * d), matrix(4 * d, d, gain=2**0.5), *(torch.zeros(n).double() for n in (4 * d, d))
        return (lambda x: multi_head_attention(x, x, *maps, n_heads)), (lambda x: feed_forward(x, w_1, b_1, w_2, b_2))

    return [layer() for _ in range(count)]


def random_tokens(seed, n=32, d=64):
    """Tokens of independent entries with mean 0 and variance 1: float64 (n, d)."""
    return torch.randn(n, d, generator=torch.Generator().manual_seed(1000 + seed), dtype=torch.float64)


# -- what can be read out of two kinds ----------------------------------------------------------------------------------


def pairs():
    """All pairs of kinds: a and b, (64,) each, and x (64, 16), the unit vector of a beside that of b."""
    a, b = torch.cartesian_prod(torch.arange(KINDS), torch.arange(KINDS)).unbind(1)
    eye = torch.eye(KINDS)
    return a, b, torch.cat([eye[a], eye[b]], dim=1)


@on_one_core
def read_out(answers, width=0, bend=True):
    """Trains read-outs of all pairs and gives their shares right, (STARTS,).

    answers : (64,) integers from 0 up, one for each pair of `pairs()`.
    width : 0 for a linear read-out, else that many neurons between two maps, with ReLU if `bend`.
    """
    generator, (_, _, x) = torch.Generator().manual_seed(0), pairs()
    sizes = [16, *([width] if width else []), int(answers.max()) + 1]
    learned = []
    for rows, columns in itertools.pairwise(sizes):
        learned += [matrices(rows, columns, generator=generator), torch.zeros(STARTS, 1, columns, requires_grad=True)]

    def logits():
        out = x @ learned[0] + learned[1]  # (STARTS, 64, columns)
        return out if not width else (torch.relu(out) if bend else out) @ learned[2] + learned[3]

    trained(lambda: losses(logits(), answers), learned, steps=500, rate=0.03)
    return right(logits(), answers)


# -- a memory that is trained -------------------------------------------------------------------------------------------


@dataclass
class Memory:
    """A trained feed-forward layer that tells for each key which of two labels it has.

    keys : (facts, d); labels : (facts,) of 0 and 1; weights : w_1, b_1, w_2 and b_2. The larger of the two outputs is the answer.
    """

    keys: torch.Tensor
    labels: torch.Tensor
    weights: tuple


@on_one_core
def train_memory(facts, width, d=32):
    """Trains feed-forward layers on random facts, one Memory for each start. Keys have length √d."""
    generator = torch.Generator().manual_seed(0)
    keys = torch.randn(facts, d, generator=generator)
    keys = keys / keys.norm(dim=1, keepdim=True) * d**0.5
    labels = torch.randint(2, (facts,), generator=generator)
    learned = [
        matrices(d, width, generator=generator),
        torch.zeros(STARTS, 1, width, requires_grad=True),
        matrices(width, 2, generator=generator),
        torch.zeros(STARTS, 1, 2, requires_grad=True),
    ]

    def logits():
        w_1, b_1, w_2, b_2 = learned
        return torch.relu(keys @ w_1 + b_1) @ w_2 + b_2

    trained(lambda: losses(logits(), labels), learned, steps=1500, rate=0.01)
    w_1, b_1, w_2, b_2 = (w.detach() for w in learned)
    return [Memory(keys, labels, (w_1[s], b_1[s, 0], w_2[s], b_2[s, 0])) for s in range(STARTS)]


# -- deep stacks --------------------------------------------------------------------------------------------------------


@dataclass
class Stack:
    """What became of a deep stack: the first layer's gradient before training, and the share right after it, (STARTS,) each."""

    gradient: torch.Tensor
    right: torch.Tensor


@on_one_core
def train_stack(residual, rate, layers=32, steps=150, d=16, width=32):
    """Trains stacks of feed-forward layers on one small question: do the first two numbers of a token have the same sign?

    With `residual` each layer's output is added to the stream, without it a LayerNorm stands before each layer instead. Adam at
    this rate; 256 tokens, the same ones for training and for the share right.
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(256, d, generator=generator)
    answers = (x[:, 0] * x[:, 1] > 0).long()
    maps = [
        (matrices(d, width, generator=generator), matrices(width, d, gain=2**0.5, generator=generator))
        for _ in range(layers)
    ]
    last = matrices(d, 2, generator=generator)

    def logits():
        stream = x.expand(STARTS, -1, -1)
        for w_1, w_2 in maps:
            if residual:
                stream = stream + torch.relu(stream @ w_1) @ w_2
            else:
                stream = torch.relu(layer_norm(stream, (d,)) @ w_1) @ w_2
        return stream @ last

    (first,) = torch.autograd.grad(losses(logits(), answers).sum(), [maps[0][1]])
    trained(lambda: losses(logits(), answers), [*(w for pair in maps for w in pair), last], steps, rate)
    return Stack(first.flatten(1).norm(dim=1), right(logits(), answers))
