"""A small task that attention can learn: find the key that belongs to the query.

Each question shows 16 of 32 symbols, each with a label from 0 to 7 that is drawn anew, and asks for the label of one of them.
Only the maps to queries and keys are learned; the values are the labels themselves.
"""

import torch
from torch.nn.functional import cross_entropy, one_hot

SYMBOLS, SHOWN, LABELS, D_MODEL = 32, 16, 8, 64


def train(attention, d_k, rate=0.003, seed=0, steps=200, spread=1.0):
    """Learns the lookup from the start and returns the share of 1000 new questions that it then gets right.

    `attention(q, k, v, mask)` returns (output, weights). `rate` is Adam's learning rate. At the start the entries of queries and
    keys have mean 0 and standard deviation `spread`.
    """
    generator = torch.Generator().manual_seed(seed)
    symbols = torch.randn(SYMBOLS, D_MODEL, generator=generator)  # (symbols, d_model)
    maps = torch.randn(2, D_MODEL, d_k, generator=generator) * spread / D_MODEL**0.5  # (2, d_model, d_k): W_Q and W_K
    optimizer = torch.optim.Adam([maps.requires_grad_()], lr=rate)
    for _ in range(steps):
        logits, answer = _asked(attention, symbols, maps, _questions(64, generator))
        optimizer.zero_grad()
        cross_entropy(logits, answer).backward()
        optimizer.step()
    with torch.no_grad():
        logits, answer = _asked(attention, symbols, maps, _questions(1000, generator))
    return (logits.argmax(-1) == answer).float().mean().item()


def _questions(number, generator):
    """Which symbols are shown, the first of them being asked for, and the label of every symbol."""
    shown = torch.rand(number, SYMBOLS, generator=generator).argsort(-1)[:, :SHOWN]
    return shown, torch.randint(LABELS, (number, SYMBOLS), generator=generator)


def _asked(attention, symbols, maps, questions):
    shown, labels = questions
    asked = shown[:, :1]  # (items, 1)
    q, k = symbols @ maps  # (symbols, d_k) each
    mask = torch.zeros(labels.shape, dtype=torch.bool).scatter(1, shown, True)[:, None]  # (items, 1, symbols)
    values = one_hot(labels, LABELS).to(q.dtype)  # (items, symbols, labels)
    output, _ = attention(q[asked], k.expand(len(labels), -1, -1), values, mask)  # (items, 1, labels)
    return 8 * output[:, 0], labels.gather(1, asked)[:, 0]
