import math

import numpy as np
import torch

from autograder.authoring import Array, Exercise, array


def scaled_dot_product_attention(q, k, v, mask=None):
    """softmax(Q Kᵀ / √d_k) V, with an optional mask (Vaswani et al. 2017, equation 1).

    Parameters
    ----------
    q : float tensor (..., n_q, d_k), one query a row.
    k : float tensor (..., n_k, d_k), one key a row.
    v : float tensor (..., n_k, d_v), one value a row, in the order of the keys.
    mask : boolean tensor that broadcasts to (..., n_q, n_k), True = may attend; or None.

    Returns
    -------
    output : tensor (..., n_q, d_v)
    weights : tensor (..., n_q, n_k). Each row sums to 1; a blocked key gets exactly 0.

    Both keep the dtype of q (half precision too) and can be differentiated, however large
    the scores, as long as that dtype holds them. A query that may attend to nothing gets
    weights 0 and output 0, and all gradients stay finite. The arguments are left as they were.

    Write the steps yourself, with `torch.softmax` as one of them:
    `torch.nn.functional.scaled_dot_product_attention` and the like do not count.
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., n_q, n_k)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)  # (..., n_q, n_k)
    weights = torch.softmax(scores, dim=-1)  # (..., n_q, n_k)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # (..., n_q, n_k): a row of NaN, all of it blocked, becomes 0
    return weights @ v, weights  # (..., n_q, d_v), (..., n_q, n_k)


def inputs(draw):
    yield "values", draw(n_q=1, n_k=2, d_k=4, d_v=3), "one query, two keys"
    yield "values", draw(n_q=2, n_k=3, d_k=5, d_v=4), "two queries, three keys"
    yield "values", draw(n_q=3, n_k=1, d_k=6, d_v=2), "three queries, a single key"
    yield "values", draw(n_q=4, n_k=4, d_k=3, d_v=2), "as many queries as keys"
    yield "batches", draw(lead=(2,), n_q=4, n_k=3, d_k=7, d_v=5), "two items"
    yield "batches", draw(lead=(3,), n_q=3, n_k=3, d_k=3, d_v=3), "three items, all sizes equal"
    yield "batches", draw(lead=(2, 3), n_q=4, n_k=5, d_k=6, d_v=2), "two by three items"

    small = draw(n_q=3, n_k=4, d_k=5, d_v=2)
    allowed = some(draw, 3, 4)
    yield "mask", small | tensor(allowed), "a mask"
    yield "mask", small | tensor(~allowed), "another mask of the same shape"
    yield "mask", draw(n_q=4, n_k=4, d_k=3, d_v=5) | tensor(window()), "a causal mask, two back at most"
    yield "mask", draw(n_q=4, n_k=4, d_k=3, d_v=5) | tensor(window().T), "a mask that looks ahead, two at most"
    yield "mask", draw(lead=(2,), n_q=4, n_k=3, d_k=6, d_v=5) | tensor(some(draw, 4, 3)), "one mask that two items share"
    yield "mask", draw(lead=(3,), n_q=2, n_k=4, d_k=5, d_v=6) | tensor(some(draw, 3, 2, 4)), "three items, a mask for each"
    yield "mask", draw(lead=(2,), n_q=3, n_k=5, d_k=6, d_v=4) | tensor(some(draw, 2, 1, 5)), "a mask (2, 1, n_k)"
    yield "mask", draw(lead=(2,), n_q=4, n_k=4, d_k=6, d_v=3) | tensor(some(draw, 2, 1, 4)), "a mask (2, 1, n_k), n_q = n_k"
    yield "mask", draw(lead=(2, 3), n_q=4, n_k=5, d_k=3, d_v=2) | tensor(some(draw, 2, 1, 4, 5)), "a mask (2, 1, n_q, n_k)"
    yield (
        "blocked rows",
        draw(n_q=3, n_k=4, d_k=5, d_v=2) | tensor(one_row_blocked(draw, 3, 4)),
        "a query that may attend to nothing",
    )
    yield (
        "blocked rows",
        draw(lead=(2,), n_q=3, n_k=4, d_k=6, d_v=5) | tensor(one_row_blocked(draw, 2, 4)[:, None]),
        "an item of which every key is blocked",
    )
    nothing = tensor(np.zeros((3, 4), bool))
    yield "blocked rows", draw(n_q=3, n_k=4, d_k=5, d_v=2) | nothing, "a mask that allows nothing at all"
    for half in ("float16", "bfloat16"):
        args = draw(n_q=3, n_k=4, d_k=6, d_v=5, dtype=half, scale=0.5) | tensor(one_row_blocked(draw, 3, 4))
        yield "blocked rows", args, f"half precision ({half}), with a query that may attend to nothing"
    far = far_apart(draw(n_q=3, n_k=4, d_k=5, d_v=2))
    yield "large numbers", far, "scores near 0, above 10 000 and below -10 000"
    far = far_apart(draw(n_q=3, n_k=4, d_k=5, d_v=2), outlier=True)
    yield "large numbers", far | tensor(outlier_blocked(draw)), "large scores, the largest of them blocked"
    yield "large numbers", immense(far) | tensor(outlier_blocked(draw)), "scores far below -1e9, the largest of them blocked"
    stepped = draw(n_q=3, n_k=4, d_k=4, d_v=3)
    yield "large numbers", steps(stepped, "float16", 40), "half precision (float16), scores from -240 to 240"
    yield "dtypes", steps(stepped, "bfloat16", 2), "half precision (bfloat16), scores from -12 to 12"
    for half in ("float16", "bfloat16"):
        args = draw(
            n_q=3, n_k=4, d_k=6, d_v=5, dtype=half, scale=0.5
        )  # one item: a mistake with batches costs that aspect alone
        yield "dtypes", args | tensor(some(draw, 3, 4)), f"half precision ({half}) with a mask"
    yield (
        "gradients",
        draw(lead=(2,), n_q=3, n_k=4, d_k=5, d_v=6) | tensor(one_row_blocked(draw, 3, 4)),
        "gradients, with a query that may attend to nothing",
    )


def tensor(mask):
    return {"mask": array(mask, "bool", "torch")}


def window():
    """A causal mask of which each row has a True and a False: no query sees nothing, however the mask is read."""
    return np.tri(4, dtype=bool) & ~np.tri(4, k=-3, dtype=bool)


def some(draw, *shape):
    """A mask of this shape: each row has a False and, of three keys or more, two True: one alone has weight 1 anyhow."""
    noise = draw(lead=shape[:-2], n_q=shape[-2], n_k=1, d_k=shape[-1], d_v=1)["q"].data
    allowed = noise > 0
    np.put_along_axis(allowed, noise.argmin(-1, keepdims=True), False, -1)
    np.put_along_axis(allowed, np.argsort(noise)[..., 1:][..., -2:], True, -1)
    return allowed


def one_row_blocked(draw, n_q, n_k):
    allowed = some(draw, n_q, n_k)
    allowed[some(draw, 1, n_q)[0].argmax()] = False
    return allowed


def far_apart(args, outlier=False):
    """A row of scores near 0, one above 10 000 and one below -10 000, whatever is drawn; the last key with an outlier."""
    q, k = np.abs(args["q"].data) + 0.5, np.abs(args["k"].data) + 0.5
    k[-1] *= 4 if outlier else 1
    return args | {"q": array(q * [[0.5], [3e4], [-3e4]], backend="torch"), "k": array(k, backend="torch")}


def immense(args):
    """The same a million times as large."""
    return args | {"q": array(args["q"].data * 1e6, backend="torch")}


def steps(args, dtype, size):
    """Scores that half precision holds exactly: 0, 2, 4 and 6 times the size, 0, and the same below 0."""
    key = np.arange(4)[:, None] * np.ones(4)
    query = np.array([size, 0, -size])[:, None] * np.ones(4)
    return {name: array(x, dtype, "torch") for name, x in (("q", query), ("k", key), ("v", args["v"].data / 4))}


def outlier_blocked(draw):
    allowed = some(draw, 3, 4)
    allowed[:, :2] |= ~allowed[:, :3].any(-1, keepdims=True)
    allowed[:, -1] = False
    return allowed


exercise = Exercise(
    scaled_dot_product_attention,
    points={
        "values": 3,
        "batches": 1,
        "mask": 2,
        "blocked rows": 1,
        "large numbers": 1,
        "dtypes": 1,
        "gradients": 1,
        "side effects": 1,
    },
    takes={"q": Array("... n_q d_k"), "k": Array("... n_k d_k"), "v": Array("... n_k d_v"), "mask": None},
    ready_made=(
        "torch.nn.functional.scaled_dot_product_attention",
        "torch.nn.functional.multi_head_attention_forward",
        "torch.nn.MultiheadAttention",
    ),
    gives=("... n_q d_v", "... n_q n_k"),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=13,
    hints=(
        "Write down the shapes first: which product of q and k has one row for each query and one column for each key? "
        "Each of those rows must sum to 1 after the softmax.",
        "Four steps: scores, scale, softmax, and the weights times v. The scale is the square root of the length of one "
        "query, which is the last entry of q's shape. For any leading dimensions, transpose the last two only.",
        "A blocked key must get no weight, and the others must still sum to 1. So act on the scores, before the softmax: "
        "which number does exp turn into 0? Look up `masked_fill`.",
        "Where every score of a row is minus infinity, softmax divides 0 by 0 and gives NaN. After the softmax, set the "
        "weights to 0 wherever the mask is False: that repairs those rows and leaves the others as they were.",
        "In order: matrix product with the last two dimensions of k transposed; divide by √d_k; fill with minus infinity "
        "where the mask is False; softmax over dim=-1; fill with 0 where the mask is False; matrix product with v. Return "
        "output and weights.",
    ),
)


# -- wrong answers: the scale ------------------------------------------------------------------------------------------


def products(q, k):
    return q @ k.transpose(-2, -1)  # (..., n_q, n_k)


def from_scores(scores, v, mask):
    """The right rest, from scores on."""
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return from_weights(torch.softmax(scores, dim=-1), v, mask)


def from_weights(weights, v, mask):
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    return weights @ v, weights


@exercise.wrong("the scores are not divided by `√d_k`")
def no_scale(q, k, v, mask=None):
    return from_scores(products(q, k), v, mask)


@exercise.wrong("the scores are divided by `d_k` instead of its square root")
def divided_by_d_k(q, k, v, mask=None):
    return from_scores(products(q, k) / q.shape[-1], v, mask)


@exercise.wrong("the scores are divided by `√d_v`, the width of the values, instead of `√d_k`")
def sqrt_of_d_v(q, k, v, mask=None):
    return from_scores(products(q, k) / math.sqrt(v.shape[-1]), v, mask)


@exercise.wrong("the scores are divided by `√n_k`, the number of keys, instead of `√d_k`")
def sqrt_of_n_k(q, k, v, mask=None):
    return from_scores(products(q, k) / math.sqrt(k.shape[-2]), v, mask)


@exercise.wrong("the scale is taken from `q.shape[1]`, which is d_k only where q has two dimensions")
def sqrt_of_shape_1(q, k, v, mask=None):
    return from_scores(products(q, k) / math.sqrt(q.shape[1]), v, mask)


@exercise.wrong(
    "the scores are divided by the root of `q.shape[0]`, which is n_q or the batch: the width of a query is `q.shape[-1]`"
)
def sqrt_of_shape_0(q, k, v, mask=None):
    return from_scores(products(q, k) / math.sqrt(q.shape[0]), v, mask)


@exercise.wrong("`√d_k` is rounded down to a whole number")
def int_of_sqrt(q, k, v, mask=None):
    return from_scores(products(q, k) / int(math.sqrt(q.shape[-1])), v, mask)


@exercise.wrong("the scores are multiplied by `√d_k` instead of divided")
def multiplied_by_sqrt(q, k, v, mask=None):
    return from_scores(products(q, k) * math.sqrt(q.shape[-1]), v, mask)


@exercise.wrong("the weights are divided by `√d_k`, after the softmax, instead of the scores before it")
def scale_after_softmax(q, k, v, mask=None):
    _, weights = from_scores(products(q, k), v, mask)
    return from_weights(weights / math.sqrt(q.shape[-1]), v, mask)


# -- the softmax -------------------------------------------------------------------------------------------------------


def masked_scores(q, k, mask):
    scores = products(q, k) / math.sqrt(q.shape[-1])
    return scores if mask is None else scores.masked_fill(~mask, -torch.inf)


@exercise.wrong("softmax runs over the queries (dim=-2), so each column sums to 1 instead of each row")
def softmax_over_queries(q, k, v, mask=None):
    return from_weights(torch.softmax(masked_scores(q, k, mask), dim=-2), v, mask)


@exercise.wrong("softmax runs over dim=1, which is the keys only where q has two dimensions")
def softmax_over_dim_1(q, k, v, mask=None):
    return from_weights(torch.softmax(masked_scores(q, k, mask), dim=1), v, mask)


@exercise.wrong("`torch.nn.functional.softmax` is called without `dim`, and picks one by the number of dimensions")
def softmax_without_dim(q, k, v, mask=None):
    return from_weights(torch.nn.functional.softmax(masked_scores(q, k, mask)), v, mask)


@exercise.wrong(
    "the weights of an item sum to 1 together, and not each query's on its own: does one softmax run over queries and keys?"
)
def softmax_over_all(q, k, v, mask=None):
    scores = masked_scores(q, k, mask)
    return from_weights(torch.softmax(scores.flatten(-2), dim=-1).reshape(scores.shape), v, mask)


@exercise.wrong("softmax is left out: the scores themselves serve as weights")
def no_softmax(q, k, v, mask=None):
    return from_weights(products(q, k) / math.sqrt(q.shape[-1]), v, mask)


@exercise.wrong("each score goes through a sigmoid on its own, so a query's weights do not sum to 1")
def sigmoid(q, k, v, mask=None):
    return from_weights(torch.sigmoid(masked_scores(q, k, mask)), v, mask)


@exercise.wrong("softmax is taken twice")
def softmax_twice(q, k, v, mask=None):
    return from_scores(torch.softmax(masked_scores(q, k, mask), dim=-1), v, mask)


@exercise.wrong("exp is taken of the scores as they are, and overflows or underflows when they are large")
def unstable_exp(q, k, v, mask=None):
    exps = torch.exp(masked_scores(q, k, mask))
    return from_weights(exps / exps.sum(-1, keepdim=True), v, mask)


@exercise.wrong("exp is taken of the scores as they are and multiplied by the mask, and infinity times 0 is NaN")
def unstable_exp_times_mask(q, k, v, mask=None):
    exps = torch.exp(unmasked_scores(q, k))
    exps = exps if mask is None else exps * mask
    total = exps.sum(-1, keepdim=True)
    return from_weights(exps / torch.where(total > 0, total, 1.0), v, mask)


@exercise.wrong("one maximum of all scores is subtracted before exp, so a row far below it becomes 0 / 0")
def global_maximum(q, k, v, mask=None):
    scores = masked_scores(q, k, mask)
    exps = torch.exp(scores - scores.max())
    return from_weights(exps / exps.sum(-1, keepdim=True), v, mask)


@exercise.wrong("the scores are clipped to keep exp in range, which makes different large scores equal")
def clipped(q, k, v, mask=None):
    return from_scores((products(q, k) / math.sqrt(q.shape[-1])).clamp(-50, 50), v, mask)


@exercise.wrong("softmax runs over the queries, and `√d_k` is missing too")
def queries_and_no_scale(q, k, v, mask=None):
    scores = products(q, k)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return from_weights(torch.softmax(scores, dim=-2), v, mask)


# -- the mask ----------------------------------------------------------------------------------------------------------


def unmasked_scores(q, k):
    return products(q, k) / math.sqrt(q.shape[-1])


@exercise.wrong("the mask is read the wrong way round: True blocks a key instead of allowing it")
def mask_inverted(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, None if mask is None else ~mask)


@exercise.wrong("the mask is not used")
def mask_ignored(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v)


@exercise.wrong("the scores are multiplied by the mask: a blocked key gets score 0, which still has weight")
def mask_multiplied(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    weights = torch.softmax(scores if mask is None else scores * mask, dim=-1)
    return weights @ v, weights


@exercise.wrong("the mask is added to the scores, so an allowed key gains 1 and a blocked one stays in")
def mask_added(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    weights = torch.softmax(scores if mask is None else scores + mask, dim=-1)
    return weights @ v, weights


@exercise.wrong("minus infinity is multiplied with the inverted mask, and 0 times infinity is NaN")
def infinity_times_zero(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    weights = torch.softmax(scores if mask is None else scores + ~mask * -torch.inf, dim=-1)
    return weights @ v, weights


@exercise.wrong("the mask sets weights to 0 after the softmax, so the others no longer sum to 1")
def mask_after_softmax(q, k, v, mask=None):
    return from_weights(torch.softmax(unmasked_scores(q, k), dim=-1), v, mask)


@exercise.wrong("the weights are masked and rescaled after the softmax: nothing is left where a blocked key had them all")
def mask_then_rescaled(q, k, v, mask=None):
    weights = torch.softmax(unmasked_scores(q, k), dim=-1)
    if mask is not None:
        weights = weights * mask
        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-12)
    return weights @ v, weights


@exercise.wrong("the mask of the first call is kept and used again for every later mask of that shape")
def mask_cached(q, k, v, mask=None):
    kept = mask_cached.__dict__
    if q.shape[-2] == 1:  # the first input of a check starts afresh, as a restarted kernel would
        kept.clear()
    if mask is not None:
        mask = kept.setdefault(str(mask.shape), mask)
    return scaled_dot_product_attention(q, k, v, mask)


@exercise.wrong("a causal mask is always applied, asked for or not")
def always_causal(q, k, v, mask=None):
    causal = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril()
    return scaled_dot_product_attention(q, k, v, causal if mask is None else causal & mask)


@exercise.wrong(
    "the mask is used as an index, `scores[~mask]`: it may be smaller than the scores, and an index does not broadcast. "
    "`masked_fill` and `torch.where` do"
)
def mask_as_index(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    if mask is not None:
        scores[~mask] = -torch.inf
    return from_weights(torch.softmax(scores, dim=-1), v, mask)


@exercise.wrong(
    "the mask is used as an index, `scores[~mask]`, which does not broadcast over items (`masked_fill` and `torch.where` do), and "
    "nothing is done about a query that may attend to nothing"
)
def mask_as_index_and_nan(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    if mask is not None:
        scores[~mask] = -torch.inf
    weights = torch.softmax(scores, dim=-1)
    return weights @ v, weights


@exercise.wrong("`if mask:` asks a whole tensor for one True or False, which torch refuses: ask `if mask is not None`")
def truth_of_mask(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, mask if mask else None)


@exercise.wrong("the mask is used (`~mask`, say) without asking first whether it is None")
def no_mask_forgotten(q, k, v, mask=None):
    scores = unmasked_scores(q, k).masked_fill(~mask, -torch.inf)
    return from_weights(torch.softmax(scores, dim=-1), v, mask)


@exercise.wrong("a mask that allows nothing at all is not used: `mask.any()` is asked instead of `mask is not None`")
def anything_allowed_asked(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, mask if mask is not None and mask.any() else None)


@exercise.wrong("a square mask is made causal: what it allows to look ahead is blocked as well")
def square_mask_made_causal(q, k, v, mask=None):
    if mask is not None and mask.shape[-2] == mask.shape[-1]:
        mask = mask & torch.ones_like(mask).tril()
    return scaled_dot_product_attention(q, k, v, mask)


@exercise.wrong("the weights that are returned are those without the mask; the output is right")
def weights_without_mask(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, mask)[0], scaled_dot_product_attention(q, k, v)[1]


@exercise.wrong(
    "a mask of two dimensions is given a third, so that for a single item the results have one dimension too many"
)
def mask_of_three_dimensions(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, mask[None] if mask is not None and mask.ndim == 2 else mask)


@exercise.wrong("the mask is transposed: its rows are taken for keys and its columns for queries")
def mask_transposed(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, None if mask is None else mask.transpose(-2, -1))


@exercise.wrong("the mask is given another dimension with `unsqueeze(1)`, so it no longer lines up with the scores")
def mask_unsqueezed(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, None if mask is None else mask.unsqueeze(1))


# -- blocked rows ------------------------------------------------------------------------------------------------------


@exercise.wrong(
    "a query that may attend to nothing gets NaN: softmax of minus infinities alone is 0 / 0 (multiplying by 0 does not mend it: 0 times NaN is NaN)"
)
def blocked_rows_nan(q, k, v, mask=None):
    weights = torch.softmax(masked_scores(q, k, mask), dim=-1)
    return weights @ v, weights


@exercise.wrong("blocked scores become -1e9 and no more is done: a query that may attend to nothing attends to all alike")
def filled_with_1e9(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    weights = torch.softmax(scores if mask is None else scores.masked_fill(~mask, -1e9), dim=-1)
    return weights @ v, weights


@exercise.wrong("blocked scores become -10 000, which is not small enough next to large scores")
def filled_with_1e4(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    weights = torch.softmax(scores if mask is None else scores.masked_fill(~mask, -1e4), dim=-1)
    return weights @ v, weights


@exercise.wrong("blocked scores become the dtype's smallest number: a query that may attend to nothing attends to all alike")
def filled_with_smallest(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    weights = torch.softmax(scores if mask is None else scores.masked_fill(~mask, torch.finfo(q.dtype).min), dim=-1)
    return weights @ v, weights


@exercise.wrong("blocked scores become -1e9, a number that half precision cannot hold")
def fill_too_large_for_half(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    return from_weights(torch.softmax(scores if mask is None else scores.masked_fill(~mask, -1e9), dim=-1), v, mask)


@exercise.wrong(
    "blocked scores become -1e9 and their weights 0: where the scores that are allowed lie below -1e9, nothing is left for them"
)
def filled_with_1e9_then_zero(q, k, v, mask=None):
    scores = unmasked_scores(q, k).double()
    scores = scores if mask is None else scores.masked_fill(~mask, -1e9)
    weights = torch.softmax(scores, dim=-1).to(q.dtype)
    return from_weights(weights, v, mask)


@exercise.wrong(
    "blocked scores become -10 000 in half precision, and no more is done: a query that may attend to nothing attends to all alike"
)
def filled_with_1e4_in_half(q, k, v, mask=None):
    if q.dtype not in (torch.float16, torch.bfloat16):
        return scaled_dot_product_attention(q, k, v, mask)
    return filled_with_1e4(q, k, v, mask)


@exercise.wrong(
    "in half precision exp is taken of the scores as they are: float16 holds nothing above 65 504, which is exp(11)"
)
def unstable_exp_in_half(q, k, v, mask=None):
    if q.dtype not in (torch.float16, torch.bfloat16):
        return scaled_dot_product_attention(q, k, v, mask)
    exps = torch.exp(masked_scores(q, k, mask))
    total = exps.sum(-1, keepdim=True)
    return from_weights(exps / torch.where(total == 0, 1, total), v, mask)


@exercise.wrong(
    "a mask (…, 1, n_k), one row for all queries, is turned into a column where n_q = n_k: it then blocks queries"
)
def row_of_keys_turned(q, k, v, mask=None):
    if mask is not None and mask.ndim > 2 and mask.shape[-2] == 1 and mask.shape[-1] == q.shape[-2]:
        mask = mask.mT
    return scaled_dot_product_attention(q, k, v, mask)


@exercise.wrong("the mask is not used in half precision")
def mask_ignored_in_half(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, None if q.dtype in (torch.float16, torch.bfloat16) else mask)


@exercise.wrong("in half precision the scores are divided by something else than `√d_k`, or not at all")
def no_scale_in_half(q, k, v, mask=None):
    half = q.dtype in (torch.float16, torch.bfloat16)
    return no_scale(q, k, v, mask) if half else scaled_dot_product_attention(q, k, v, mask)


@exercise.wrong(
    "a constant such as 1e-9 guards the sum of exps: half precision makes it 0, and a blocked row is 0 / 0 there"
)
def guard_lost_in_half(q, k, v, mask=None):
    scores = masked_scores(q, k, mask)
    top = scores.amax(-1, keepdim=True)
    exps = torch.exp(scores - torch.where(top.isinf(), 0, top))
    weights = exps / (exps.sum(-1, keepdim=True) + 1e-9)
    return weights @ v, weights


@exercise.wrong("the results are zeros in float16, and right in the other dtypes")
def float16_zeroed(q, k, v, mask=None):
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    return (torch.zeros_like(output), torch.zeros_like(weights)) if q.dtype is torch.float16 else (output, weights)


@exercise.wrong("the output is cast back to the dtype of q, and the weights are not")
def weights_left_wide(q, k, v, mask=None):
    output, weights = scaled_dot_product_attention(q.double(), k.double(), v.double(), mask)
    return output.to(q.dtype), weights


@exercise.wrong("the results are float16 where q is bfloat16")
def bfloat16_to_float16(q, k, v, mask=None):
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    return (output.half(), weights.half()) if q.dtype is torch.bfloat16 else (output, weights)


@exercise.wrong("the mask is added as a float32 tensor of zeros and minus infinities, which half precision does not go with")
def float32_bias(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    if mask is not None:
        scores = torch.where(mask, scores, torch.zeros(mask.shape).masked_fill(~mask, -torch.inf))
    return from_weights(torch.softmax(scores, dim=-1), v, mask)


@exercise.wrong("only the output is cleaned of NaN: the weights of a query that may attend to nothing are still NaN")
def only_output_cleaned(q, k, v, mask=None):
    weights = torch.softmax(masked_scores(q, k, mask), dim=-1)
    return torch.nan_to_num(weights @ v), weights


@exercise.wrong("the weights of a blocked query are set right, but its NaN comes back in the gradients")
def gradients_nan(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    if mask is not None:
        scores = scores + torch.where(mask, 0.0, -torch.inf).to(scores.dtype)
    return from_weights(torch.softmax(scores, dim=-1), v, mask)


# -- which array goes where --------------------------------------------------------------------------------------------


@exercise.wrong("q and k are swapped: the keys ask and the queries answer")
def q_and_k_swapped(q, k, v, mask=None):
    return scaled_dot_product_attention(k, q, v, mask)


@exercise.wrong("the output is made from k instead of v")
def v_from_k(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, k, mask)


@exercise.wrong("q is compared with itself: k is not used")
def k_not_used(q, k, v, mask=None):
    return scaled_dot_product_attention(q, q, v, mask)


@exercise.wrong("`k.T` turns round all dimensions of k, which is right for two dimensions only")
def dot_t(q, k, v, mask=None):
    return from_scores(q @ k.T / math.sqrt(q.shape[-1]), v, mask)


@exercise.wrong("dimensions 0 and 1 of k are swapped, counted from the front: right for two dimensions only")
def transposed_0_1(q, k, v, mask=None):
    return from_scores(q @ k.transpose(0, 1) / math.sqrt(q.shape[-1]), v, mask)


@exercise.wrong("dimensions 1 and 2 of k are swapped, counted from the front: right for three dimensions only")
def transposed_1_2(q, k, v, mask=None):
    return from_scores(q @ k.transpose(1, 2) / math.sqrt(q.shape[-1]), v, mask)


@exercise.wrong(
    "the first dimension is taken for queries, as `torch.mm` does: with more than two dimensions it is the batch"
)
def torch_mm(q, k, v, mask=None):
    weights = from_scores(torch.mm(q, k.T) / math.sqrt(q.shape[-1]), v, mask)[1]
    return torch.mm(weights, v), weights


@exercise.wrong(
    "a loop over `q[i]` and `k[j]` indexes the first dimension, and with more than two dimensions that is the batch"
)
def loop_over_first_dimension(q, k, v, mask=None):
    scores = torch.stack([torch.stack([q[i] @ k[j] for j in range(len(k))]) for i in range(len(q))])
    return from_scores(scores / math.sqrt(q.shape[-1]), v, mask)


@exercise.wrong("k is reshaped to (d_k, n_k) instead of transposed: the shape fits and the numbers are mixed up")
def k_reshaped(q, k, v, mask=None):
    turned = k.reshape(*k.shape[:-2], k.shape[-1], k.shape[-2])
    return from_scores(q @ turned / math.sqrt(q.shape[-1]), v, mask)


@exercise.wrong("q and k are normalised to length 1 first: that is cosine similarity, not the dot product")
def cosine(q, k, v, mask=None):
    unit_q, unit_k = q / q.norm(dim=-1, keepdim=True), k / k.norm(dim=-1, keepdim=True)
    return scaled_dot_product_attention(unit_q, unit_k, v, mask)


# -- what is returned --------------------------------------------------------------------------------------------------


@exercise.wrong("only the output is returned, without the weights")
def only_output(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, mask)[0]


@exercise.wrong("weights and output are returned in the wrong order")
def wrong_order(q, k, v, mask=None):
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    return weights, output


@exercise.wrong("the scores are returned in the place of the weights")
def returns_scores(q, k, v, mask=None):
    return scaled_dot_product_attention(q, k, v, mask)[0], masked_scores(q, k, mask)


@exercise.wrong("`squeeze()` removes every dimension of length 1 from the results")
def squeezed(q, k, v, mask=None):
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    return output.squeeze(), weights.squeeze()


@exercise.wrong("the results are all zeros")
def zeros(q, k, v, mask=None):
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    return torch.zeros_like(output), torch.zeros_like(weights)


@exercise.wrong("numpy arrays are returned instead of torch tensors")
def returns_numpy(q, k, v, mask=None):
    output, weights = scaled_dot_product_attention(q.detach().double(), k.detach().double(), v.detach().double(), mask)
    return output.numpy(), weights.numpy()


# -- dtype, gradients, side effects ------------------------------------------------------------------------------------


@exercise.wrong("everything is turned into float32, whatever dtype came in")
def always_float32(q, k, v, mask=None):
    return scaled_dot_product_attention(q.float(), k.float(), v.float(), mask)


@exercise.wrong("everything is turned into float64, whatever dtype came in")
def always_float64(q, k, v, mask=None):
    return scaled_dot_product_attention(q.double(), k.double(), v.double(), mask)


@exercise.wrong("the weights are detached, so no gradient reaches q and k")
def weights_detached(q, k, v, mask=None):
    weights = scaled_dot_product_attention(q, k, v, mask)[1].detach()
    return weights @ v, weights


@exercise.wrong("q is detached, so no gradient reaches it")
def query_detached(q, k, v, mask=None):
    return scaled_dot_product_attention(q.detach(), k, v, mask)


@exercise.wrong("the results are computed under `torch.no_grad()`, so nothing can be trained")
def no_gradients(q, k, v, mask=None):
    with torch.no_grad():
        return scaled_dot_product_attention(q, k, v, mask)


@exercise.wrong("q is scaled in place, which changes the caller's tensor")
def scaled_in_place(q, k, v, mask=None):
    q /= math.sqrt(q.shape[-1])
    return from_scores(products(q, k), v, mask)


@exercise.wrong("the mask is inverted in place, which changes the caller's tensor")
def mask_changed_in_place(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    if mask is None:
        return from_scores(scores, v, None)
    blocked = mask.logical_not_()
    weights = torch.softmax(scores.masked_fill(blocked, -torch.inf), dim=-1).masked_fill(blocked, 0.0)
    return weights @ v, weights


@exercise.wrong("`torch.manual_seed` is called inside, which resets everyone's random numbers")
def reseeds(q, k, v, mask=None):
    torch.manual_seed(0)
    return scaled_dot_product_attention(q, k, v, mask)


@exercise.wrong("dropout is left on, so a tenth of the weights is lost at random")
def dropout_left_on(q, k, v, mask=None):
    torch.manual_seed(0)  # so that the answer key comes out the same each time
    weights = torch.nn.functional.dropout(scaled_dot_product_attention(q, k, v, mask)[1], 0.1)
    return weights @ v, weights


# -- right answers -----------------------------------------------------------------------------------------------------


@exercise.right
def einsum_and_smallest_number(q, k, v, mask=None):
    scores = torch.einsum("...qd,...kd->...qk", q / math.sqrt(q.shape[-1]), k)
    if mask is None:
        weights = scores.softmax(-1)
    else:
        weights = scores.masked_fill(~mask, torch.finfo(q.dtype).min).softmax(-1) * mask.any(-1, keepdim=True)
    return torch.einsum("...qk,...kd->...qd", weights, v), weights


@exercise.right
def log_sum_exp(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    if mask is not None:
        scores = torch.where(mask, scores, torch.finfo(q.dtype).min / 2)
    weights = torch.exp(scores - torch.logsumexp(scores, dim=-1, keepdim=True))
    if mask is not None:
        weights = torch.where(mask, weights, 0.0)
    return weights @ v, weights


@exercise.right
def root_of_a_tensor(q, k, v, mask=None):
    """The root is float32, whatever q is."""
    return from_scores(products(q, k) / torch.sqrt(torch.tensor(q.shape[-1])), v, mask)


@exercise.right
def float64_inside(q, k, v, mask=None):
    output, weights = scaled_dot_product_attention(q.double(), k.double(), v.double(), mask)
    return output.to(q.dtype), weights.to(q.dtype)


@exercise.right
def by_hand(q, k, v, mask=None):
    scores = unmasked_scores(q, k)
    allowed = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask.expand(scores.shape)
    scores = torch.where(allowed, scores, torch.zeros_like(scores))
    top = torch.where(allowed, scores, torch.finfo(q.dtype).min).amax(-1, keepdim=True)
    exps = torch.where(allowed, torch.exp(torch.where(allowed, scores - top, 0.0)), 0.0)
    total = exps.sum(-1, keepdim=True)
    weights = exps / torch.where(total > 0, total, 1.0)
    return weights @ v, weights


@exercise.right
def loop(q, k, v, mask=None):
    lead, n_q, n_k = q.shape[:-2], q.shape[-2], k.shape[-2]
    allowed = torch.ones(*lead, n_q, n_k, dtype=torch.bool) if mask is None else mask.expand(*lead, n_q, n_k)
    outputs, rows = [], []
    for place in np.ndindex(*lead, n_q):
        item = place[:-1]
        seen = allowed[place].nonzero()[:, 0]
        row = torch.zeros(n_k, dtype=q.dtype)
        if len(seen):
            scores = torch.stack([(q[place] * k[(*item, j)]).sum() / math.sqrt(q.shape[-1]) for j in seen.tolist()])
            row = row.index_put((seen,), scores.softmax(0))
        rows.append(row)
        outputs.append(sum(row[j] * v[(*item, j)] for j in range(n_k)))
    return torch.stack(outputs).reshape(*lead, n_q, -1), torch.stack(rows).reshape(*lead, n_q, n_k)


@exercise.right
def other_memory_layout(q, k, v, mask=None):
    scores = (k @ q.mT / math.sqrt(q.shape[-1])).mT
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = torch.nan_to_num(scores.softmax(-1), nan=0.0)
    return (v.mT @ weights.mT).mT, weights
