import numpy as np

from autograder.authoring import Array, Exercise, array


def cosine_similarity(query, keys):
    """Cosine of the angle between a query and each key: their dot product divided by both
    lengths.

    Parameters
    ----------
    query : numpy array (..., d), floats or integers. d is at least 1.
    keys : numpy array (..., n, d), with the same leading dimensions and dtype as query. n is
        at least 1.

    Returns
    -------
    array (..., n): entry j is the cosine between the query and key j. Floats keep their dtype;
    integers give float64.

    A zero vector has no direction: wherever the query or the key is all zeros, the entry is 0.
    Other lengths make no difference: they may be as small as 0.01 or as large as 1000. In
    float64 an error of 0.00000001 is allowed: adding 1e-12 to what you divide by does no harm,
    adding 1e-8 does. query and keys are left as they were.

    Write the steps yourself: `torch.cosine_similarity` and the like do not count.
    """
    dots = np.einsum("...d,...nd->...n", query, keys)  # (..., n)
    lengths = np.linalg.norm(query, axis=-1)[..., None] * np.linalg.norm(keys, axis=-1)  # (..., n)
    return dots / np.where(lengths == 0, 1, lengths)  # (..., n)


def inputs(draw):
    yield "values", draw(n=2, d=2), "one query, two keys"
    yield "values", draw(n=2, d=3), "two keys of length 3"
    yield "values", draw(n=1, d=4), "a single key"
    yield "values", draw(n=4, d=4), "as many keys as entries"
    yield "batches", draw(lead=(2,), n=3, d=4), "two queries, each with three keys of its own"
    yield "batches", draw(lead=(3,), n=3, d=3), "three queries, all sizes equal"
    yield "batches", draw(lead=(2, 3), n=4, d=2), "two by three queries"
    yield "zero vectors", with_zero_key(draw(n=3, d=2)), "the second key is a zero vector"
    yield "zero vectors", draw(n=3, d=2) | {"query": array([0.0, 0.0])}, "the query is a zero vector"
    yield "zero vectors", with_zero_key(draw(lead=(2,), n=4, d=3)), "two queries, each with a zero key"
    yield "any length", scaled(draw(n=2, d=3), 1000, 1000), "vectors a thousand times as long"
    yield "any length", scaled(draw(n=2, d=3), 0.015625, 0.015625), "vectors 64 times as short"
    yield "any length", of_length(draw(n=2, d=3), 0.01), "vectors of length 0.01"
    yield "any length", scaled(draw(n=3, d=2), 0.25, [[1.0], [500.0], [0.03125]]), "keys of very different lengths"
    yield "dtypes", {"query": array([3, 4], "int64"), "keys": array([[2, 1], [-5, 12]], "int64")}, "whole numbers"


def with_zero_key(args):
    keys = args["keys"].data.copy()
    keys[..., 1, :] = 0
    return args | {"keys": array(keys)}


def scaled(args, by_query, by_keys):
    return {"query": array(args["query"].data * by_query), "keys": array(args["keys"].data * by_keys)}


def of_length(args, length):
    return {name: array(length * a.data / np.linalg.norm(a.data, axis=-1, keepdims=True)) for name, a in args.items()}


def never_zero(rng, shape):
    """Draws of either sign in eighths, 1 or more in size: every vector has a direction, and none is short."""
    return (np.floor(np.abs(rng.standard_normal(shape)) * 8) / 8 + 1) * rng.choice([-1.0, 1.0], shape)


exercise = Exercise(
    cosine_similarity,
    points={"values": 2, "batches": 1, "zero vectors": 1, "any length": 1, "dtypes": 1, "side effects": 1},
    takes={
        "query": Array("... d", draw=never_zero, integers=True),
        "keys": Array("... n d", draw=never_zero, integers=True),
    },
    ready_made=("torch.cosine_similarity", "torch.nn.functional.cosine_similarity"),
    gives=("... n",),
    inputs=inputs,
    difficulty=2,
    minutes=10,
    hints=(
        "Start with one query and two keys. `keys @ query` gives two dot products; each is divided by the length of the "
        "query and by the length of its own key.",
        "`np.linalg.norm(keys, axis=-1)` gives the length of each key. Without the axis it gives one number for the "
        "whole array.",
        "With leading dimensions, give the query an axis of length 1 where the keys have n, multiply, and sum over the last "
        "axis. The lengths need that axis as well.",
        "0 divided by 0 is NaN. Where the product of the lengths is exactly 0, divide by 1 instead (`np.where`): the dot "
        "product there is 0 already. Adding as little as 1e-12 to all of them would do as well.",
    ),
)


def norms(x, axis=-1):
    return np.linalg.norm(x, axis=axis)


def dots_of(query, keys):
    return (query[..., None, :] * keys).sum(axis=-1)


def safe(dots, lengths, like):
    kind = like.dtype if like.dtype.kind == "f" else np.float64
    return (dots / np.where(lengths == 0, 1, lengths)).astype(kind)


@exercise.wrong("nothing is divided by: these are the dot products")
def dot_only(query, keys):
    return dots_of(query, keys)


@exercise.wrong("the dot products are divided by the lengths of the keys only, not by that of the query")
def only_keys(query, keys):
    return safe(dots_of(query, keys), norms(keys), query)


@exercise.wrong("the dot products are divided by the length of the query only, not by those of the keys")
def only_query(query, keys):
    return safe(dots_of(query, keys), norms(query)[..., None], query)


@exercise.wrong("the square root is missing: the dot products are divided by the squared lengths")
def squared_lengths(query, keys):
    return safe(dots_of(query, keys), (norms(query)[..., None] * norms(keys)) ** 2, query)


@exercise.wrong("the two lengths are added instead of multiplied")
def lengths_added(query, keys):
    return safe(dots_of(query, keys), norms(query)[..., None] + norms(keys), query)


@exercise.wrong("the norm is taken without an axis, so that all keys share one length")
def norm_without_axis(query, keys):
    return safe(dots_of(query, keys), np.linalg.norm(query) * np.linalg.norm(keys), query)


@exercise.wrong("lengths are measured as sums of absolute values instead of square roots of sums of squares")
def taxicab(query, keys):
    return safe(dots_of(query, keys), np.abs(query).sum(-1)[..., None] * np.abs(keys).sum(-1), query)


@exercise.wrong("the dot products are divided by √d, as attention does: that is no cosine")
def root_d(query, keys):
    return safe(dots_of(query, keys), np.full(keys.shape[:-1], np.sqrt(keys.shape[-1])), query)


@exercise.wrong("0 is divided by 0 for a zero vector, which is NaN")
def zero_gives_nan(query, keys):
    with np.errstate(all="ignore"):
        kind = query.dtype if query.dtype.kind == "f" else np.float64
        return (dots_of(query, keys) / (norms(query)[..., None] * norms(keys))).astype(kind)


@exercise.wrong("a small number such as 1e-8 is added to what you divide by: next to short vectors it is not small")
def padded(query, keys):
    kind = query.dtype if query.dtype.kind == "f" else np.float64
    return (dots_of(query, keys) / (norms(query)[..., None] * norms(keys) + 1e-8)).astype(kind)


@exercise.wrong("what you divide by is kept at 0.001 or more (`np.maximum`), and with short vectors it is less")
def kept_above(query, keys):
    lengths = np.maximum(norms(query)[..., None] * norms(keys), 1e-3)
    return safe(dots_of(query, keys), lengths, query)


@exercise.wrong("the absolute value is taken, so that opposite directions look alike")
def absolute(query, keys):
    return np.abs(safe(dots_of(query, keys), norms(query)[..., None] * norms(keys), query))


@exercise.wrong("the angle is returned (in radians) instead of its cosine")
def angle(query, keys):
    cos = safe(dots_of(query, keys), norms(query)[..., None] * norms(keys), query)
    return np.arccos(np.clip(cos, -1, 1))


@exercise.wrong("1 minus the cosine is returned: that is the cosine distance")
def distance(query, keys):
    return 1 - safe(dots_of(query, keys), norms(query)[..., None] * norms(keys), query)


@exercise.wrong("the mean of each vector is subtracted first: that is the correlation")
def correlation(query, keys):
    q, k = (x - x.mean(axis=-1, keepdims=True) for x in (query, keys))
    return safe(dots_of(q, k), norms(q)[..., None] * norms(k), query)


@exercise.wrong("softmax is applied to the cosines: these are weights, and cosines are asked for")
def softmax_taken(query, keys):
    exps = np.exp(safe(dots_of(query, keys), norms(query)[..., None] * norms(keys), query))
    return exps / exps.sum(axis=-1, keepdims=True)


@exercise.wrong("`keys @ query` is used with leading dimensions, where it pairs up the wrong axes")
def at_sign(query, keys):
    dots = keys @ query
    return safe(dots, norms(query)[..., None] * norms(keys), query)


@exercise.wrong("`.T` turns round all axes, so with leading dimensions `query @ keys.T` pairs up the wrong ones")
def transposed(query, keys):
    return safe(query @ keys.T, norms(query)[..., None] * norms(keys), query)


@exercise.wrong("an axis of length 1 is left in the result")
def extra_axis(query, keys):
    return safe(dots_of(query, keys), norms(query)[..., None] * norms(keys), query)[..., None]


@exercise.wrong("the result is always float64, whatever the dtype of the input")
def always_float64(query, keys):
    query, keys = query.astype(np.float64), keys.astype(np.float64)
    return safe(dots_of(query, keys), norms(query)[..., None] * norms(keys), query)


@exercise.wrong("the keys are divided by their lengths in place, which changes the caller's array")
def in_place(query, keys):
    lengths = norms(keys)[..., None]
    keys /= np.where(lengths == 0, 1, lengths)
    return safe(dots_of(query, keys), norms(query)[..., None], query)


@exercise.wrong("the result is rounded")
def rounded(query, keys):
    return safe(dots_of(query, keys), norms(query)[..., None] * norms(keys), query).round(3)


@exercise.wrong("the result is all zeros")
def zeros(query, keys):
    return np.zeros(keys.shape[:-1], query.dtype if query.dtype.kind == "f" else np.float64)


@exercise.wrong("the array that you divide into holds integers, as `np.zeros_like(dots)` does where the dots are integers")
def divided_into_integers(query, keys):
    dots, lengths = dots_of(query, keys), norms(query)[..., None] * norms(keys)
    return np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0)


@exercise.wrong("the first dimension of keys is taken for the keys, which is right for one query; here there are several")
def one_query(query, keys):
    return safe(keys @ query, np.linalg.norm(keys, axis=1) * np.linalg.norm(query), query)


@exercise.wrong("the first dimension of keys is taken for the keys, which is right for one query; here there are several")
def one_query_last_axis(query, keys):
    return safe(keys @ query, norms(keys) * np.linalg.norm(query), query)


@exercise.wrong("the first dimension of keys is taken for the keys, which is right for one query; here there are several")
def one_query_loop(query, keys):
    return np.array([safe(key @ query, np.linalg.norm(key) * np.linalg.norm(query), query) for key in keys])


@exercise.right
def padded_by_next_to_nothing(query, keys):
    kind = query.dtype if query.dtype.kind == "f" else np.float64
    return (dots_of(query, keys) / (norms(query)[..., None] * norms(keys) + 1e-12)).astype(kind)


@exercise.right
def units_first(query, keys):
    kind = query.dtype if query.dtype.kind == "f" else np.dtype(np.float64)
    query, keys = query.astype(np.float64), keys.astype(np.float64)
    units = [x / np.maximum(np.sqrt((x * x).sum(-1, keepdims=True)), 1e-30) for x in (query, keys)]
    return (units[1] @ units[0][..., None])[..., 0].astype(kind)


@exercise.right
def one_by_one(query, keys):
    kind = query.dtype if query.dtype.kind == "f" else np.dtype(np.float64)
    out = np.zeros(keys.shape[:-1], kind)
    for place in np.ndindex(*out.shape):
        a, b = query[place[:-1]].astype(np.float64), keys[place].astype(np.float64)
        if a.any() and b.any():
            out[place] = a.dot(b) / (a.dot(a) ** 0.5 * b.dot(b) ** 0.5)
    return out


@exercise.right
def nan_to_zero(query, keys):
    kind = query.dtype if query.dtype.kind == "f" else np.dtype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        q = query / np.linalg.norm(query, axis=-1, keepdims=True)
        k = keys / np.linalg.norm(keys, axis=-1, keepdims=True)
        cos = np.matmul(q[..., None, :], np.swapaxes(k, -1, -2))[..., 0, :]
    return np.nan_to_num(cos).astype(kind)


@exercise.right
def divided_where(query, keys):
    kind = query.dtype if query.dtype.kind == "f" else np.dtype(np.float64)
    dots = np.einsum("...d,...nd->...n", query, keys).astype(kind)
    lengths = np.sqrt(np.square(query, dtype=kind).sum(-1))[..., None] * np.sqrt(np.square(keys, dtype=kind).sum(-1))
    return np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0)


exercise.equivalent("body line 3: 1 → 2", because="the dot product with a zero vector is 0, whatever it is divided by")
