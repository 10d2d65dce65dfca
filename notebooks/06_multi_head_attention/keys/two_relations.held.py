import math
import torch


def form(result):
    """Two float matrices (6, 2 · d_k) of the same shape, with d_k at least 2 and no entry above 50 or below −50."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return "not two"
    for name, w in zip(("w_q", "w_k"), result, strict=True):
        if not isinstance(w, torch.Tensor):
            return "type", {"name": name}
        shape = tuple(w.shape)
        if w.ndim != 2 or shape[0] != 6 or shape[1] % 2 or shape[1] < 4:
            return "shape", {"name": name, "shape": str(shape)}
        if not w.is_floating_point():
            return "dtype", {"name": name, "dtype": str(w.dtype).removeprefix("torch.")}
        if not torch.isfinite(w).all():
            return "not finite", {"name": name}
        if w.abs().max() > 50:
            return "large", {"name": name, "size": w.abs().max().item()}
    w_q, w_k = result
    return "" if w_q.shape == w_k.shape else ("shapes", {"w_q": str(tuple(w_q.shape)), "w_k": str(tuple(w_k.shape))})


def weights_of(result, head):
    """The weights (6, 6) of one head for an identity matrix as input."""
    d_k = result[0].shape[1] // 2
    q, k = (w.double()[:, head * d_k : (head + 1) * d_k] for w in result)
    return torch.softmax(q @ k.T / math.sqrt(d_k), dim=-1)


def previous_token(result):
    """Head 0 gives a weight of at least 0.99 to the token before, for tokens 1 to 5."""
    return form(result) or too_little(result, 0, {i: i - 1 for i in range(1, 6)})


def first_token(result):
    """Head 1 gives a weight of at least 0.99 to token 0, for all tokens."""
    return form(result) or too_little(result, 1, dict.fromkeys(range(6), 0))


def too_little(result, head, targets):
    """What is wrong with the first of `targets`, {token: the one it should attend to}, whose weight is below 0.99, or ""."""
    weights = weights_of(result, head)
    for token, target in targets.items():
        row = weights[token].tolist()
        if row[target] < 0.99:
            lead = row[target] - max(row[:target] + row[target + 1 :])
            return [
                ("weight", {"head": head, "token": token, "target": target, "weight": row[target]}),
                "weak" if lead > 1e-6 else "tie" if lead >= -1e-6 else ("elsewhere", {"token": row.index(max(row))}),
                ("row", {"weights": ", ".join(f"{w:.2f}" for w in row)}),
                misplaced(result),
                "six columns" if result[0].shape[1] == 6 else "",  # somebody may have returned a single head of six
            ]
    return ""


def misplaced(result):
    """Says so where the columns are right ones that stand in the wrong places."""
    d_k = result[0].shape[1] // 2
    if both_right([w.roll(d_k, 1) for w in result]):
        return "heads swapped"
    if both_right([torch.cat([w[:, ::2], w[:, 1::2]], dim=-1) for w in result]):
        return "interleaved"
    return ""


def both_right(result):
    previous, first = (weights_of(result, head) for head in (0, 1))
    return bool((previous.diagonal(-1) >= 0.99).all() and (first[:, 0] >= 0.99).all())
