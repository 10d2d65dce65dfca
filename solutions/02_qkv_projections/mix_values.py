import numpy as np

from autograder.authoring import Array, Exercise, array


def mix_values(weights, v):
    """The output of attention: for each query, the sum of all values, each times its weight.

    Parameters
    ----------
    weights : float array (..., n_q, n_k): row i says how much query i takes of each value. They are
        used as they are: a row need not sum to 1 here, some may be below 0, and no softmax is
        taken.
    v : float array (..., n_k, d_v), one value a row, with the same leading dimensions and dtype.
        All sizes are at least 1.

    Returns
    -------
    array (..., n_q, d_v) in the same dtype, half precision too. The arguments are left as they
    were.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), equation 1: the product with V.
    """
    return weights @ v  # (..., n_q, d_v)


def inputs(draw):
    yield "values", draw(n_q=1, n_k=2, d_v=2), "one query, two values"
    yield "values", draw(n_q=2, n_k=3, d_v=4), "two queries, three values"
    yield "values", draw(n_q=4, n_k=1, d_v=3), "four queries, a single value"
    yield "values", draw(n_q=3, n_k=3, d_v=3), "all sizes equal"
    yield "values", draw(n_q=3, n_k=4, d_v=1), "values of one number each"
    below = array([[-0.5, 1.0, 0.25], [0.00390625, -0.25, 0.75]])
    yield "values", draw(n_q=2, n_k=3, d_v=2) | {"weights": below}, "weights below 0, and a very small one"
    yield "batches", draw(lead=(2,), n_q=3, n_k=4, d_v=5), "two items"
    yield "batches", draw(lead=(3,), n_q=3, n_k=3, d_v=3), "three items, all sizes equal"
    yield "batches", draw(lead=(2, 3), n_q=4, n_k=2, d_v=5), "two by three items"
    yield "dtypes", draw(n_q=3, n_k=2, d_v=4, dtype="float32"), "single precision"


def eighths(rng, shape):
    """Numbers from 0 to 1 in eighths, at least one above 0 in each row; no two of a row's largest tie where that is possible."""
    weights = rng.integers(1, 7, shape) / 8
    first = rng.integers(0, shape[-1], shape[:-1])
    np.put_along_axis(weights, first[..., None], 1.0, axis=-1)
    return weights


exercise = Exercise(
    mix_values,
    points={"values": 2, "batches": 1, "dtypes": 1, "side effects": 1},
    takes={"weights": Array("... n_q n_k", draw=eighths), "v": Array("... n_k d_v")},
    gives=("... n_q d_v",),
    inputs=inputs,
    difficulty=1,
    minutes=4,
    hints=(
        "Take one query: weight 0 times value 0, plus weight 1 times value 1, and so on. That is one row of the result.",
        "Write the shapes side by side: (n_q, n_k) and (n_k, d_v) should give (n_q, d_v). Which operation sums over n_k?",
        "It is one matrix product, with nothing transposed and the weights on the left. `@` takes care of leading dimensions.",
    ),
)


@exercise.wrong("softmax is taken of the weights: they are weights already")
def softmax_again(weights, v):
    exps = np.exp(weights - weights.max(-1, keepdims=True))
    return (exps / exps.sum(-1, keepdims=True)).astype(v.dtype) @ v


@exercise.wrong("the weights are divided by the sum of their row first: they are used as they are")
def normalised_again(weights, v):
    return (weights / weights.sum(-1, keepdims=True)) @ v


@exercise.wrong(
    "the weights are divided by the sum of their row in place: they are used as they are, and they are the caller's"
)
def normalised_in_place(weights, v):
    weights /= weights.sum(-1, keepdims=True)
    return weights @ v


@exercise.wrong("the sum is divided by the number of values: the weights say that already")
def divided_by_n_k(weights, v):
    return weights @ v / v.dtype.type(v.shape[-2])


@exercise.wrong("the plain average of the values is returned, and the weights are not used")
def plain_average(weights, v):
    mean = v.mean(-2, keepdims=True, dtype=v.dtype)
    return np.broadcast_to(mean, (*weights.shape[:-1], v.shape[-1])).copy()


@exercise.wrong("the value with the largest weight is taken whole, and the others are dropped")
def winner_takes_all(weights, v):
    best = weights.argmax(-1)
    return np.take_along_axis(v, best[..., None], axis=-2)


@exercise.wrong("weights below 0 are set to 0: they are used as they are")
def negative_clipped(weights, v):
    return np.maximum(weights, 0) @ v


@exercise.wrong("the weights are taken without their sign")
def sign_dropped(weights, v):
    return np.abs(weights) @ v


@exercise.wrong("weights below 0.01 in size are taken for 0")
def small_dropped(weights, v):
    return np.where(np.abs(weights) < 0.01, weights.dtype.type(0), weights) @ v


@exercise.wrong("v is transposed")
def v_transposed(weights, v):
    return weights @ np.swapaxes(v, -1, -2)


@exercise.wrong("the weights are transposed, so keys and queries have changed places")
def weights_transposed(weights, v):
    return np.swapaxes(weights, -1, -2) @ v


@exercise.wrong("the factors stand in the wrong order: `v @ weights`")
def wrong_order(weights, v):
    return v @ weights


@exercise.wrong("weights and values are multiplied entry by entry (`*`) instead of by a matrix product (`@`)")
def entry_by_entry(weights, v):
    return weights * v


@exercise.wrong("the result is transposed: a column for each query instead of a row")
def result_transposed(weights, v):
    return np.swapaxes(weights @ v, -1, -2)


@exercise.wrong("the weighted values are not added up: the result still has a dimension for the keys")
def not_summed(weights, v):
    return weights[..., None] * v[..., None, :, :]


@exercise.wrong("the results of all queries are added up: the dimension of the queries is gone")
def queries_summed(weights, v):
    return (weights @ v).sum(-2, dtype=v.dtype)


@exercise.wrong(
    "`np.dot` (or `tensordot`) pairs every item with every other item: it is not `@` for three dimensions or more"
)
def np_dot(weights, v):
    return np.dot(weights, v)


@exercise.wrong("the values of the first item are used for every item")
def values_of_first_item(weights, v):
    return weights @ v[(0,) * (v.ndim - 2)]


@exercise.wrong("the values themselves are added to the result, as a residual connection would")
def residual(weights, v):
    return weights @ v + v[..., : weights.shape[-2], :]


@exercise.wrong("the weights are rounded to 0 or 1")
def rounded(weights, v):
    return np.round(weights) @ v


@exercise.wrong("`squeeze()` removes every dimension of length 1 from the result")
def squeezed(weights, v):
    return (weights @ v).squeeze()


@exercise.wrong("the result is always float64, for instance because it was filled into `np.zeros(...)`")
def always_float64(weights, v):
    return (weights @ v).astype(np.float64)


@exercise.wrong("the result is all zeros")
def zeros(weights, v):
    return np.zeros_like(weights @ v)


@exercise.wrong("nested lists are returned instead of a numpy array")
def returns_list(weights, v):
    return (weights @ v).tolist()


@exercise.wrong(
    "the first dimension of weights is taken for the queries, which is right for one item; here there are several"
)
def one_item_loop(weights, v):
    out = np.zeros((weights.shape[0], v.shape[1]))
    for i in range(weights.shape[0]):
        for j in range(v.shape[0]):
            out[i] += weights[i, j] * v[j]
    return out


@exercise.wrong(
    "the first dimension of weights is taken for the queries, which is right for one item; here there are several"
)
def one_item_list(weights, v):
    return np.array([sum(weights[i, j] * v[j] for j in range(len(v))) for i in range(len(weights))])


@exercise.wrong("the results of all queries are averaged: the dimension of the queries is gone")
def queries_averaged(weights, v):
    return (weights @ v).mean(-2, dtype=v.dtype)


@exercise.wrong("`v` is not given a dimension for the queries before `weights[..., None] * v`, so that items meet queries")
def not_lined_up(weights, v):
    return (weights[..., None] * v).sum(-2, dtype=v.dtype)


@exercise.wrong(
    "the first dimension of weights is taken for the queries, which is right for one item; here there are several"
)
def rows_of_the_first(weights, v):
    return np.stack([row @ v for row in weights])


@exercise.right
def einsum(weights, v):
    return np.einsum("...qk,...kd->...qd", weights, v)


@exercise.right
def broadcast(weights, v):
    return (weights[..., None] * v[..., None, :, :]).sum(-2, dtype=v.dtype)


@exercise.right
def loop(weights, v):
    out = np.zeros((*weights.shape[:-1], v.shape[-1]), v.dtype)
    for place in np.ndindex(*weights.shape[:-1]):
        for j in range(v.shape[-2]):
            out[place] += weights[place][j] * v[place[:-1]][j]
    return out


@exercise.right
def from_columns(weights, v):
    return np.swapaxes(np.swapaxes(v, -1, -2) @ np.swapaxes(weights, -1, -2), -1, -2)


@exercise.right
def float64_inside(weights, v):
    return (weights.astype(np.float64) @ v.astype(np.float64)).astype(v.dtype)
