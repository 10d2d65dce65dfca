import numpy as np

from autograder.authoring import Array, Exercise, array


def dot_by_components(a, b):
    """The dot product as a sum of products: a_1 b_1 + a_2 b_2 + ... + a_d b_d.

    Parameters
    ----------
    a : numpy array (..., d), floats or integers, one vector or many. d is at least 1.
    b : numpy array of the same shape and dtype.

    Returns
    -------
    array (...): the dot product of each vector of a with the vector of b in the same place; a
    number for two single vectors. Floats keep their dtype; integers give integers. a and b are
    left as they were.

    Raises
    ------
    ValueError : where the shapes of a and b differ. (numpy would stretch the shorter one
        without a word.)
    """
    if a.shape != b.shape:
        raise ValueError(f"expected two arrays of one shape, found {a.shape} and {b.shape}")
    return (a * b).sum(axis=-1)  # (...)


def inputs(draw):
    yield "values", whole(draw, "float64", d=2), "two vectors of length 2"
    yield "values", draw(d=3), "two vectors of length 3"
    yield "values", draw(d=1), "two vectors of length 1"
    yield "values", opposite(draw(d=4)), "two vectors that point opposite ways"
    yield "batches", draw(lead=(2,), d=3), "two pairs of vectors"
    yield "batches", draw(lead=(3,), d=3), "three pairs of vectors of length 3"
    yield "batches", draw(lead=(1,), d=4), "one pair, with a leading dimension"
    yield "batches", draw(lead=(4, 2), d=3), "four by two pairs"
    yield "errors", lengths(draw, 3, 1), "vectors of length 3 and 1", "ValueError"
    yield "errors", lengths(draw, 3, 4), "vectors of length 3 and 4", "ValueError"
    yield "errors", draw(lead=(2,), d=3) | {"b": draw(d=3)["b"]}, "two vectors and one vector", "ValueError"
    yield (
        "errors",
        draw(lead=(2,), d=3) | {"b": draw(lead=(2,), d=1)["b"]},
        "two vectors of length 3, two of length 1",
        "ValueError",
    )
    yield (
        "errors",
        draw(lead=(3,), d=1) | {"b": draw(lead=(1,), d=3)["b"]},
        "three vectors of length 1, one of length 3",
        "ValueError",
    )
    yield "dtypes", whole(draw, "int64", d=4), "whole numbers"


def whole(draw, dtype, d):
    return {name: array(np.round(x.data) + 2 * (x.data == 0), dtype) for name, x in draw(d=d, scale=3).items()}


def opposite(args):
    return {"a": args["a"], "b": array(-2 * args["a"].data)}


def lengths(draw, first, second):
    return {"a": draw(d=first)["a"], "b": draw(d=second)["b"]}


exercise = Exercise(
    dot_by_components,
    points={"values": 2, "batches": 1, "errors": 1, "dtypes": 1, "side effects": 1},
    takes={"a": Array("... d", integers=True), "b": Array("... d", integers=True)},
    gives=("...",),
    inputs=inputs,
    difficulty=1,
    minutes=6,
    hints=(
        "Take (1, 2) and (3, 4): 1 times 3, plus 2 times 4, is 11. Multiply entry by entry, then add up.",
        "With several vectors, add up along the last axis only: each pair keeps a number of its own.",
        "Compare `a.shape` with `b.shape` first and raise ValueError where they differ. Then multiply a and b entry by entry "
        "and sum over axis -1.",
    ),
)


def checked(a, b):
    if a.shape != b.shape:
        raise ValueError("shapes differ")


@exercise.wrong("the products are not added up")
def no_sum(a, b):
    checked(a, b)
    return a * b


@exercise.wrong("the sum runs over all vectors together, not over the entries of each")
def sum_over_everything(a, b):
    checked(a, b)
    return (a * b).sum()


@exercise.wrong("the sum runs over the first axis instead of the last")
def first_axis(a, b):
    checked(a, b)
    return (a * b).sum(axis=0)


@exercise.wrong("the average of the products is taken instead of their sum")
def averaged(a, b):
    checked(a, b)
    return (a * b).mean(axis=-1)


@exercise.wrong("the entries are added up first, and then the two sums are multiplied")
def product_of_sums(a, b):
    checked(a, b)
    return a.sum(axis=-1) * b.sum(axis=-1)


@exercise.wrong("corresponding entries are added instead of multiplied")
def added(a, b):
    checked(a, b)
    return (a + b).sum(axis=-1)


@exercise.wrong("absolute values are taken, so that nothing can be negative")
def absolute(a, b):
    checked(a, b)
    return np.abs(a * b).sum(axis=-1)


@exercise.wrong("a is multiplied with itself, and b is not used")
def b_not_used(a, b):
    checked(a, b)
    return (a * a).sum(axis=-1)


@exercise.wrong("the result is divided by both lengths: that is the cosine")
def cosine(a, b):
    checked(a, b)
    sizes = np.linalg.norm(a * 1.0, axis=-1) * np.linalg.norm(b * 1.0, axis=-1)
    return ((a * b).sum(axis=-1) / sizes).astype(a.dtype if a.dtype.kind == "f" else np.float64)


@exercise.wrong("`a @ b` is used for more than one pair: for arrays of two or more dimensions it is the matrix product")
def at_sign(a, b):
    checked(a, b)
    return a @ b


@exercise.wrong("`a @ b.T` pairs every vector of a with every vector of b")
def every_pair(a, b):
    checked(a, b)
    return a @ b.T


@exercise.wrong("all entries are multiplied with each other")
def product_of_products(a, b):
    checked(a, b)
    return (a * b).prod(axis=-1)


@exercise.wrong("the last pair of entries is left out of the sum")
def last_left_out(a, b):
    checked(a, b)
    return (a * b)[..., :-1].sum(axis=-1)


@exercise.wrong("the summed axis is kept with length 1 instead of being gone")
def axis_kept(a, b):
    checked(a, b)
    return (a * b).sum(axis=-1, keepdims=True)


@exercise.wrong("shapes that differ are accepted where numpy can stretch one of them to fit the other")
def no_error(a, b):
    return (a * b).sum(axis=-1)


@exercise.wrong("only the lengths are compared, not the whole shapes")
def only_last_size_checked(a, b):
    if a.shape[-1] != b.shape[-1]:
        raise ValueError("lengths differ")
    return (a * b).sum(axis=-1)


@exercise.wrong("the result is always float64, for instance because it was filled into `np.zeros(...)`")
def always_float64(a, b):
    checked(a, b)
    return (a * b).sum(axis=-1, dtype=np.float64)


@exercise.wrong("the product is written into a, which changes the caller's array")
def in_place(a, b):
    checked(a, b)
    a *= b
    return a.sum(axis=-1)


@exercise.wrong("the result is all zeros")
def zeros(a, b):
    checked(a, b)
    return np.zeros(a.shape[:-1], a.dtype)


@exercise.wrong("`len` is compared, which is the first dimension only: the whole shapes have to agree")
def len_checked(a, b):
    if len(a) != len(b):
        raise ValueError("lengths differ")
    return (a * b).sum(axis=-1)


@exercise.wrong("the number of entries is compared, not the shapes")
def size_checked(a, b):
    if a.size != b.size:
        raise ValueError("sizes differ")
    return (a * b).sum(axis=-1)


@exercise.right
def with_einsum(a, b):
    checked(a, b)
    return np.einsum("...d,...d->...", a, b)


@exercise.right
def loop(a, b):
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    out = np.zeros(a.shape[:-1], a.dtype)
    for place in np.ndindex(*out.shape):
        total = 0
        for x, y in zip(a[place].tolist(), b[place].tolist(), strict=True):
            total += x * y
        out[place] = total
    return out


@exercise.right
def small_matrices(a, b):
    checked(a, b)
    return (a[..., None, :] @ b[..., :, None])[..., 0, 0]


@exercise.right
def columns_first(a, b):
    checked(a, b)
    a, b = np.asfortranarray(a), np.asfortranarray(b)
    total = a[..., 0] * b[..., 0]
    for i in range(1, a.shape[-1]):
        total = total + a[..., i] * b[..., i]
    return total
