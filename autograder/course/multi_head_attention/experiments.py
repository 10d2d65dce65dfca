"""Small models that are trained in seconds: one layer of attention, several models side by side.

A run trains MODELS models at once, each from its own random start, on the same data. The seed is fixed. They use attention of
their own, written for several models at a time; `copy_and_lookup` takes the functions to be tried.
"""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

MODELS = 5
KINDS = 8  # of tokens
LENGTH = 8  # tokens of a sequence
WIDTH = 32  # d_model

#: What each relation asks of every token, as a function of the sequences (batch, n).
RELATIONS = {
    "the previous token": lambda kinds: kinds.roll(1, 1),
    "the token before that": lambda kinds: kinds.roll(2, 1),
    "the first token": lambda kinds: kinds[:, :1].expand_as(kinds),
    "the second token": lambda kinds: kinds[:, 1:2].expand_as(kinds),
}
ASKED_FROM = 2  # the first tokens have no token before that


def on_one_core(train):
    """Products this small only lose time when they are shared out among cores, most of all where others use the cores too."""

    @functools.wraps(train)
    def alone(*args, **kwargs):
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return train(*args, **kwargs)
        finally:
            torch.set_num_threads(threads)

    return alone


@dataclass
class Run:
    """What came out of training.

    all_right : (models,) share of tokens for which every relation was answered rightly, on new sequences.
    right : (models, relations) the same for each relation by itself.
    weights, weights_before : (models, n_heads, n, n) attention weights, mean over sequences, after and before training.
    parameters : how many numbers one model learns.
    """

    all_right: np.ndarray
    right: np.ndarray
    weights: np.ndarray
    weights_before: np.ndarray
    parameters: int


@on_one_core
def train_relations(
    n_heads, relations=("the previous token", "the first token"), mlp=False, tokens_choose=False, copies=False
):
    """Trains models that answer, for each token, the kind of the tokens that `relations` name.

    Scores come from positions and values from tokens; with `tokens_choose` both come from their sum. A linear readout follows, or
    with `mlp` a residual MLP and then the readout. With `copies` all heads of a model start as copies of its first head.
    """
    torch.manual_seed(0)
    learned = _start(n_heads, len(relations), mlp, copies)
    optimiser = torch.optim.Adam(learned.values(), lr=5e-3, fused=True)
    random = torch.Generator().manual_seed(0)
    before = None
    for _ in range(400):
        kinds = torch.randint(KINDS, (32, LENGTH), generator=random)
        logits, weights = _answers(learned, kinds, n_heads, mlp, tokens_choose)
        before = weights.detach().mean(1) if before is None else before
        wanted = _wanted(kinds, relations).expand(MODELS, -1, -1, -1)
        loss = MODELS * cross_entropy(logits.reshape(-1, KINDS), wanted.reshape(-1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        kinds = torch.randint(KINDS, (500, LENGTH), generator=random)
        logits, weights = _answers(learned, kinds, n_heads, mlp, tokens_choose)
        right = logits.argmax(-1) == _wanted(kinds, relations)  # (models, batch, n - 2, relations)
    return Run(
        all_right=right.all(-1).float().mean((1, 2)).numpy(),
        right=right.float().mean((1, 2)).numpy(),
        weights=weights.mean(1).numpy(),
        weights_before=before.numpy(),
        parameters=sum(w[0].numel() for w in learned.values()),
    )


def _start(n_heads, n_relations, mlp, copies):
    def matrix(rows, columns):
        return torch.randn(MODELS, rows, columns) / rows**0.5

    start = {"tokens": torch.randn(MODELS, KINDS, WIDTH), "positions": torch.randn(MODELS, LENGTH, WIDTH)}
    start |= {name: matrix(WIDTH, WIDTH) for name in ("w_q", "w_k", "w_v", "w_o")}
    start["readout"] = matrix(WIDTH, n_relations * KINDS)
    if mlp:
        start |= {
            "w_in": matrix(WIDTH, 2 * WIDTH),
            "b_in": torch.zeros(MODELS, 1, 2 * WIDTH),
            "w_out": matrix(2 * WIDTH, WIDTH),
        }
    if copies:
        d_head = WIDTH // n_heads
        for name in ("w_q", "w_k", "w_v"):
            start[name] = start[name][:, :, :d_head].repeat(1, 1, n_heads)
        start["w_o"] = start["w_o"][:, :d_head].repeat(1, n_heads, 1)
    return {name: w.requires_grad_() for name, w in start.items()}


def _answers(learned, kinds, n_heads, mlp, tokens_choose):
    """Logits (models, batch, n - 2, relations, kinds) and weights (models, batch, n_heads, n, n)."""
    tokens = learned["tokens"][:, kinds]  # (models, batch, n, d_model)
    positions = learned["positions"].unsqueeze(1)  # (models, 1, n, d_model)
    asking, telling = (tokens + positions,) * 2 if tokens_choose else (positions, tokens)
    q, k, v = (_times(x, learned[name]).unflatten(-1, (n_heads, -1)).transpose(-3, -2)
               for x, name in ((asking, "w_q"), (asking, "w_k"), (telling, "w_v")))  # fmt: skip
    weights = torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, dim=-1)
    heads = (weights @ v)[..., ASKED_FROM:, :].transpose(-3, -2).flatten(-2)
    out = _times(heads, learned["w_o"])  # (models, batch, n - 2, d_model)
    if mlp:
        hidden = torch.relu(_times(out, learned["w_in"]) + learned["b_in"].unsqueeze(1))
        out = out + _times(hidden, learned["w_out"])
    return _times(out, learned["readout"]).unflatten(-1, (-1, KINDS)), weights


def _times(x, w):
    """x (models, batch, n, a) times w (models, a, b): one large product for each model instead of many small ones."""
    return (x.flatten(1, 2) @ w).unflatten(1, x.shape[1:3])


def _wanted(kinds, relations):
    return torch.stack([RELATIONS[name](kinds)[:, ASKED_FROM:] for name in relations], dim=-1)


# -- copying and looking up, with a split and a merge to be tried --------------------------------------------------------

NAMES, THINGS = 8, 4  # names are all different within a sequence


def copy_and_lookup(split, merge, n_heads=2):
    """Trains models on two tasks with these functions: {"copy": shares right (models,), "look up": shares right (models,)}.

    Each token carries a name and a thing, and asks for a name. "copy": answer the own thing. "look up": answer the thing of the
    token that carries the name.
    """
    return {task: _train_lookup(split, merge, n_heads, task) for task in ("copy", "look up")}


@on_one_core
def _train_lookup(split, merge, n_heads, task):
    torch.manual_seed(0)
    learned = {
        name: torch.randn(MODELS, kinds, WIDTH) for name, kinds in (("name", NAMES), ("thing", THINGS), ("ask", NAMES))
    }
    learned |= {name: torch.randn(MODELS, WIDTH, WIDTH) / WIDTH**0.5 for name in ("w_q", "w_k", "w_v", "w_o")}
    learned["readout"] = torch.randn(MODELS, WIDTH, THINGS) / WIDTH**0.5
    for w in learned.values():
        w.requires_grad_()
    optimiser = torch.optim.Adam(learned.values(), lr=1e-2, fused=True)
    random = torch.Generator().manual_seed(0)

    def play(batch):
        name = torch.rand(batch, LENGTH, generator=random).argsort(-1)  # (batch, n)
        thing = torch.randint(THINGS, (batch, LENGTH), generator=random)
        ask = torch.randint(NAMES, (batch, LENGTH), generator=random)
        x = learned["name"][:, name] + learned["thing"][:, thing] + learned["ask"][:, ask]  # (models, batch, n, d_model)
        q, k, v = (split(_times(x, learned[w]), n_heads) for w in ("w_q", "w_k", "w_v"))
        out = _times(merge(scaled_dot_product_attention(q, k, v)), learned["w_o"])
        answer = thing if task == "copy" else thing.gather(1, name.argsort(-1).gather(1, ask))
        return _times(out, learned["readout"]), answer.expand(MODELS, -1, -1)

    for _ in range(200):
        logits, answer = play(16)
        loss = MODELS * cross_entropy(logits.reshape(-1, THINGS), answer.reshape(-1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        logits, answer = play(500)
        return (logits.argmax(-1) == answer).float().mean((1, 2)).numpy()
