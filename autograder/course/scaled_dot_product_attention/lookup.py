"""A small task that attention can learn: for each query, find the one key that belongs to it.

There are some symbols (32, unless told otherwise), each with a label from 0 to 7 that is drawn anew for every question. Each symbol
asks for its own label: its query must find its own key among all. Only the maps to queries and keys are learned; the values are
the labels.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch.nn.functional import cross_entropy, one_hot

SYMBOLS, LABELS, D_MODEL = 32, 8, 64
QUESTIONS, NEW_QUESTIONS = 8, 64  # in each step, and at the end
LOUDNESS = 8.0  # by how much the label that is read out stands above the others, where all the weight is on one key


class Run(NamedTuple):
    """What a run ended with: the share of new questions that it gets right, the largest norm that the gradient of W_Q and W_K
    together had in any step, and the queries and keys (n, d_k) of all symbols."""

    right: float
    largest: float
    q: torch.Tensor
    k: torch.Tensor


def train(attention, d_k, **settings):
    """Learns the lookup from the start and returns the share of new questions that it then gets right.

    `attention(q, k, v)` returns (output, weights). `settings` are those of `run`.
    """
    return run(attention, d_k, **settings).right


@lru_cache(maxsize=128)  # the same run twice costs its time once
def run(attention, d_k, rate=0.003, seed=0, steps=300, spread=1.0, symbols=SYMBOLS):
    """As `train`, and returns a `Run`.

    `rate` is Adam's learning rate. At the start the entries of queries and keys have mean 0 and standard deviation `spread`.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # such small matrices gain nothing from more, and one gives the same numbers everywhere
    try:
        return _train(attention, d_k, rate, torch.Generator().manual_seed(seed), steps, spread, symbols)
    finally:
        torch.set_num_threads(threads)


def start(d_k, starts=20):
    """The queries and keys (starts, n, d_k) of all symbols in `train` before its first step, for that many seeds, in float64."""
    drawn = [_drawn(d_k, torch.Generator().manual_seed(seed), 1.0, SYMBOLS) for seed in range(starts)]
    return torch.stack([symbols @ maps for symbols, maps in drawn], dim=1).double().unbind()


def _drawn(d_k, generator, spread, symbols):
    vectors = torch.randn(symbols, D_MODEL, generator=generator)  # (n, d_model)
    maps = torch.randn(2, D_MODEL, d_k, generator=generator) * spread / D_MODEL**0.5  # (2, d_model, d_k): W_Q and W_K
    return vectors, maps


def _train(attention, d_k, rate, generator, steps, spread, symbols):
    vectors, maps = _drawn(d_k, generator, spread, symbols)
    optimizer = torch.optim.Adam([maps.requires_grad_()], lr=rate)

    def answers(questions):
        labels = torch.randint(LABELS, (symbols, questions), generator=generator)  # (n, questions)
        values = one_hot(labels, LABELS).to(maps.dtype).flatten(1)  # (n, questions · labels): all questions side by side
        output, _ = attention(*(vectors @ maps), values)  # (n, questions · labels)
        return LOUDNESS * output.unflatten(1, (questions, LABELS)).flatten(0, 1), labels.flatten()

    largest = 0.0
    for _ in range(steps):
        optimizer.zero_grad()
        cross_entropy(*answers(QUESTIONS)).backward()
        largest = max(largest, maps.grad.norm().item())
        optimizer.step()
    with torch.no_grad():
        logits, labels = answers(NEW_QUESTIONS)
        q, k = vectors @ maps  # (n, d_k) each
    return Run((logits.argmax(-1) == labels).double().mean().item(), largest, q, k)
