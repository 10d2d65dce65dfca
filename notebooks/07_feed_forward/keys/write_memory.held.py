import torch


def few():
    """Three facts and rows that are none of them. The last row is as near to the keys as the promise allows."""
    keys = torch.tensor([[1, 0, 0, 0], [0.28, 0.96, 0, 0], [0, 0.28, 0.96, 0]], dtype=torch.float64)
    values = torch.tensor([[3.0, -1.0], [0.5, 2.0], [-4.0, 1.0]], dtype=torch.float64)
    rows = torch.tensor([[0, 0, 0, 1.0], [-1, 0, 0, 0], [0, -0.6, 0, 0.8], [0.44, 0.3, 0.37, 0.5795**0.5]])
    return keys, values, rows.double()


def many():
    """48 facts of 16 features: all axes in both directions, and 16 rows of ones and minus ones."""
    ones = torch.ones(1, 1, dtype=torch.float64)
    for _ in range(4):
        ones = torch.cat([torch.cat([ones, ones], 1), torch.cat([ones, -ones], 1)])
    eye = torch.eye(16, dtype=torch.float64)
    keys = torch.cat([eye, -eye, ones / 4])  # dot products of two keys: 0, 0.25, -0.25, -1
    values = torch.sin(torch.arange(240, dtype=torch.float64)).reshape(48, 5).mul(8).round() / 4
    rows = torch.randn(300, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rows = rows / rows.norm(dim=1, keepdim=True)
    return keys, values, rows[(rows @ keys.T).amax(1) <= 0.45]


def form(result, keys, values):
    """What is wrong with the four tensors, or ""."""
    if not isinstance(result, (tuple, list)) or len(result) != 4:
        return "not four"
    (facts, d), c, names = keys.shape, values.shape[1], ("w_1", "b_1", "w_2", "b_2")
    for name, w in zip(names, result, strict=True):
        if not isinstance(w, torch.Tensor) or not w.is_floating_point():
            return "type", {"name": name}
    d_ff = result[0].shape[-1] if result[0].ndim else 0
    if result[0].ndim != 2 or len(result[0]) != d:
        return "shape", {"name": "w_1", "shape": str(tuple(result[0].shape)), "wanted": f"({d}, d_ff)"}
    if not 1 <= d_ff <= 4 * facts:
        return "width", {"d_ff": d_ff, "most": 4 * facts}
    for name, w, wanted in zip(names[1:], result[1:], ((d_ff,), (d_ff, c), (c,)), strict=True):
        if tuple(w.shape) != wanted:
            return "shape", {"name": name, "shape": str(tuple(w.shape)), "wanted": str(wanted)}
    for name, w in zip(names, result, strict=True):
        if not torch.isfinite(w).all() or w.abs().max() > 1000:
            return "size", {"name": name}
    return ""


def given(result, x):
    """What the layer gives for these rows."""
    w_1, b_1, w_2, b_2 = (w.double() for w in result)
    return torch.relu(x @ w_1 + b_1) @ w_2 + b_2


def text(row):
    return "(" + ", ".join(f"{round(number, 3) + 0.0:g}" for number in row.tolist()) + ")"


def knows(result, keys, values, rows):
    """What is wrong with what comes out for the keys, or ""."""
    out = given(result, keys)
    wrong = ((out - values).abs() > 1e-3).any(1).nonzero().flatten().tolist()
    return wrong and ("recall", {"i": wrong[0], "found": text(out[wrong[0]]), "wanted": text(values[wrong[0]])})


def keeps_silent(result, keys, values, rows):
    """What is wrong with what comes out for other rows, or ""."""
    out = given(result, rows)
    loud = (out.abs() > 1e-3).any(1).nonzero().flatten().tolist()
    return loud and ("silence", {"largest": (rows @ keys.T)[loud[0]].max().item(), "found": text(out[loud[0]])})


def recalls(result):
    keys, values, rows = few()
    return form(result, keys, values) or knows(result, keys, values, rows) or ""


def is_silent(result):
    keys, values, rows = few()
    return form(result, keys, values) or keeps_silent(result, keys, values, rows) or ""


def holds_many(result):
    keys, values, rows = many()
    return form(result, keys, values) or knows(result, keys, values, rows) or keeps_silent(result, keys, values, rows) or ""


def facts(asked):
    return {name: array(t.numpy(), backend="torch") for name, t in zip(("keys", "values"), asked, strict=False)}
