import math
import torch


def form(result):
    """What is wrong with the form of the two matrices, or ""."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return 'two matrices are asked for, w_q and w_k, in a tuple'
    for name, w in zip(('w_q', 'w_k'), result, strict=True):
        if not isinstance(w, torch.Tensor):
            return f'{name} is not a torch tensor'
        shape = tuple(w.shape)
        if w.ndim != 2 or shape[0] != 6 or shape[1] % 2 or (not shape[1]):
            return f'{name} should have the shape (6, 2 · d_k), with an even number of columns, and has {shape}'
        if not w.is_floating_point():
            return f"{name} should hold floats, and has dtype {str(w.dtype).removeprefix('torch.')}"
        if not torch.isfinite(w).all():
            return f'{name} has entries that are not finite numbers'
        if w.abs().max() > 50:
            return f'{name} has an entry of size {w.abs().max().item():.4g}: none may be above 50 or below −50'
    if result[0].shape != result[1].shape:
        return f'w_q has the shape {tuple(result[0].shape)} and w_k {tuple(result[1].shape)}: they should be the same'
    return ''


def weights_of(result, head):
    """The weights (6, 6) of one head for an identity matrix as input."""
    d_k = result[0].shape[1] // 2
    q, k = (w.double()[:, head * d_k:(head + 1) * d_k] for w in result)
    return torch.softmax(q @ k.T / math.sqrt(d_k), dim=-1)


def previous_token(result):
    """Head 0 gives a weight of at least 0.99 to the token before, for tokens 1 to 5."""
    if (wrong := form(result)):
        return wrong
    weights = weights_of(result, 0)
    for i in range(1, 6):
        if weights[i, i - 1] < 0.99:
            return f'in head 0, token {i} gives token {i - 1} a weight of {weights[i, i - 1].item():.2f}{mostly(weights, i, i - 1)}'
    return ''


def first_token(result):
    """Head 1 gives a weight of at least 0.99 to token 0, for all tokens."""
    if (wrong := form(result)):
        return wrong
    weights = weights_of(result, 1)
    for i in range(6):
        if weights[i, 0] < 0.99:
            return f'in head 1, token {i} gives token 0 a weight of {weights[i, 0].item():.2f}{mostly(weights, i, 0)}'
    return ''


def mostly(weights, i, wanted):
    """Where the largest weight of a row is, if that is elsewhere."""
    largest = int(weights[i].argmax())
    if weights[i, largest] - weights[i, wanted] < 1e-06:
        return ' and needs at least 0.99. No other token gets more'
    return f' and needs at least 0.99. Its largest weight, {weights[i, largest].item():.2f}, goes to token {largest}'
