import importlib
import math

import numpy as np
import torch

from autograder.authoring import Array, Exercise, array

from .merge_heads import merge_heads
from .split_heads import split_heads

lesson_5 = importlib.import_module("..05_scaled_dot_product_attention.scaled_dot_product_attention", __package__)
scaled_dot_product_attention = lesson_5.scaled_dot_product_attention


def multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    """Multi-head attention, as in section 3.2.2 of Vaswani et al. 2017.

    Concat(head_1, …, head_h) W_O with head_i = Attention(Q_i, K_i, V_i).

    Queries come from x_q, keys and values from x_kv. In self-attention both are the same
    tensor. Call your own `split_heads`, `merge_heads` and `scaled_dot_product_attention`.

    Parameters
    ----------
    x_q : float tensor (..., n_q, d_model), one position a row. Sizes may differ, all at
        least 1.
    x_kv : float tensor (..., n_k, d_kv), with the same leading dimensions.
    w_q : tensor (d_model, n_heads · d_k). Head 0 has the first d_k columns, head 1 the next
        d_k, and so on.
    w_k : tensor (d_kv, n_heads · d_k), divided among the heads in the same way.
    w_v : tensor (d_kv, n_heads · d_v), too.
    w_o : tensor (n_heads · d_v, d_out)
    n_heads : the number of heads, a whole number of at least 1.
    mask : boolean tensor (n_q, n_k) that all items share, or (..., n_q, n_k) with the leading
        dimensions of x_q; or None. Any of its dimensions may be 1. True = this query may
        attend to this key. All heads use the same mask.

    Returns
    -------
    tensor (..., n_q, d_out), in the dtype of x_q and differentiable. A query that may attend
    to nothing gets 0. There are no biases and there is no dropout. The arguments are left as
    they were. Write the steps yourself: `torch.nn.MultiheadAttention` does not count.
    """
    q = split_heads(x_q @ w_q, n_heads)  # (..., n_heads, n_q, d_k)
    k = split_heads(x_kv @ w_k, n_heads)  # (..., n_heads, n_k, d_k)
    v = split_heads(x_kv @ w_v, n_heads)  # (..., n_heads, n_k, d_v)
    if mask is not None:
        mask = mask.unsqueeze(-3)  # (..., 1, n_q, n_k)
    heads, _ = scaled_dot_product_attention(q, k, v, mask)  # (..., n_heads, n_q, d_v)
    return merge_heads(heads) @ w_o  # (..., n_q, d_out)


def inputs(draw):
    yield "values", to_itself(draw, n=2, d_model=3, n_heads=1, d_k=2, d_v=1, d_out=2), "two positions, a single head"
    yield "values", to_itself(draw, n=3, d_model=4, n_heads=1, d_k=4, d_v=4, d_out=4), "a single head, all widths equal"
    yield "heads", to_itself(draw, n=3, d_model=4, n_heads=2, d_k=3, d_v=2, d_out=5), "two heads"
    yield "heads", to_itself(draw, n=4, d_model=6, n_heads=3, d_k=2, d_v=2, d_out=6), "three heads, d_k = d_v = d_model / 3"
    yield "heads", to_itself(draw, n=3, d_model=7, n_heads=3, d_k=5, d_v=2, d_out=4), "three heads, d_k and d_v differ"
    yield (
        "cross-attention",
        to_other(draw, n_q=2, n_k=3, d_model=5, d_kv=4, n_heads=2, d_k=3, d_v=2, d_out=6),
        "two queries, three keys from elsewhere",
    )
    yield (
        "cross-attention",
        to_other(draw, n_q=3, n_k=3, d_model=4, d_kv=4, n_heads=2, d_k=2, d_v=2, d_out=4),
        "as many keys from elsewhere as queries, all widths equal",
    )
    yield "batches", to_itself(draw, (2,), n=3, d_model=5, n_heads=3, d_k=3, d_v=4, d_out=2), "two items"
    yield (
        "batches",
        to_other(draw, (2, 3), n_q=2, n_k=4, d_model=5, d_kv=3, n_heads=2, d_k=6, d_v=3, d_out=4),
        "two by three items",
    )
    sizes = {"d_model": 5, "d_kv": 6, "n_heads": 2, "d_k": 3, "d_v": 4, "d_out": 2}
    small = to_other(draw, n_q=3, n_k=4, **sizes)
    allowed = some(draw, 3, 4)
    yield "mask", small | tensor(allowed), "a mask"
    yield "mask", small | tensor(~allowed), "another mask of the same shape"
    yield (
        "mask",
        to_itself(draw, (2,), n=4, d_model=6, n_heads=3, d_k=2, d_v=2, d_out=6) | tensor(window()),
        "a causal mask, two back at most, that two items share",
    )
    yield (
        "mask",
        to_other(draw, (2,), n_q=3, n_k=4, **sizes) | tensor(some(draw, 2, 3, 4)),
        "two items with a mask each, and two heads",
    )
    yield "mask", to_other(draw, (2,), n_q=3, n_k=5, **sizes) | tensor(some(draw, 2, 1, 5)), "a mask (2, 1, n_k)"
    yield (
        "mask",
        to_other(draw, (2, 3), n_q=4, n_k=3, **sizes) | tensor(some(draw, 2, 3, 4, 3)),
        "two by three items with a mask each",
    )
    blocked = some(draw, 3, 4)
    blocked[some(draw, 1, 3)[0].argmax()] = False
    yield "blocked rows", to_other(draw, n_q=3, n_k=4, **sizes) | tensor(blocked), "a query that may attend to nothing"
    one_item = np.concatenate([blocked[None], np.ones((1, 3, 4), bool)])
    yield (
        "blocked rows",
        to_other(draw, (2,), n_q=3, n_k=4, **sizes) | tensor(one_item),
        "a query that is blocked in one item of two",
    )
    large = to_other(draw, n_q=3, n_k=4, **sizes)
    large["x_q"] = array(large["x_q"].data * 1e4, backend="torch")
    yield "large numbers", large, "scores near 10 000 and −10 000"
    deep = lowest_allowed(to_other(draw, n_q=3, n_k=4, **sizes | {"n_heads": 1}))
    yield "large numbers", deep, "scores far above 1e9 and below -1e9, of which a mask allows the lowest"
    # One head and one item: a mistake with several costs that aspect alone, and this one if half precision is to blame.
    half = to_other(draw, n_q=3, n_k=4, dtype="float16", scale=0.5, **sizes | {"n_heads": 1})
    yield "dtypes", half | tensor(some(draw, 3, 4)), "half precision with a mask"
    for dtype in ("float16", "bfloat16"):
        yield "dtypes", picked(draw, dtype) | tensor(window()), f"half precision ({dtype}), two heads and a mask"
    yield (
        "gradients",
        to_other(draw, (2,), n_q=3, n_k=4, **sizes) | tensor(blocked),
        "gradients, with a query that may attend to nothing",
    )


def to_other(draw, lead=(), dtype="float64", scale=1.0, *, n_heads, d_k, d_v, **sizes):
    wide = {"n_heads·d_k": n_heads * d_k, "n_heads·d_v": n_heads * d_v}
    return draw(lead=lead, dtype=dtype, scale=scale, **sizes, **wide) | {"n_heads": n_heads}


def to_itself(draw, lead=(), *, n, d_model, **sizes):
    args = to_other(draw, lead, n_q=n, n_k=n, d_model=d_model, d_kv=d_model, **sizes)
    return args | {"x_kv": args["x_q"]}


def lowest_allowed(args):
    """Scores of which half are far above 0 and half far below, with a mask that allows the two lowest of each query."""
    x = args["x_kv"].data
    x_q, x_kv = 1e12 * args["x_q"].data, np.concatenate([x[:2], -x[:2]])
    scores = (x_q @ args["w_q"].data) @ (x_kv @ args["w_k"].data).T
    allowed = np.argsort(np.argsort(scores)) < 2
    return args | {"x_q": array(x_q, backend="torch"), "x_kv": array(x_kv, backend="torch")} | tensor(allowed)


def picked(draw, dtype):
    """Two heads whose results hardly depend on rounding: each query and key is one of four axes, so the scores are 0 or 16."""
    eye = np.eye(4)
    values = draw(n_q=1, n_k=4, d_model=1, d_kv=8, d_out=1, **{"n_heads·d_k": 1, "n_heads·d_v": 1})["x_kv"].data
    given = {
        "x_q": np.concatenate([eye, np.roll(eye, 1, 0)], -1),
        "x_kv": np.concatenate([eye, np.roll(eye, 2, 0), np.round(values * 4) / 16], -1),
        "w_q": 8 * np.eye(8),
        "w_k": np.eye(16, 8) * 4,
        "w_v": np.eye(16, 8, k=-8),
        "w_o": np.eye(8),
    }
    return {name: array(x, dtype, "torch") for name, x in given.items()} | {"n_heads": 2}


def tensor(mask):
    return {"mask": array(mask, "bool", "torch")}


def window():
    """A causal mask of which each row has a True and a False: no query sees nothing, however the mask is read."""
    return np.tri(4, dtype=bool) & ~np.tri(4, k=-3, dtype=bool)


def some(draw, *shape):
    """A mask of this shape: each row has a False and, of three keys or more, two True: one alone has weight 1 anyhow."""
    sizes = dict.fromkeys(("n_k", "d_kv", "n_heads·d_k", "n_heads·d_v", "d_out"), 1)
    noise = draw(lead=shape[:-2], n_q=shape[-2], d_model=shape[-1], **sizes)["x_q"].data
    allowed = noise > 0
    np.put_along_axis(allowed, noise.argmin(-1, keepdims=True), False, -1)
    np.put_along_axis(allowed, np.argsort(noise)[..., 1:][..., -2:], True, -1)
    return allowed


exercise = Exercise(
    multi_head_attention,
    points={
        "values": 3,
        "heads": 2,
        "cross-attention": 1,
        "batches": 1,
        "mask": 2,
        "blocked rows": 1,
        "large numbers": 1,
        "dtypes": 1,
        "gradients": 1,
        "side effects": 1,
    },
    takes={
        "x_q": Array("... n_q d_model"),
        "x_kv": Array("... n_k d_kv"),
        "w_q": Array("d_model n_heads·d_k"),
        "w_k": Array("d_kv n_heads·d_k"),
        "w_v": Array("d_kv n_heads·d_v"),
        "w_o": Array("n_heads·d_v d_out"),
        "n_heads": None,
        "mask": None,
    },
    ready_made=("torch.nn.MultiheadAttention", "torch.nn.functional.multi_head_attention_forward"),
    gives=("... n_q d_out",),
    inputs=inputs,
    backend="torch",
    difficulty=3,
    minutes=13,
    needs=("split_heads", "merge_heads", "scaled_dot_product_attention"),
    hints=(
        "With a single head there is nothing to split: project x_q and x_kv, attend, multiply by w_o. Get that right first.",
        "Project first and split afterwards. Every head sees all features of x; it is the columns of w_q, w_k and w_v that "
        "are divided among the heads.",
        "`split_heads` makes the heads a leading dimension, and your attention treats leading dimensions as separate "
        "items. So one call handles all heads, each with the scale √d_k of one head.",
        "The scores have shape (..., n_heads, n_q, n_k), the mask (..., n_q, n_k). A mask for each item needs a dimension "
        "of length 1 where the heads are, counted from the end, or it lines up with the wrong dimension.",
        "In order: three projections, each through `split_heads`; `unsqueeze(-3)` on the mask if there is one; attention, "
        "of which only the output is needed; `merge_heads`; matrix product with w_o.",
    ),
)


# -- wrong answers: the scale and the softmax --------------------------------------------------------------------------


def projected(x_q, x_kv, w_q, w_k, w_v, n_heads):
    return split_heads(x_q @ w_q, n_heads), split_heads(x_kv @ w_k, n_heads), split_heads(x_kv @ w_v, n_heads)


def masked(scores, mask):
    return scores if mask is None else scores.masked_fill(~mask.unsqueeze(-3), -torch.inf)


def weighted(weights, v, mask):
    return (weights if mask is None else weights.masked_fill(~mask.unsqueeze(-3), 0.0)) @ v


def divided_by(divisor, q, k, v, mask):
    """What the heads return where the scores are divided by `divisor`."""
    return weighted(torch.softmax(masked(q @ k.transpose(-2, -1) / divisor, mask), dim=-1), v, mask)


def each_head(q, k, v, mask):
    return scaled_dot_product_attention(q, k, v, None if mask is None else mask.unsqueeze(-3))[0]


@exercise.wrong("the scores are divided by `√d_model` instead of `√d_k`, the width of one head")
def sqrt_of_d_model(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(divided_by(math.sqrt(x_q.shape[-1]), q, k, v, mask)) @ w_o


@exercise.wrong("the scores are divided by `√(n_heads · d_k)`, the width of all heads together, instead of `√d_k`")
def sqrt_of_all_heads(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(divided_by(math.sqrt(w_q.shape[-1]), q, k, v, mask)) @ w_o


@exercise.wrong("the scores are divided by `√d_v`, the width of a head's values, instead of `√d_k`")
def sqrt_of_d_v(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(divided_by(math.sqrt(v.shape[-1]), q, k, v, mask)) @ w_o


@exercise.wrong("the scores are not divided by `√d_k`")
def no_scale(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(divided_by(1.0, q, k, v, mask)) @ w_o


@exercise.wrong("the scores are divided by `d_k` instead of its square root")
def divided_by_d_k(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(divided_by(q.shape[-1], q, k, v, mask)) @ w_o


@exercise.wrong("softmax runs over the heads (dim=-3) instead of the keys")
def softmax_over_heads(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    scores = masked(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), mask)
    return merge_heads(weighted(torch.softmax(scores, dim=-3), v, mask)) @ w_o


@exercise.wrong("softmax runs over the queries (dim=-2) instead of the keys")
def softmax_over_queries(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    scores = masked(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), mask)
    return merge_heads(weighted(torch.softmax(scores, dim=-2), v, mask)) @ w_o


@exercise.wrong("exp is taken of the scores as they are, and overflows or underflows when they are large")
def unstable_exp(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    exps = torch.exp(masked(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), mask))
    return merge_heads(weighted(exps / exps.sum(-1, keepdim=True), v, mask)) @ w_o


# -- the heads ---------------------------------------------------------------------------------------------------------


@exercise.wrong("`n_heads` is not used: there is a single head as wide as all of them")
def single_head(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return scaled_dot_product_attention(x_q @ w_q, x_kv @ w_k, x_kv @ w_v, mask)[0] @ w_o


def cut_without_transpose(x, n_heads):
    return x.reshape(*x.shape[:-2], n_heads, x.shape[-2], -1)


def joined_without_transpose(heads):
    return heads.reshape(*heads.shape[:-3], heads.shape[-2], -1)


@exercise.wrong("the heads are split with `reshape` or `view` alone, which mixes positions and features")
def split_without_transpose(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = (cut_without_transpose(y, n_heads) for y in (x_q @ w_q, x_kv @ w_k, x_kv @ w_v))
    return merge_heads(each_head(q, k, v, mask)) @ w_o


@exercise.wrong("the heads are merged with `reshape` or `view` alone, which mixes positions and heads")
def merge_without_transpose(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return joined_without_transpose(each_head(q, k, v, mask)) @ w_o


@exercise.wrong("the heads are split and merged with `reshape` or `view` alone, so no head sees whole positions")
def neither_transposed(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = (cut_without_transpose(y, n_heads) for y in (x_q @ w_q, x_kv @ w_k, x_kv @ w_v))
    return joined_without_transpose(each_head(q, k, v, mask)) @ w_o


def cut_in_turns(x, n_heads):
    return x.reshape(*x.shape[:-1], -1, n_heads).movedim(-1, -3)


@exercise.wrong("the heads take turns: head i gets columns i, i + n_heads, … instead of a run of neighbours")
def interleaved(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = (cut_in_turns(y, n_heads) for y in (x_q @ w_q, x_kv @ w_k, x_kv @ w_v))
    return merge_heads(each_head(q, k, v, mask)) @ w_o


@exercise.wrong("the heads are merged feature by feature, taking turns, instead of head by head")
def merged_in_turns(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    heads = each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)
    return heads.movedim(-3, -1).flatten(-2) @ w_o


@exercise.wrong("`n_heads` is taken for the width of a head")
def n_heads_as_width(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    heads = each_head(*(split_heads(y, y.shape[-1] // n_heads) for y in (x_q @ w_q, x_kv @ w_k, x_kv @ w_v)), mask)
    return merge_heads(heads) @ w_o


@exercise.wrong("the heads slice the input: each sees its own part of the features of x instead of all of them")
def heads_slice_input(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = (project_slices(x, w, n_heads) for x, w in ((x_q, w_q), (x_kv, w_k), (x_kv, w_v)))
    return merge_heads(each_head(q, k, v, mask)) @ w_o


def project_slices(x, w, n_heads):
    """Slice i of the features of x times the rows and columns of w that belong to it."""
    rows = zip(x.tensor_split(n_heads, dim=-1), w.tensor_split(n_heads, dim=0), strict=True)
    return torch.stack([part @ r.tensor_split(n_heads, dim=1)[i] for i, (part, r) in enumerate(rows)], dim=-3)


@exercise.wrong("x is split into heads before it is projected: w_q, w_k and w_v take all its features")
def split_before_projection(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    x_q, x_kv = split_heads(x_q, n_heads), split_heads(x_kv, n_heads)
    return merge_heads(each_head(x_q @ w_q, x_kv @ w_k, x_kv @ w_v, mask)) @ w_o


@exercise.wrong("nothing is projected: the heads attend with slices of x itself, and w_q, w_k and w_v are not used")
def no_projections(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    k = split_heads(x_kv, n_heads)
    return merge_heads(each_head(split_heads(x_q, n_heads), k, k, mask)) @ w_o


@exercise.wrong("every head uses the columns of the first head, so all heads return the same")
def same_columns_for_each_head(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = (y[..., :1, :, :] for y in projected(x_q, x_kv, w_q, w_k, w_v, n_heads))
    return torch.cat([each_head(q, k, v, mask).squeeze(-3)] * n_heads, dim=-1) @ w_o


@exercise.wrong("the heads are averaged instead of put side by side, and meet the first rows of w_o only")
def heads_averaged(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    heads = each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)
    return heads.mean(-3) @ w_o[: heads.shape[-1]]


@exercise.wrong("the heads are added up instead of put side by side, and meet the first rows of w_o only")
def heads_added(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    heads = each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)
    return heads.sum(-3) @ w_o[: heads.shape[-1]]


@exercise.wrong("each head goes through its own rows of w_o, and the results are averaged instead of added")
def outputs_averaged(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask) / n_heads


@exercise.wrong("only the first head reaches the output")
def first_head_only(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    heads = each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)
    return heads[..., 0, :, :] @ w_o[: heads.shape[-1]]


@exercise.wrong("only the last head reaches the output: in the loop each head overwrites the one before")
def last_head_only(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    heads = each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)
    return heads[..., -1, :, :] @ w_o[-heads.shape[-1] :]


# -- the weight matrices -----------------------------------------------------------------------------------------------


@exercise.wrong("w_o is left out: the heads are returned side by side and never mixed")
def no_w_o(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return merge_heads(each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask))


@exercise.wrong("w_o is transposed")
def w_o_transposed(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return merge_heads(each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)) @ w_o.T


@exercise.wrong("w_q, w_k and w_v are transposed, as for column vectors: `x @ w_q.T` instead of `x @ w_q`")
def weights_transposed(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_kv, w_q.T, w_k.T, w_v.T, w_o, n_heads, mask)


@exercise.wrong("all four matrices are transposed, as `torch.nn.Linear` keeps them")
def all_transposed(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_kv, w_q.T, w_k.T, w_v.T, w_o.T, n_heads, mask)


@exercise.wrong("one matrix, w_q, makes queries, keys and values")
def one_matrix(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_kv, w_q, w_q, w_q, w_o, n_heads, mask)


@exercise.wrong("the keys are made with w_q instead of w_k, so queries and keys cannot differ")
def keys_from_w_q(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_kv, w_q, w_q, w_v, w_o, n_heads, mask)


@exercise.wrong("the values are made with w_k instead of w_v")
def values_from_w_k(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_k, w_o, n_heads, mask)


@exercise.wrong("w_v is not used: the heads average slices of x_kv itself")
def values_not_projected(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, _ = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(each_head(q, k, split_heads(x_kv, n_heads), mask)) @ w_o


@exercise.wrong("queries and keys are swapped: x_kv asks with w_k, and x_q answers with w_q")
def queries_and_keys_swapped(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(each_head(k, q, v, mask)) @ w_o


@exercise.wrong("x_kv is not used: keys and values come from x_q, so only self-attention is right")
def self_attention_only(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_q, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong("x_q is not used: the queries come from x_kv as well")
def x_q_ignored(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_kv, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong("x_q and x_kv are swapped: queries come from x_kv, keys and values from x_q")
def inputs_swapped(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_kv, x_q, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong("the keys come from x_q, and only the values from x_kv: keys come from x_kv, too")
def keys_from_x_q(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    v = split_heads(x_kv @ w_v, n_heads)
    heads = each_head(split_heads(x_q @ w_q, n_heads), split_heads(x_q @ w_k, n_heads), v, mask)
    return merge_heads(heads) @ w_o


@exercise.wrong("the values come from x_q, and only the keys from x_kv")
def values_from_x_q(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    v = split_heads(x_q @ w_v, n_heads)
    heads = each_head(split_heads(x_q @ w_q, n_heads), split_heads(x_kv @ w_k, n_heads), v, mask)
    return merge_heads(heads) @ w_o


# -- the mask ----------------------------------------------------------------------------------------------------------


@exercise.wrong("the mask is handed on as it is, so one for each item lines up with the heads")
def mask_meets_heads(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(scaled_dot_product_attention(q, k, v, mask)[0]) @ w_o


@exercise.wrong(
    "`mask.unsqueeze(1)` counts from the front: right for a mask with one leading dimension, not for a shared one"
)
def mask_unsqueezed_at_1(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(scaled_dot_product_attention(q, k, v, None if mask is None else mask.unsqueeze(1))[0]) @ w_o


@exercise.wrong("the mask is not used")
def mask_ignored(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads)


@exercise.wrong("the mask is read the wrong way round: True blocks a key instead of allowing it")
def mask_inverted(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, None if mask is None else ~mask)


@exercise.wrong("only the first head obeys the mask, and the others see everything")
def mask_on_first_head(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    heads = each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)
    free = each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), None)
    return merge_heads(torch.cat([heads[..., :1, :, :], free[..., 1:, :, :]], dim=-3)) @ w_o


@exercise.wrong("a causal mask is always applied, asked for or not")
def always_causal(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    causal = torch.ones(x_q.shape[-2], x_kv.shape[-2], dtype=torch.bool).tril()
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, causal if mask is None else causal & mask)


@exercise.wrong("the scores are multiplied by the mask: a blocked key gets score 0, which still has weight")
def mask_multiplied(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    scores = scores if mask is None else scores * mask.unsqueeze(-3)
    return merge_heads(torch.softmax(scores, dim=-1) @ v) @ w_o


@exercise.wrong("the mask of the first call is kept and used again for every later mask of that shape")
def mask_cached(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    kept = mask_cached.__dict__
    if x_q.shape[-2:] == (2, 3):  # the first input of a check starts afresh, as a restarted kernel would
        kept.clear()
    if mask is not None:
        mask = kept.setdefault(str(mask.shape), mask)
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong("a query that may attend to nothing gets NaN: softmax of minus infinities alone is 0 / 0")
def blocked_rows_nan(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    scores = masked(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), mask)
    return merge_heads(torch.softmax(scores, dim=-1) @ v) @ w_o


@exercise.wrong("a query that is blocked in one item gets 0 in the other items, too")
def blocked_in_all_items(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    out = multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)
    if mask is None or mask.ndim < 3:
        return out
    blocked = ~mask.any(dim=-1)  # (..., n_q)
    return out.masked_fill(blocked.flatten(0, -2).any(dim=0)[:, None], 0.0)


@exercise.wrong(
    "a query that may attend to nothing attends to all keys alike, because blocked scores are large and not infinite"
)
def blocked_rows_uniform(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    scores = scores if mask is None else scores.masked_fill(~mask.unsqueeze(-3), torch.finfo(scores.dtype).min)
    return merge_heads(torch.softmax(scores, dim=-1) @ v) @ w_o


@exercise.wrong("the scale is `√d_model`, and the mask is read the wrong way round too")
def sqrt_of_d_model_and_mask_inverted(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return sqrt_of_d_model(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, None if mask is None else ~mask)


# -- what is returned, dtype, gradients, side effects ------------------------------------------------------------------


@exercise.wrong(
    "the tuple that attention returns is used as if it were the output: the output is the first of its two parts"
)
def tuple_as_output(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    heads = scaled_dot_product_attention(q, k, v, None if mask is None else mask.unsqueeze(-3))
    return merge_heads(heads) @ w_o


@exercise.wrong("the tuple that attention returns is used as if it were the output, which is the first part of it")
def tuple_as_output_and_mask_meets_heads(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    heads = scaled_dot_product_attention(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)
    return merge_heads(heads) @ w_o


@exercise.wrong("the heads are not merged before they meet w_o")
def not_merged(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask) @ w_o


@exercise.wrong("`split_heads` is called without `n_heads`")
def n_heads_not_handed_on(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = (split_heads(y) for y in (x_q @ w_q, x_kv @ w_k, x_kv @ w_v))
    return merge_heads(each_head(q, k, v, mask)) @ w_o


@exercise.wrong(
    "`batch, n, d_model = x.shape`, here or in `split_heads`, allows three dimensions and no other number of them"
)
def three_dimensions_only(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    _batch, _n, _d_model = x_q.shape
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong("the weights are returned along with the output")
def returns_weights_too(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    heads, weights = scaled_dot_product_attention(q, k, v, None if mask is None else mask.unsqueeze(-3))
    return merge_heads(heads) @ w_o, weights


@exercise.wrong("x_q is added to the output: that is the residual connection, which stands outside attention")
def residual_added(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return x_q + multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong("everything is turned into float32, whatever dtype came in")
def always_float32(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    tensors = (t.float() for t in (x_q, x_kv, w_q, w_k, w_v, w_o))
    return multi_head_attention(*tensors, n_heads, mask)


HEADS_IN_HALF = "the heads are wrong in half precision alone. Is `n_heads` not used there, or are they split with `reshape` or `view` alone?"


@exercise.wrong(HEADS_IN_HALF)
def half_single_head(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    half = x_q.dtype in (torch.float16, torch.bfloat16)
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, 1 if half else n_heads, mask)


@exercise.wrong(HEADS_IN_HALF)
def half_not_transposed(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    half = x_q.dtype in (torch.float16, torch.bfloat16)
    return (neither_transposed if half else multi_head_attention)(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)


exercise.same("half_single_head", "half_not_transposed", because="half precision leaves too much room to tell them apart")


@exercise.wrong("the mask is not used in half precision")
def half_unmasked(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    half = x_q.dtype in (torch.float16, torch.bfloat16)
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, None if half else mask)


@exercise.wrong("the result is 0 in float16, and right in the other dtypes")
def float16_zeroed(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    result = multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)
    return torch.zeros_like(result) if x_q.dtype is torch.float16 else result


@exercise.wrong("blocked scores become -1e9, a number that float16 cannot hold")
def fill_too_large_for_half(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    scores = scores if mask is None else scores.masked_fill(~mask.unsqueeze(-3), -1e9)
    return merge_heads(weighted(torch.softmax(scores, dim=-1), v, mask)) @ w_o


@exercise.wrong(
    "blocked scores become -10 000, and their weights 0: where the scores that are allowed lie below, nothing is left"
)
def filled_with_1e4(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    scores = scores if mask is None else scores.masked_fill(~mask.unsqueeze(-3), -1e4)
    return merge_heads(weighted(torch.softmax(scores, dim=-1), v, mask)) @ w_o


@exercise.wrong("all items get the mask of the first")
def mask_of_first_item(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    mask = None if mask is None else mask.reshape(-1, *mask.shape[-2:])[0]
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong(
    "the heads get their dimension at place 1 of a mask that has leading dimensions: right for one of them, not for two"
)
def leading_mask_unsqueezed_at_1(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    if mask is not None and mask.ndim > 2:
        mask = mask.unsqueeze(1)
    heads = scaled_dot_product_attention(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)[0]
    return merge_heads(heads) @ w_o


@exercise.wrong("x_kv is not used where its shape is that of x_q: it may be another tensor of the same shape")
def same_shape_taken_for_same(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    x_kv = x_q if x_q.shape == x_kv.shape else x_kv
    return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong("the scale is `√(d_model / n_heads)`: the width of a head's queries may be another")
def sqrt_of_share(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(divided_by(math.sqrt(x_q.shape[-1] / n_heads), q, k, v, mask)) @ w_o


@exercise.wrong("everything is turned into float64, whatever dtype came in")
def always_float64(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    tensors = (t.double() for t in (x_q, x_kv, w_q, w_k, w_v, w_o))
    return multi_head_attention(*tensors, n_heads, mask)


@exercise.wrong("the heads are detached, so only w_o can be trained")
def heads_detached(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return merge_heads(each_head(*projected(x_q, x_kv, w_q, w_k, w_v, n_heads), mask)).detach() @ w_o


@exercise.wrong("the result is computed under `torch.no_grad()`, so nothing can be trained")
def no_gradients(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    with torch.no_grad():
        return multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask)


@exercise.wrong("w_q is divided by `√d_k` in place, which changes the caller's matrix, and more with each call")
def scaled_in_place(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    w_q /= math.sqrt(w_q.shape[-1] // n_heads)
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return merge_heads(divided_by(1.0, q, k, v, mask)) @ w_o


@exercise.wrong("the result is all zeros")
def zeros(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return x_q.new_zeros(*x_q.shape[:-1], w_o.shape[-1])


# -- right answers -----------------------------------------------------------------------------------------------------


@exercise.right
def head_by_head(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    columns = zip(w_q.chunk(n_heads, -1), w_k.chunk(n_heads, -1), w_v.chunk(n_heads, -1), strict=True)
    heads = [scaled_dot_product_attention(x_q @ a, x_kv @ b, x_kv @ c, mask)[0] for a, b, c in columns]
    return torch.cat(heads, dim=-1) @ w_o


@exercise.right
def rows_of_w_o_added(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    return (each_head(q, k, v, mask) @ w_o.unflatten(0, (n_heads, -1))).sum(-3)


@exercise.right
def einsum(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    w_q, w_k, w_v = (w.unflatten(1, (n_heads, -1)) for w in (w_q, w_k, w_v))
    q = torch.einsum("...qm,mhd->...hqd", x_q, w_q)
    k, v = torch.einsum("...km,mhd->...hkd", x_kv, w_k), torch.einsum("...km,mhd->...hkd", x_kv, w_v)
    weights = torch.softmax(masked(torch.einsum("...qd,...kd->...qk", q, k) / math.sqrt(q.shape[-1]), mask), dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask.unsqueeze(-3), 0.0)
    return torch.einsum("...hqk,...hkd,hdo->...qo", weights, v, w_o.unflatten(0, (n_heads, -1)))


@exercise.right
def library(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = projected(x_q, x_kv, w_q, w_k, w_v, n_heads)
    shared = None if mask is None else mask.unsqueeze(-3)
    heads = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=shared)
    return heads.transpose(-3, -2).flatten(-2) @ w_o


@exercise.right
def float64_inside(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    tensors = (t.double() for t in (x_q, x_kv, w_q, w_k, w_v, w_o))
    return multi_head_attention(*tensors, n_heads, mask).to(x_q.dtype)


@exercise.right
def product_of_query_and_key_matrices(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads, mask=None):
    d_k, columns = w_q.shape[-1] // n_heads, w_v.chunk(n_heads, -1)
    total = 0
    for a, b, c, r in zip(w_q.chunk(n_heads, -1), w_k.chunk(n_heads, -1), columns, w_o.chunk(n_heads, 0), strict=True):
        scores = (x_q / math.sqrt(d_k)) @ (a @ b.T) @ x_kv.transpose(-2, -1)
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        weights = scores.softmax(-1)
        if mask is not None:
            weights = weights.masked_fill(~mask, 0.0)
        total = total + weights @ (x_kv @ (c @ r))
    return total
