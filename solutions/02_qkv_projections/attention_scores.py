import numpy as np

from autograder.authoring import Array, Exercise, array


def attention_scores(q, k):
    """How well each query matches each key: the dot products q kᵀ, before any scaling or softmax.

    Parameters
    ----------
    q : array (..., n_q, d_k), floats or integers, one query a row. n_q, n_k and d_k are at least 1.
    k : array (..., n_k, d_k), one key a row, with the same leading dimensions and dtype as q.

    Returns
    -------
    array (..., n_q, n_k): entry (i, j) is the dot product of query i and key j. Floats keep their
    dtype, half precision too; integers give integers. q and k are left as they were.
    """
    return q @ np.swapaxes(k, -2, -1)  # (..., n_q, n_k)


def inputs(draw):
    yield "values", draw(n_q=2, n_k=2, d_k=3), "two queries, two keys"
    yield "values", draw(n_q=2, n_k=3, d_k=4), "two queries, three keys"
    yield "values", draw(n_q=4, n_k=1, d_k=3), "four queries, a single key"
    yield "values", draw(n_q=3, n_k=3, d_k=3), "as many queries as keys and features"
    yield "batches", draw(lead=(2,), n_q=3, n_k=4, d_k=5), "two items"
    yield "batches", draw(lead=(3,), n_q=3, n_k=3, d_k=3), "three items, all sizes equal"
    yield "batches", draw(lead=(2, 3), n_q=4, n_k=2, d_k=5), "two by three items"
    whole = draw(n_q=2, n_k=3, d_k=4, scale=4)
    yield "dtypes", {name: array(np.round(a.data), "int64") for name, a in whole.items()}, "whole numbers"
    yield "dtypes", draw(n_q=3, n_k=2, d_k=4, dtype="float32"), "single precision"


exercise = Exercise(
    attention_scores,
    points={"values": 2, "batches": 1, "dtypes": 1, "side effects": 1},
    takes={"q": Array("... n_q d_k", integers=True), "k": Array("... n_k d_k", integers=True)},
    gives=("... n_q n_k",),
    inputs=inputs,
    difficulty=1,
    minutes=7,
    hints=(
        "Take one query and one key: multiply them entry by entry and add up. That is one score, of n_q · n_k.",
        "A matrix product does all of them at once, if the features of q meet the features of k. Which of the two has to "
        "be turned round?",
        "With leading dimensions `k.T` turns round too much. Swap the last two dimensions only, with `np.swapaxes`, and "
        "use `@`.",
    ),
)


def turned(k):
    return np.swapaxes(k, -2, -1)  # (..., d_k, n_k)


@exercise.wrong("the scores are divided by `√d_k` already; here they are asked for as they are")
def scaled(q, k):
    return (q @ turned(k) / np.sqrt(q.shape[-1])).astype(q.dtype)


@exercise.wrong("the average of the products is taken instead of their sum")
def averaged(q, k):
    return (q @ turned(k) / q.shape[-1]).astype(q.dtype)


@exercise.wrong("softmax is taken: these are weights, and scores are asked for")
def softmax_taken(q, k):
    scores = q @ turned(k)
    exps = np.exp(scores - scores.max(-1, keepdims=True))
    return exps / exps.sum(-1, keepdims=True)


@exercise.wrong("keys and queries are swapped: a row for each key and a column for each query")
def keys_first(q, k):
    return k @ turned(q)


@exercise.wrong("`k.T` turns round all dimensions of k, which is right for two dimensions only")
def dot_t(q, k):
    return q @ k.T


@exercise.wrong(
    "exactly three dimensions are written down, as in `k.transpose(0, 2, 1)` or an einsum with `bid`; there may be two, or four"
)
def one_leading_dimension(q, k):
    return q @ k.transpose(0, 2, 1)


@exercise.wrong("k is not transposed")
def not_transposed(q, k):
    return q @ k


@exercise.wrong("k is reshaped to (d_k, n_k) instead of transposed: the shape fits and the numbers are mixed up")
def reshaped(q, k):
    return q @ k.reshape(*k.shape[:-2], k.shape[-1], k.shape[-2])


@exercise.wrong("q is transposed instead of k, so features meet features and the positions are summed away")
def features_by_features(q, k):
    return turned(q) @ k


@exercise.wrong("q and k are multiplied entry by entry, as if query i met key i only")
def entry_by_entry(q, k):
    return q * k


@exercise.wrong("queries and keys are normalised to length 1: that is cosine similarity")
def cosine(q, k):
    unit_q, unit_k = (a / np.linalg.norm(a * 1.0, axis=-1, keepdims=True) for a in (q, k))
    return (unit_q @ turned(unit_k)).astype(q.dtype)


@exercise.wrong("squared distances are computed instead of dot products")
def distances(q, k):
    return ((q[..., :, None, :] - k[..., None, :, :]) ** 2).sum(-1)


@exercise.wrong("q is compared with itself, and k is not used")
def k_not_used(q, k):
    return q @ turned(q)


@exercise.wrong(
    "`np.dot` (or `tensordot`) pairs every item with every other item: it is not `@` for three dimensions or more"
)
def np_dot(q, k):
    return np.dot(q, turned(k))


@exercise.wrong("the queries of every item are compared with the keys of the first item")
def keys_of_first_item(q, k):
    return q @ k[(0,) * (k.ndim - 2)].T


@exercise.wrong("the scores have the wrong sign")
def negated(q, k):
    return -(q @ turned(k))


@exercise.wrong("`squeeze()` removes every dimension of length 1 from the result")
def squeezed(q, k):
    return (q @ turned(k)).squeeze()


@exercise.wrong("the result is always float64, for instance because it was filled into `np.zeros(...)`")
def always_float64(q, k):
    return (q @ turned(k)).astype(np.float64)


@exercise.wrong("the result is all zeros")
def zeros(q, k):
    return np.zeros_like(q @ turned(k))


@exercise.wrong("nested lists are returned instead of a numpy array")
def returns_list(q, k):
    return (q @ turned(k)).tolist()


@exercise.wrong("query i meets key i only: every query has to meet every key")
def pair_by_pair(q, k):
    return (q * k).sum(axis=-1, dtype=q.dtype)


@exercise.wrong("the first dimension is taken for queries and keys, which is right for one item; here there are several")
def one_item_loop(q, k):
    out = np.zeros((len(q), len(k)))
    for i in range(len(q)):
        for j in range(len(k)):
            out[i, j] = q[i] @ k[j]
    return out


@exercise.wrong("the first dimension is taken for queries and keys, which is right for one item; here there are several")
def one_item_list(q, k):
    return np.array([[a @ b for b in k] for a in q])


@exercise.wrong(
    "the first dimension is taken for queries and keys: here there are several items, and all entries of two are summed"
)
def one_item_sums(q, k):
    return np.array([[(a * b).sum() for b in k] for a in q])


@exercise.right
def einsum(q, k):
    return np.einsum("...qd,...kd->...qk", q, k)


@exercise.right
def summed(q, k):
    return (q[..., :, None, :] * k[..., None, :, :]).sum(-1, dtype=q.dtype)


@exercise.right
def loop(q, k):
    out = np.zeros((*q.shape[:-1], k.shape[-2]), q.dtype)
    for place in np.ndindex(*out.shape):
        out[place] = np.dot(q[place[:-1]], k[place[:-2] + place[-1:]])
    return out


@exercise.right
def other_memory_layout(q, k):
    return np.swapaxes(k @ np.swapaxes(q, -1, -2), -1, -2)


@exercise.right
def float64_inside(q, k):
    return (q.astype(np.float64) @ turned(k).astype(np.float64)).astype(q.dtype)
