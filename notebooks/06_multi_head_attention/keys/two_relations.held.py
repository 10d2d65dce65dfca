import math
import torch


def form(result):
    """What is wrong with the form of the two matrices, or ""."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return "two matrices are asked for, w_q and w_k, in a tuple"
    for name, w in zip(("w_q", "w_k"), result, strict=True):
        if not isinstance(w, torch.Tensor):
            return f"{name} is not a torch tensor"
        shape = tuple(w.shape)
        if w.ndim != 2 or shape[0] != 6 or shape[1] % 2 or shape[1] < 4:
            return f"{name} should have the shape (6, 2 · d_k), with d_k at least 2, and has {shape}"
        if not w.is_floating_point():
            return f"{name} should hold floats, and has dtype {str(w.dtype).removeprefix('torch.')}"
        if not torch.isfinite(w).all():
            return f"{name} has entries that are not finite numbers"
        if w.abs().max() > 50:
            return f"{name} has an entry of size {w.abs().max().item():.4g}: none may be above 50 or below −50"
    if result[0].shape != result[1].shape:
        return f"w_q has the shape {tuple(result[0].shape)} and w_k {tuple(result[1].shape)}: they should be the same"
    return ""


def weights_of(result, head):
    """The weights (6, 6) of one head for an identity matrix as input."""
    d_k = result[0].shape[1] // 2
    q, k = (w.double()[:, head * d_k : (head + 1) * d_k] for w in result)
    return torch.softmax(q @ k.T / math.sqrt(d_k), dim=-1)


def right_form(result):
    """Two float matrices (6, 2 · d_k) of the same shape, with d_k at least 2 and no entry above 50 or below −50."""
    return form(result)


def previous_token(result):
    """Head 0 gives a weight of at least 0.99 to the token before, for tokens 1 to 5."""
    if wrong := form(result):
        return wrong
    weights = weights_of(result, 0)
    for i in range(1, 6):
        if weights[i, i - 1] < 0.99:
            return f"in head 0, {too_little(weights, i, i - 1)}{misplaced(result)}{narrow(result)}"
    return ""


def first_token(result):
    """Head 1 gives a weight of at least 0.99 to token 0, for all tokens."""
    if wrong := form(result):
        return wrong
    weights = weights_of(result, 1)
    for i in range(6):
        if weights[i, 0] < 0.99:
            return f"in head 1, {too_little(weights, i, 0)}{narrow(result)}"
    return ""


def too_little(weights, i, wanted):
    """How far the weight of one row is from 0.99, with the whole row."""
    row = weights[i]
    said = f"token {i} gives token {wanted} a weight of {row[wanted].item():.2f} and needs at least 0.99"
    others = torch.cat([row[:wanted], row[wanted + 1 :]])
    if row[wanted] - others.max() > 1e-6:
        said += ": the right token, but too weak. It takes larger entries"
    elif others.max() - row[wanted] > 1e-6:
        said += f". Its largest weight goes to token {int(row.argmax())}"
    else:
        said += ". Another token gets the same"
    return f"{said}. Its weights for tokens 0 to 5: {', '.join(f'{w:.2f}' for w in row.tolist())}"


def narrow(result):
    """What six columns mean: somebody may have returned a single head of six."""
    return ". Your 6 columns are read as two heads of 3" if result[0].shape[1] == 6 else ""


def misplaced(result):
    """Says so where the columns are right ones that stand in the wrong places."""
    d_k = result[0].shape[1] // 2
    if both_right([w.roll(d_k, 1) for w in result]):
        return ". The two heads have changed places: the first d_k columns are head 0"
    if both_right([torch.cat([w[:, ::2], w[:, 1::2]], dim=-1) for w in result]):
        return ". The columns of the two heads take turns: head 0 has the first d_k of them, head 1 the others"
    return ""


def both_right(result):
    previous, first = (weights_of(result, head) for head in (0, 1))
    return bool((previous.diagonal(-1) >= 0.99).all() and (first[:, 0] >= 0.99).all())
