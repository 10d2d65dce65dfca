import math

import torch

from autograder.authoring import Exercise


def two_relations():
    """W_Q and W_K of two heads, by hand: head 0 attends to the previous token, head 1 to the
    first.

    The input is fixed. It has n = 6 tokens and X is the 6 × 6 identity matrix: token i has a 1
    in feature i and 0 elsewhere, so row i of X W_Q is row i of W_Q. There is no mask. The
    scores of a head are Q_h K_hᵀ / √d_k (Vaswani et al. 2017, equation (1)).

    Returns
    -------
    w_q, w_k : a tuple of two tensors of floats, both (6, 2 · d_k). You choose d_k, at least 2.
        Head 0 has the first d_k columns, head 1 the others. No entry is above 50 or below −50.
        One point is for this form alone.

    Checked after the softmax. Head 0: each of the tokens 1 to 5 gives the token just before it
    a weight of at least 0.99; token 0 has none before it and may attend to anything. Head
    1: each of the tokens 0 to 5 gives token 0 a weight of at least 0.99.
    """
    eye = torch.eye(6)  # (n, d_model)
    behind = eye.roll(-1, dims=0)  # (n, d_k): row j is marked with j + 1, the token that looks back at j
    first = eye[:, :1].expand(6, 6)  # (n, d_k): row 0 is marked, in all features
    w_q = torch.cat([50.0 * eye, torch.full((6, 6), 50.0)], dim=-1)  # (d_model, n_heads · d_k)
    w_k = torch.cat([behind, first], dim=-1)  # (d_model, n_heads · d_k)
    return w_q, w_k


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


def inputs(draw):
    yield "form", {}, "shape and size of the two matrices"
    yield "previous token", {}, "the weights of head 0, made from both matrices"
    yield "first token", {}, "the weights of head 1, made from both matrices"


exercise = Exercise(
    two_relations,
    points={"form": 1, "previous token": 2, "first token": 1},
    takes={},
    gives=("6 2·d_k", "6 2·d_k"),
    inputs=inputs,
    backend="torch",
    difficulty=3,
    minutes=10,
    hints=(
        "X is the identity, so row i of W_Q is the query of token i, and row j of W_K is the key of token j. You write down "
        "queries and keys directly. Start with head 0 alone and d_k = 6.",
        "Head 0: let the query of token i be large in feature i and 0 elsewhere. It then scores whichever key has a 1 in "
        "feature i. Which token must have that key?",
        "Head 1: all tokens ask the same question, so all rows of its W_Q are equal. Only one key may answer it.",
        "The weight is still below 0.99? 6 keys share the weight, and a gap of 7 between the scores is enough. But the scores are "
        "divided by √d_k first, so the products of queries and keys must be 7 √d_k apart. `torch.roll` shifts rows, `torch.cat(..., dim=-1)` puts two heads side by side.",
    ),
    verifiers={"form": form, "previous token": previous_token, "first token": first_token},
    sentences={
        "not two": "two matrices are asked for, w_q and w_k, in a tuple",
        "type": "{name} is not a torch tensor",
        "shape": "{name} should have the shape (6, 2 · d_k), with d_k at least 2, and has {shape}",
        "dtype": "{name} should hold floats, and has dtype {dtype}",
        "not finite": "{name} has entries that are not finite numbers",
        "large": "{name} has an entry of size {size:.4g}: none may be above 50 or below −50",
        "shapes": "w_q has the shape {w_q} and w_k {w_k}: they should be the same",
        "weight": "in head {head}, token {token} gives token {target} a weight of {weight:.2f} and needs at least 0.99",
        "weak": "The token is the right one, but its weight is too small. It takes larger entries",
        "elsewhere": "Its largest weight goes to token {token}",
        "tie": "Another token gets the same",
        "row": "Its weights for tokens 0 to 5: {weights}",
        "heads swapped": "The two heads have changed places: the first d_k columns are head 0",
        "interleaved": "The columns of the two heads take turns: head 0 has the first d_k of them, head 1 the others",
        "six columns": "Your 6 columns are read as two heads of 3",
    },
)


def side_by_side(head_0, head_1):
    return torch.cat([head_0, head_1], dim=-1)


def marks():
    """Row 0 alone is marked."""
    first = torch.zeros(6, 6)
    first[0, 0] = 1.0
    return first


@exercise.wrong("head 0 attends to the next token: the keys are shifted the other way")
def next_token():
    eye = torch.eye(6)
    return side_by_side(50 * eye, 50 * torch.ones(6, 6)), side_by_side(eye.roll(1, dims=0), marks())


@exercise.wrong("the two heads have changed places: head 0 attends to the first token")
def heads_swapped():
    eye = torch.eye(6)
    return side_by_side(50 * torch.ones(6, 6), 50 * eye), side_by_side(marks(), eye.roll(-1, dims=0))


@exercise.wrong("both heads attend to the previous token")
def both_previous():
    eye = torch.eye(6)
    return side_by_side(50 * eye, 50 * eye), side_by_side(eye.roll(-1, dims=0), eye.roll(-1, dims=0))


@exercise.wrong("both heads attend to the first token")
def both_first():
    return side_by_side(50 * torch.ones(6, 6), 50 * torch.ones(6, 6)), side_by_side(marks(), marks())


@exercise.wrong("the entries are 0 and 1: the order of the scores is right, but their gaps are too small for the softmax")
def too_soft():
    eye = torch.eye(6)
    return side_by_side(eye, torch.ones(6, 6)), side_by_side(eye.roll(-1, dims=0), marks())


@exercise.wrong("√d_k is forgotten: a gap of 7 is large enough, but not after it is divided by √6")
def scale_forgotten():
    eye = torch.eye(6)
    return side_by_side(7 * eye, 7 * torch.ones(6, 6)), side_by_side(eye.roll(-1, dims=0), marks())


@exercise.wrong("each token attends to itself in head 0: the keys are not shifted")
def attends_to_itself():
    eye = torch.eye(6)
    return side_by_side(50 * eye, 50 * torch.ones(6, 6)), side_by_side(eye, marks())


@exercise.wrong("the matrices are returned in the order w_k, w_q")
def wrong_order():
    w_q, w_k = two_relations()
    return w_k, w_q


@exercise.wrong("head 1 attends to the last token instead of the first")
def last_token():
    eye = torch.eye(6)
    return side_by_side(50 * eye, 50 * torch.ones(6, 6)), side_by_side(eye.roll(-1, dims=0), marks().flip(0))


@exercise.wrong("the columns of the two heads take turns instead of standing side by side")
def interleaved():
    return tuple(w.reshape(6, 2, 6).transpose(1, 2).reshape(6, 12) for w in two_relations())


@exercise.wrong("the matrices are transposed: (2 · d_k, 6)")
def transposed():
    return tuple(w.T for w in two_relations())


@exercise.wrong("the heads stand one below the other instead of side by side: (12, 6)")
def stacked_below():
    eye = torch.eye(6)
    return torch.cat([50 * eye, 50 * torch.ones(6, 6)]), torch.cat([eye.roll(-1, dims=0), marks()])


@exercise.wrong("one head does both: it marks the previous and the first token alike, and shares its weight between them")
def one_head_for_both():
    eye = torch.eye(6)
    keys = eye.roll(-1, dims=0)
    keys[0] = 1.0
    return side_by_side(50 * eye, 50 * eye), side_by_side(keys, keys)


@exercise.wrong("every key of head 1 is marked, so all tokens share its weight")
def all_keys_marked():
    eye = torch.eye(6)
    return side_by_side(50 * eye, 50 * torch.ones(6, 6)), side_by_side(eye.roll(-1, dims=0), torch.ones(6, 6))


@exercise.wrong("only the query of token 0 is marked in head 1, so the other tokens ask for nothing")
def only_first_asks():
    eye = torch.eye(6)
    return side_by_side(50 * eye, 50 * marks()), side_by_side(eye.roll(-1, dims=0), marks())


@exercise.wrong("the weights after the softmax are returned instead of w_q and w_k")
def returns_weights():
    w_q, w_k = two_relations()
    return tuple(torch.softmax(w_q[:, i : i + 6] @ w_k[:, i : i + 6].T / math.sqrt(6), dim=-1) for i in (0, 6))


@exercise.wrong("minus infinity or infinity stands in a matrix: 0 times infinity is NaN")
def infinite():
    w_q, w_k = two_relations()
    return w_q * 1.0, torch.where(w_k == 0, -torch.inf, w_k)


@exercise.wrong("a single head is returned: 6 columns, of which each head gets 3")
def single_head():
    return tuple(w[:, :6] for w in two_relations())


@exercise.wrong("everything is 0: all weights are equal")
def zeros():
    return torch.zeros(6, 12), torch.zeros(6, 12)


@exercise.right
def on_a_circle():
    """Two features a head are enough: the tokens stand on a circle, and each query points at the key before it."""
    angle = torch.arange(6.0, dtype=torch.float64) * math.tau / 6
    points = torch.stack([angle.cos(), angle.sin()], dim=-1)
    same = torch.tensor([[1.0, 0.0]], dtype=torch.float64).expand(6, 2)
    only = torch.zeros(6, 2, dtype=torch.float64)
    only[0, 0] = 40.0
    return side_by_side(20 * points.roll(1, dims=0), same), side_by_side(20 * points, only)


@exercise.right
def loops():
    w_q, w_k = torch.zeros(6, 16), torch.zeros(6, 16)
    for i in range(6):
        w_q[i, i] = 10.0
        w_q[i, 8] = -10.0
        if i > 0:
            w_k[i - 1, i] = 10.0
    w_k[0, 8] = -10.0
    return w_q, w_k


@exercise.right
def penalised():
    """The first token is not praised: all others are marked down."""
    eye = torch.eye(6)
    others = 1 - torch.eye(6)[:, :1].expand(6, 6)
    return (
        side_by_side(eye, -torch.ones(6, 6)),
        side_by_side(40 * eye.roll(-1, dims=0), 40 * others),
    )


@exercise.right
def searched():
    """A random search, with the global generator."""
    while True:
        result = tuple(w + torch.randn(6, 12).clamp(-1, 1) / 10 - 0.1 * w.sign() for w in two_relations())
        if not first_token(result) and not previous_token(result):
            return result


@exercise.right
def shifted_queries():
    """The queries are shifted and not the keys."""
    eye = torch.eye(6)
    both = 30 * side_by_side(eye.roll(1, dims=0), eye[:1].expand(6, 6))
    return both.half(), side_by_side(eye, eye).half()
