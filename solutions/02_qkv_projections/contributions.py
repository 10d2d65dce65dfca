import numpy as np

from autograder.authoring import Array, Exercise, array


def contributions(weights, v):
    """How much each query really receives from each key: the length of the piece w_ij v_j.

    Parameters
    ----------
    weights : float array (..., n_q, n_k), each at least 0: row i says how much query i takes
        of each value. They are used as they are; a row need not sum to 1 here.
    v : float array (..., n_k, d_v), one value a row, with the same leading dimensions and
        dtype. All sizes are at least 1.

    Returns
    -------
    array (..., n_q, n_k) in the same dtype: entry (i, j) is the Euclidean length (the root of
    the sum of squares) of value j times its weight for query i. The arguments are left as they
    were.

    Source: Kobayashi et al. 2020 (arXiv 2004.10102): attention is not only a weight.
    """
    lengths = np.linalg.norm(v, axis=-1)  # (..., n_k)
    return weights * lengths[..., None, :]  # (..., n_q, n_k)


def eighths(rng, shape):
    """Weights from 1/8 to 1 in eighths, whose rows do not sum to 1."""
    weights = rng.integers(1, 7, shape) / 8
    first = rng.integers(0, shape[-1], shape[:-1])
    np.put_along_axis(weights, first[..., None], 1.0, axis=-1)
    return weights


def inputs(draw):
    small = {"weights": array([[0.25, 0.75], [0.5, 0.5]]), "v": array([[3, -4, 0], [1, 2, 2]], "float64")}
    yield "values", small, "two queries, values of length 5 and 3"
    yield "values", draw(n_q=2, n_k=3, d_v=4), "two queries, three values"
    yield "values", draw(n_q=3, n_k=3, d_v=3), "all sizes equal"
    yield "values", draw(n_q=4, n_k=1, d_v=3), "four queries, a single value"
    yield "values", draw(n_q=3, n_k=2, d_v=1), "values of one number each"
    nothing = draw(n_q=3, n_k=3, d_v=2)
    nothing["v"].data[1] = 0
    yield "values", nothing, "a value of zeros"
    yield "batches", draw(lead=(2,), n_q=3, n_k=4, d_v=5), "two texts"
    yield "batches", draw(lead=(3,), n_q=3, n_k=3, d_v=3), "three texts, all sizes equal"
    yield "batches", draw(lead=(2, 3), n_q=4, n_k=2, d_v=5), "two by three texts"
    yield "dtypes", draw(n_q=3, n_k=2, d_v=4, dtype="float32"), "single precision"


exercise = Exercise(
    contributions,
    points={"values": 2, "batches": 1, "dtypes": 0.5, "side effects": 0.5},
    takes={"weights": Array("... n_q n_k", draw=eighths), "v": Array("... n_k d_v")},
    gives=("... n_q n_k",),
    inputs=inputs,
    difficulty=2,
    minutes=8,
    hints=(
        "Take one weight and one value: how long is 0.25 times the row (3, −4, 0)? Does it matter whether you multiply or measure "
        "first?",
        "So measure each value once: which axis of v holds the entries of one value? That leaves one length for each key.",
        "The weights have a row for each query and a column for each key. The lengths belong to the columns, so give them a "
        "dimension of size 1 where the queries stand.",
    ),
)


def lengths_of(v):
    return np.sqrt((v * v).sum(axis=-1, dtype=v.dtype))  # (..., n_k)


@exercise.wrong("the squared lengths are used: the root is missing")
def squared(weights, v):
    return weights * (v * v).sum(axis=-1, dtype=v.dtype)[..., None, :]


@exercise.wrong("the entries of each value are added up, where negative ones cancel positive ones: that is no length")
def summed(weights, v):
    return weights * v.sum(axis=-1, dtype=v.dtype)[..., None, :]


@exercise.wrong("the entries of each value are added up without their signs: the Euclidean length is asked for")
def city_blocks(weights, v):
    return weights * np.abs(v).sum(axis=-1, dtype=v.dtype)[..., None, :]


@exercise.wrong("the largest entry of each value is taken for its length")
def largest_entry(weights, v):
    return weights * np.abs(v).max(axis=-1)[..., None, :]


@exercise.wrong("the mean of the squares is taken before the root, where the sum belongs")
def root_mean_square(weights, v):
    return weights * np.sqrt((v * v).mean(axis=-1, dtype=v.dtype))[..., None, :]


@exercise.wrong("the length is taken down the columns of v (axis −2), over all keys, and not along each value")
def down_the_columns(weights, v):
    return weights * np.linalg.norm(v, axis=-2)[..., None, :]


@exercise.wrong("`np.linalg.norm(v)` without an axis gives one number for the whole array")
def no_axis(weights, v):
    return (weights * np.linalg.norm(v)).astype(v.dtype)


@exercise.wrong("the lengths stand along the queries: row i is multiplied by the length of value i")
def along_the_queries(weights, v):
    return weights * lengths_of(v)[..., :, None]


@exercise.wrong("the lengths get no dimension for the queries, which is right for one text only")
def not_lined_up(weights, v):
    return weights * lengths_of(v)


@exercise.wrong("the weights are returned, and the values are not used")
def weights_alone(weights, v):
    return weights.copy()


@exercise.wrong("the lengths of the values are returned, and the weights are not used")
def lengths_alone(weights, v):
    return np.broadcast_to(lengths_of(v)[..., None, :], weights.shape).copy()


@exercise.wrong("the lengths of the outputs are returned, one number for each query: the pieces are asked for")
def output_lengths(weights, v):
    return lengths_of(weights @ v)


@exercise.wrong("the lengths are added up over the keys, one number for each query: each key has a place of its own")
def summed_over_keys(weights, v):
    return (weights @ lengths_of(v)[..., None])[..., 0]


@exercise.wrong("the pieces themselves are returned, and their lengths are asked for")
def pieces(weights, v):
    return weights[..., None] * v[..., None, :, :]


@exercise.wrong("the output is returned: the sum of all pieces for each query")
def output(weights, v):
    return weights @ v


@exercise.wrong("each row is divided by its sum, so that these are shares: the lengths are asked for as they are")
def shares(weights, v):
    found = weights * lengths_of(v)[..., None, :]
    return found / found.sum(axis=-1, keepdims=True)


@exercise.wrong("the weights are divided by the sum of their row first: they are used as they are")
def normalised_again(weights, v):
    return weights / weights.sum(axis=-1, keepdims=True) * lengths_of(v)[..., None, :]


@exercise.wrong("the weights are squared as well")
def weights_squared(weights, v):
    return weights**2 * lengths_of(v)[..., None, :]


@exercise.wrong("the weights are divided by the lengths, and multiplied is asked for")
def divided(weights, v):
    with np.errstate(all="ignore"):
        return weights / lengths_of(v)[..., None, :]


@exercise.wrong("the lengths of the first text's values are used for all texts")
def first_text(weights, v):
    return weights * lengths_of(v[(0,) * (v.ndim - 2)])


@exercise.wrong("the result is turned round: a row for each key and a column for each query")
def turned(weights, v):
    return np.swapaxes(weights * lengths_of(v)[..., None, :], -1, -2)


@exercise.wrong("`squeeze()` removes every dimension of length 1 from the result")
def squeezed(weights, v):
    return (weights * lengths_of(v)[..., None, :]).squeeze()


@exercise.wrong("v is squared in place, which changes the caller's array")
def in_place(weights, v):
    v *= v
    return weights * np.sqrt(v.sum(axis=-1, dtype=v.dtype))[..., None, :]


@exercise.wrong("the weights are multiplied in place, which changes the caller's array")
def weights_in_place(weights, v):
    weights *= lengths_of(v)[..., None, :]
    return weights


@exercise.wrong("the result is always float64, for instance because it was filled into `np.zeros(...)`")
def always_float64(weights, v):
    return (weights * lengths_of(v)[..., None, :]).astype(np.float64)


@exercise.wrong("the result is all zeros")
def zeros(weights, v):
    return np.zeros_like(weights)


@exercise.wrong("nested lists are returned instead of a numpy array")
def returns_list(weights, v):
    return (weights * lengths_of(v)[..., None, :]).tolist()


@exercise.right
def length_of_each_piece(weights, v):
    return np.linalg.norm(weights[..., None] * v[..., None, :, :], axis=-1)


@exercise.right
def einsum(weights, v):
    lengths = np.sqrt(np.einsum("...kd,...kd->...k", v, v))
    return np.einsum("...qk,...k->...qk", weights, lengths)


@exercise.right
def turned_lengths(weights, v):
    return weights * np.swapaxes(np.linalg.norm(v, axis=-1, keepdims=True), -1, -2)


@exercise.right
def key_by_key(weights, v):
    out = np.zeros_like(weights)
    for place in np.ndindex(*weights.shape[:-2]):
        for j in range(v.shape[-2]):
            out[(*place, slice(None), j)] = weights[place][:, j] * np.sqrt(sum(v[place][j] ** 2))
    return out


@exercise.right
def float64_inside(weights, v):
    return (weights.astype(np.float64) * np.linalg.norm(v.astype(np.float64), axis=-1)[..., None, :]).astype(v.dtype)
