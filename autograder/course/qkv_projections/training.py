"""Training runs of seconds, in plain numpy: what can learn the cycle, and what a head of a given d_k can fit.

Gradients are written out by hand. For weights w = softmax(scores) and wanted weights t, the gradient of the cross-entropy with
respect to the scores is w - t.
"""

import numpy as np

from ..softmax.standins import softmax

#: What each model learns, by name.
MODELS = ("raw", "embeddings", "one matrix", "two matrices", "one form")

BEATS = np.array([2, 0, 1])  # rock 0 beats scissors 2, paper 1 beats rock 0, scissors 2 beats paper 1


def cycle(model, *, mask_self=False, seeds=8, steps=300, rate=1.0, d_model=8, d_k=4):
    """Trains `model` to make rock, paper and scissors attend to the one they beat, from `seeds` random starts at once.

    Returns (losses, scores): the mean cross-entropy (steps + 1, seeds), and the scores at the end (seeds, 3, 3).
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=(seeds, 3, d_model)) / np.sqrt(d_model)
    w_q, w_k = rng.normal(size=(2, seeds, d_model, d_k)) / np.sqrt(d_k)
    form = rng.normal(size=(seeds, d_model, d_model)) / np.sqrt(d_model)
    wanted = np.eye(3)[BEATS]
    losses = np.empty((steps + 1, seeds))
    for step in range(steps + 1):
        q = x if model in ("raw", "embeddings") else x @ w_q
        k = x @ w_k if model == "two matrices" else q
        scores = x @ form @ _t(x) if model == "one form" else q @ _t(k)
        weights = softmax(np.where(np.eye(3), -1e30, scores) if mask_self else scores)
        losses[step] = -np.log((weights * wanted).sum(-1)).mean(-1)
        g = rate * (weights - wanted) / 3
        if step == steps:
            break
        if model == "embeddings":
            x = x - (g + _t(g)) @ x
        elif model == "one matrix":
            w_q = w_q - _t(x) @ (g + _t(g)) @ q
        elif model == "two matrices":
            w_q, w_k = w_q - _t(x) @ g @ k, w_k - _t(x) @ _t(g) @ q
        elif model == "one form":
            form = form - _t(x) @ g @ x
    return losses, scores


def token_losses(scores):
    """The loss of each of the three tokens, (..., 3): minus the logarithm of its weight on the token it beats."""
    return -np.log(softmax(scores)[..., np.arange(3), BEATS])


def share_right(scores, mask_self=False):
    """The share of the three that attend right, (...): scores within 0.001 of the largest tie, and a tie counts as a guess."""
    scores = np.where(np.eye(3), -np.inf, scores) if mask_self else scores
    best = scores > scores.max(-1, keepdims=True) - 0.001
    return (best[..., np.arange(3), BEATS] / best.sum(-1)).mean(-1)


def weight_on_right(losses):
    """The typical weight on the right token at the end of training: exp of minus the loss, (seeds,)."""
    return np.exp(-losses[-1])


def best_keys(queries, scores):
    """The keys (n_k, d_k) whose scores with these queries (n_q, d_k) come nearest to `scores` (n_q, n_k), by least squares."""
    return np.linalg.lstsq(queries, scores, rcond=None)[0].T


def fit_pattern(target, d_k, steps=1000, rate=0.1):
    """Free queries and keys of length d_k whose weights come near the pattern `target` (n, n), rows that sum to 1.

    Adam, from a random start. Returns (kl, weights): the mean over rows of KL(target ‖ weights), in nats, and the weights (n, n).
    """
    n = len(target)
    both = 0.5 * np.random.default_rng(0).normal(size=(2 * n, d_k))  # queries above keys
    mean, square = np.zeros_like(both), np.zeros_like(both)
    for step in range(1, steps + 1):
        q, k = both[:n], both[n:]
        g = softmax(q @ k.T) - target
        gradient = np.concatenate([g @ k, g.T @ q])
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        size = np.sqrt(square / (1 - 0.99**step)) + 1e-9
        both = both - rate * (1 - step / steps) * mean / (1 - 0.9**step) / size
    weights = softmax(both[:n] @ both[n:].T)
    return kl(target, weights), weights


def kl(target, weights):
    """The mean over rows of KL(target ‖ weights), in nats."""
    return float((target * np.log(np.where(target > 0, target / weights, 1))).sum(-1).mean())


def _t(a):
    return np.swapaxes(a, -1, -2)
