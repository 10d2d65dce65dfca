import numpy as np

from autograder.authoring import Array, Exercise
from autograder.values import array


def weighted_average(weights, x):
    """What each query takes away: the average of the rows of x, with the weights of its own row.

    Parameters
    ----------
    weights : numpy array (..., n_q, n), floats or integers: row i holds the shares of query i, and sums to 1. A share of
        exactly 0 is allowed. n_q and n are at least 1.
    x : array (..., n, d), one token a row, with the same leading dimensions and dtype as weights.

    Returns
    -------
    array (..., n_q, d): row i is the sum over j of weights[i, j] times row j of x. The dtype is kept: half precision gives half
    precision, integers give integers. weights and x are left as they were.
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
    yield "values", one_hot(draw(n_q=4, n=4, d=3), "float64"), "each query takes one token whole"
    yield "batches", draw(lead=(2,), n_q=3, n=4, d=5), "two items"
    yield "batches", draw(lead=(3,), n_q=3, n=3, d=3), "three items, all sizes equal"
    yield "batches", draw(lead=(2, 3), n_q=4, n=3, d=2), "two by three items"
    yield "dtypes", draw(n_q=2, n=3, d=4, dtype="float32"), "single precision"
    yield "dtypes", draw(n_q=3, n=4, d=2, dtype="float16"), "half precision"
    yield "dtypes", one_hot(draw(n_q=3, n=3, d=2), "int64"), "whole numbers: each query takes one token whole"


def one_hot(args, dtype):
    """Query i takes the token before it, the first one the last token; x in whole numbers where the dtype is."""
    x = np.round(8 * args["x"].data)
    return {"weights": array(np.roll(np.eye(len(x)), -1, axis=1), dtype), "x": array(x if "int" in dtype else x / 8, dtype)}


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
        "The weights sum to 1 already, so nothing has to be divided. A matrix product with `@` does it, and works item by item "
        "for leading dimensions.",
    ),
    opts_out={probe: "scaled weights would not sum to 1" for probe in ("half", "extremes")},
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


@exercise.wrong("the weights are normalised down the columns before the product")
def columns_normalised(weights, x):
    return (weights / weights.sum(axis=-2, keepdims=True) @ x).astype(x.dtype)


@exercise.wrong("`np.dot` pairs every item with every other item: it is not `@` for three dimensions or more")
def np_dot(weights, x):
    return np.dot(weights, x)


@exercise.wrong("the tokens of the first item are averaged for every item")
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
def other_memory_layout(weights, x):
    return np.swapaxes(np.swapaxes(x, -1, -2) @ np.swapaxes(weights, -1, -2), -1, -2)


@exercise.right
def float64_inside(weights, x):
    return (weights.astype(np.float64) @ x.astype(np.float64)).astype(x.dtype)
