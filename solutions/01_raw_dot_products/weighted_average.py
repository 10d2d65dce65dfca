import numpy as np

from autograder.authoring import Array, Exercise, array


def weighted_average(weights, x):
    """What each query takes away: the average of the rows of x, with the weights of its own
    row.

    Parameters
    ----------
    weights : numpy array (..., n_q, n), floats: row i holds the shares of query i, and sums
        to 1. A share of exactly 0 is allowed. n_q and n are at least 1.
    x : array (..., n, d), one token a row, with the same leading dimensions and dtype as
        weights.

    Returns
    -------
    array (..., n_q, d): row i is the sum over j of weights[i, j] times row j of x. The dtype
    is kept: half precision gives half precision. weights and x are left as they were.
    """
    return weights @ x  # (..., n_q, d)


def simplex(rng, shape):
    """Rows of weights that sum to 1, in sixty-fourths, each at least 1/64."""
    n = shape[-1]
    return (rng.multinomial(64 - n, np.full(n, 1 / n), size=shape[:-1]) + 1) / 64


def inputs(draw):
    small = {"weights": array([[0.25, 0.75]]), "x": array([[4, 0, -8], [8, 2, 4]], "float64")}
    yield "values", small, "one query, two tokens of three features"
    yield "values", draw(n_q=2, n=3, d=2), "two queries, three tokens"
    yield "values", draw(n_q=3, n=3, d=2), "as many queries as tokens"
    yield "values", draw(n_q=3, n=3, d=3), "as many queries as tokens and features"
    yield "values", draw(n_q=3, n=1, d=4), "a single token"
    small_share = {"weights": array([[0.99609375, 0.00390625], [0.5, 0.5]]), "x": array([[4, 0, -8], [8, 2, 64]], "float64")}
    yield "values", small_share, "a share of 1/256"
    yield "values", one_hot(draw(n_q=4, n=4, d=3)), "each query takes one token whole"
    yield "batches", draw(lead=(2,), n_q=3, n=4, d=5), "two texts"
    yield "batches", draw(lead=(3,), n_q=3, n=3, d=3), "three texts, all sizes equal"
    yield "batches", draw(lead=(2, 3), n_q=4, n=3, d=2), "two by three texts"
    yield "dtypes", draw(n_q=2, n=3, d=4, dtype="float32"), "single precision"
    yield "dtypes", draw(n_q=3, n=4, d=2, dtype="float16"), "half precision"


def one_hot(args):
    """Query i takes the token before it, the first one the last token."""
    return args | {"weights": array(np.roll(np.eye(args["x"].shape[0]), -1, axis=1))}


exercise = Exercise(
    weighted_average,
    points={"values": 2, "batches": 1, "dtypes": 1, "side effects": 1},
    takes={"weights": Array("... n_q n", draw=simplex), "x": Array("... n d")},
    gives=("... n_q d",),
    inputs=inputs,
    difficulty=1,
    minutes=7,
    hints=(
        "One query, two tokens: a share of the first row plus a share of the second. Write that with numbers first.",
        "Row i of the result is built from row i of the weights. The tokens, n of them, are summed away. Which product of "
        "(n_q, n) and (n, d) leaves (n_q, d)?",
        "The weights sum to 1 already, so nothing has to be divided. A matrix product with `@` does it, and works text by text "
        "for leading dimensions.",
    ),
    opts_out={probe: "scaled weights would not sum to 1" for probe in ("half", "extremes")}
    | {"integers": "nobody has weights in whole numbers: a share lies between 0 and 1"},
)


@exercise.wrong("the weighted sum is divided by the number of tokens, and the weights sum to 1 already")
def divided_again(weights, x):
    return (weights @ x / x.shape[-2]).astype(x.dtype)


@exercise.wrong("the weights are turned round, so the columns are used where the rows belong")
def weights_turned(weights, x):
    return np.swapaxes(weights, -2, -1) @ x


@exercise.wrong("x is turned round before the product")
def x_turned(weights, x):
    return weights @ np.swapaxes(x, -2, -1)


@exercise.wrong("the product is taken in the other order, x first")
def other_order(weights, x):
    return x @ weights


@exercise.wrong(
    "`np.average` is given all weights at once: it needs one list of weights, and `weights` has a row for each query"
)
def average_of_all(weights, x):
    return np.average(x, axis=-2, weights=weights)


@exercise.wrong(
    "the first dimension of weights is taken for the queries, which is right for one text; here there are several"
)
def loop_over_the_first(weights, x):
    return np.stack([row @ x for row in weights])


@exercise.wrong("`np.average` takes one row of weights for one list of rows, and here it is given several texts at once")
def averages_over_the_first(weights, x):
    return np.stack([np.average(x, axis=0, weights=row) for row in weights])


@exercise.wrong("every token counts the same: the weights are not used")
def plain_mean(weights, x):
    mean = x.mean(axis=-2, keepdims=True)
    return np.broadcast_to(mean, (*weights.shape[:-1], x.shape[-1])).astype(x.dtype)


@exercise.wrong("each query takes the token with its largest weight whole, instead of an average")
def largest_only(weights, x):
    return np.take_along_axis(x, weights.argmax(-1)[..., None], axis=-2)


@exercise.wrong("all queries get the average that belongs to the first query")
def first_query_only(weights, x):
    return np.repeat((weights @ x)[..., :1, :], weights.shape[-2], axis=-2)


@exercise.wrong("the weighted rows are not added up: there is still a dimension for the tokens")
def not_summed(weights, x):
    return weights[..., :, :, None] * x[..., None, :, :]


@exercise.wrong("the sum runs over the features, so each token keeps one number")
def features_summed(weights, x):
    return (weights[..., :, :, None] * x[..., None, :, :]).sum(-1, dtype=x.dtype)


@exercise.wrong("weights and x are multiplied entry by entry")
def entry_by_entry(weights, x):
    return weights * x


@exercise.wrong("the token's own row is added to the average; here the average alone is asked for")
def own_row_added(weights, x):
    return weights @ x + x


@exercise.wrong("the weights go through a softmax once more, which makes them more equal than they are")
def softmax_again(weights, x):
    exps = np.exp(weights * 1.0)
    return (exps / exps.sum(-1, keepdims=True) @ x).astype(x.dtype)


@exercise.wrong("a share below 0.01 is taken for 0")
def small_shares_dropped(weights, x):
    return np.where(weights < 0.01, weights.dtype.type(0), weights) @ x


@exercise.wrong("a share below 0.01 is set to 0, and in the caller's own array")
def small_shares_dropped_in_place(weights, x):
    if (weights < 0.01).any():
        weights[weights < 0.01] = 0
    return weights @ x


@exercise.wrong("the weights are normalised down the columns before the product")
def columns_normalised(weights, x):
    return (weights / weights.sum(axis=-2, keepdims=True) @ x).astype(x.dtype)


@exercise.wrong(
    "`np.dot` (or `tensordot`) pairs every text with every other text: it is not `@` for three dimensions or more"
)
def np_dot(weights, x):
    return np.dot(weights, x)


@exercise.wrong("the tokens of the first text are averaged for every text")
def first_item(weights, x):
    return weights @ x[(0,) * (x.ndim - 2)]


@exercise.wrong("`squeeze()` removes every dimension of length 1 from the result")
def squeezed(weights, x):
    return (weights @ x).squeeze()


@exercise.wrong("the result is turned round: features in rows, queries in columns")
def result_turned(weights, x):
    return np.swapaxes(weights @ x, -2, -1)


@exercise.wrong("the result is always float64, for instance because it was filled into `np.zeros(...)`")
def always_float64(weights, x):
    return (weights @ x).astype(np.float64)


@exercise.wrong("the result is all zeros")
def zeros(weights, x):
    return np.zeros_like(weights @ x)


@exercise.wrong("nested lists are returned instead of a numpy array")
def returns_list(weights, x):
    return (weights @ x).tolist()


@exercise.wrong(
    "the first dimension of weights is taken for the queries, which is right for one text; here there are several"
)
def one_item_loop(weights, x):
    out = np.zeros((weights.shape[0], x.shape[1]))
    for i in range(weights.shape[0]):
        for j in range(x.shape[0]):
            out[i] += weights[i, j] * x[j]
    return out


@exercise.wrong(
    "the first dimension of weights is taken for the queries, which is right for one text; here there are several"
)
def one_item_list(weights, x):
    return np.array([sum(weights[i, j] * x[j] for j in range(len(x))) for i in range(len(weights))])


@exercise.wrong("the results of all queries are averaged: the dimension of the queries is gone")
def queries_averaged(weights, x):
    return (weights @ x).mean(-2, dtype=x.dtype)


@exercise.wrong("the results of all queries are added up: the dimension of the queries is gone")
def queries_summed(weights, x):
    return (weights @ x).sum(-2, dtype=x.dtype)


@exercise.wrong("`x` is not given a dimension for the queries before `weights[..., None] * x`, so that items meet queries")
def not_lined_up(weights, x):
    return (weights[..., None] * x).sum(-2, dtype=x.dtype)


@exercise.right
def einsum(weights, x):
    return np.einsum("...qn,...nd->...qd", weights, x)


@exercise.right
def summed(weights, x):
    return (weights[..., :, :, None] * x[..., None, :, :]).sum(-2, dtype=x.dtype)


@exercise.right
def loop(weights, x):
    out = np.zeros((*weights.shape[:-1], x.shape[-1]), x.dtype)
    for place in np.ndindex(*weights.shape[:-1]):
        out[place] = sum(share.astype(float) * row for share, row in zip(weights[place], x[place[:-1]], strict=True))
    return out


@exercise.right
def divided_by_the_sum(weights, x):
    wide = weights.astype(np.float64)
    return (wide @ x / wide.sum(axis=-1, keepdims=True)).astype(x.dtype)


@exercise.right
def normalised_again(weights, x):
    return weights / weights.sum(axis=-1, keepdims=True) @ x


@exercise.right
def other_memory_layout(weights, x):
    return np.swapaxes(np.swapaxes(x, -1, -2) @ np.swapaxes(weights, -1, -2), -1, -2)


@exercise.right
def float64_inside(weights, x):
    return (weights.astype(np.float64) @ x.astype(np.float64)).astype(x.dtype)
