"""Stacks of encoder layers, with a norm of either kind and place, that learn to look things up: several models side by side."""

import torch
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from ..multi_head_attention.experiments import on_one_core

STARTS = 3  # of each kind
LAYERS, WIDTH, HEADS = 4, 32, 4
NAMES, THINGS, LENGTH = 8, 4, 8
STEPS, BATCH = 150, 16
EPS, MOMENTUM = 1e-5, 0.1


@on_one_core
def train(kinds, norm_first, batch_norm=False):
    """Trains three models of each kind with Adam: {name: shares right on new sequences, a list of three}.

    kinds : {name: dict with any of rate (0.01), warmup (0 steps over which the rate grows from 0), clip (None, or the length that a
    model's gradient is cut to)}. Each token carries a name and a thing and asks for the thing of the token with another name.
    """
    models = STARTS * len(kinds)
    options = [{"rate": 0.01, "warmup": 0, "clip": None} | kind for kind in kinds.values() for _ in range(STARTS)]
    learned = _start(len(kinds))
    slopes = {name: (torch.zeros_like(w), torch.zeros_like(w)) for name, w in learned.items()}  # Adam's two averages
    random, remembered = torch.Generator().manual_seed(0), {} if batch_norm else None
    for step in range(1, STEPS + 1):
        x, wanted = _play(BATCH, random)
        logits = _answers(learned, x, norm_first, remembered)  # (models, batch, n, things)
        loss = models * cross_entropy(logits.flatten(0, -2), wanted.expand(models, -1, -1).flatten())
        gradients = torch.autograd.grad(loss, list(learned.values()))
        with torch.no_grad():
            lengths = sum(g.flatten(1).square().sum(1) for g in gradients).sqrt().tolist()
            cut = torch.tensor([min(1.0, (o["clip"] or n) / n) for o, n in zip(options, lengths, strict=True)])
            rates = torch.tensor([o["rate"] * min(1.0, step / max(o["warmup"], 1)) for o in options])
            for (name, w), g in zip(learned.items(), gradients, strict=True):
                shape = (models, *[1] * (w.ndim - 1))
                mean, square = slopes[name]
                g = g * cut.view(shape)
                mean.lerp_(g, 0.1)
                square.lerp_(g.square(), 0.001)
                w -= rates.view(shape) * (mean / (1 - 0.9**step)) / ((square / (1 - 0.999**step)).sqrt() + 1e-8)
    with torch.no_grad():
        x, wanted = _play(256, random)
        right = (_answers(learned, x, norm_first, remembered, training=False).argmax(-1) == wanted).float().mean((1, 2))
    return dict(zip(kinds, right.view(-1, STARTS).tolist(), strict=True))


def _start(kinds):
    """Weights of all models: the same three starts for each kind."""
    random = torch.Generator().manual_seed(0)

    def matrix(rows, columns):
        return torch.randn(STARTS, rows, columns, generator=random).repeat(kinds, 1, 1) / rows**0.5

    start = {"w_in": matrix(2 * NAMES + THINGS, WIDTH) * (2 * NAMES + THINGS) ** 0.5, "w_out": matrix(WIDTH, THINGS)}
    for i in range(LAYERS):
        start |= {f"{name}{i}": matrix(WIDTH, WIDTH) for name in ("w_q", "w_k", "w_v", "w_o")}
        start |= {f"w_1{i}": matrix(WIDTH, 4 * WIDTH), f"w_2{i}": matrix(4 * WIDTH, WIDTH)}
        start |= {f"b_1{i}": torch.zeros(STARTS * kinds, 1, 4 * WIDTH), f"b_2{i}": torch.zeros(STARTS * kinds, 1, WIDTH)}
    norms = [f"{part}{i}" for part in ("attend", "think") for i in range(LAYERS)] + ["end"]
    start |= {f"gain {norm}": torch.ones(STARTS * kinds, 1, WIDTH) for norm in norms}
    start |= {f"bias {norm}": torch.zeros(STARTS * kinds, 1, WIDTH) for norm in norms}
    return {name: w.requires_grad_() for name, w in start.items()}


def _answers(learned, x, norm_first, remembered=None, training=True):
    """Logits (models, batch, n, things). `remembered` holds what BatchNorms remember; where it is None, the norms are LayerNorms."""
    batch = len(x)

    def statistics(x, name):
        dim = -1 if remembered is None else 1
        now = x.mean(dim, keepdim=True), x.var(dim, keepdim=True, correction=0)
        if remembered is None:
            return now
        if training:
            before = remembered.get(name, (torch.zeros(1), torch.ones(1)))
            remembered[name] = [
                torch.lerp(old.expand_as(new), new.detach(), MOMENTUM) for old, new in zip(before, now, strict=True)
            ]
        return now if training else remembered[name]

    def norm(x, name):
        mean, var = statistics(x, name)
        return (x - mean) / (var + EPS).sqrt() * learned[f"gain {name}"] + learned[f"bias {name}"]

    def attend(x, i):
        q, k, v = (
            (x @ learned[f"{w}{i}"]).view(-1, batch, LENGTH, HEADS, WIDTH // HEADS).transpose(2, 3)
            for w in ("w_q", "w_k", "w_v")
        )
        return scaled_dot_product_attention(q, k, v).transpose(2, 3).reshape(x.shape) @ learned[f"w_o{i}"]

    def think(x, i):
        return torch.relu(x @ learned[f"w_1{i}"] + learned[f"b_1{i}"]) @ learned[f"w_2{i}"] + learned[f"b_2{i}"]

    x = x.flatten(0, 1) @ learned["w_in"]  # (models, batch · n, d)
    for i in range(LAYERS):
        for sublayer, name in (attend, f"attend{i}"), (think, f"think{i}"):
            x = x + sublayer(norm(x, name), i) if norm_first else norm(x + sublayer(x, i), name)
    unused = 0 * (learned["gain end"] + learned["bias end"])  # so that post-norm has a gradient for them, too
    x = norm(x, "end") if norm_first else x + unused
    return (x @ learned["w_out"]).unflatten(1, (batch, LENGTH))


def _play(batch, random):
    """Inputs (batch, n, 20), one-hot name, thing and question side by side, and the things asked for (batch, n)."""
    name = torch.rand(batch, LENGTH, generator=random).argsort(-1)
    thing = torch.randint(THINGS, (batch, LENGTH), generator=random)
    ask = torch.randint(NAMES, (batch, LENGTH), generator=random)
    x = torch.cat([torch.eye(size)[part] for part, size in ((name, NAMES), (thing, THINGS), (ask, NAMES))], dim=-1)
    return x, thing.gather(1, name.argsort(-1).gather(1, ask))
