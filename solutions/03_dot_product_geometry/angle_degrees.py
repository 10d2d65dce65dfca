import numpy as np

from autograder.authoring import Array, Exercise, array


def angle_degrees(a, b):
    """The angle between two vectors, in degrees from 0 to 180: the angle whose cosine is
    a·b / (|a| |b|).

    Parameters
    ----------
    a : numpy array (..., d), floats or integers, one vector or many. d is at least 1.
    b : numpy array of the same shape and dtype.

    Returns
    -------
    array (...): the angle of each vector of a to the vector of b in the same place; a number
    for two single vectors. Floats keep their dtype; integers give float64. a and b are left as
    they were.

    A vector and its own multiple are 0 degrees apart, or 180 where the multiple is negative:
    never NaN, although a rounded cosine can come out a little beyond 1 or -1. In float64 such
    an angle, and no other, may be off by 0.00001 degrees, which is what rounding does to it.
    Vectors that are 0.005 degrees apart are not parallel: their angle counts.

    Raises
    ------
    ValueError : where a vector of a or b is all zeros. It has no direction.
    """
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)  # (...)
    if (lengths == 0).any():
        raise ValueError("a zero vector has no direction, so no angle")
    cosines = (a * b).sum(axis=-1) / lengths  # (...)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))  # (...)


def inputs(draw):
    yield "values", draw(d=2), "two vectors of length 2"
    yield "values", draw(d=3), "two vectors of length 3"
    yield "values", {"a": array([2.0, 0.0]), "b": array([-1.0, 1.0])}, "135 degrees apart"
    yield "values", {"a": array([0.0, 3.0, 0.0]), "b": array([2.0, 0.0, 0.0])}, "at right angles"
    yield "batches", draw(lead=(2,), d=3), "two pairs of vectors"
    yield "batches", draw(lead=(3,), d=3), "three pairs of vectors of length 3"
    yield "batches", draw(lead=(4, 2), d=3), "four by two pairs"
    yield "0 and 180", {"a": array([3.0, 3.0]), "b": array([3.0, 3.0])}, "a vector and itself"
    yield "0 and 180", {"a": array([3.0, 3.0]), "b": array([-3.0, -3.0])}, "a vector and its opposite"
    yield "0 and 180", {"a": array([[1.0, 1, 1]] * 2), "b": array([[1.0, 1, 1], [-2, -2, -2]])}, "multiples of (1, 1, 1)"
    yield (
        "0 and 180",
        {"a": array([[0.1], [0.7]]), "b": array([[0.3], [-0.2]])},
        "vectors of length 1, multiples of each other",
    )
    yield "0 and 180", multiples(draw(lead=(400,), d=3)), "sixty vectors and their multiples, some positive, some negative"
    yield "0 and 180", close_together(draw(d=3), 0.0017), "about a tenth of a degree apart"
    yield "0 and 180", close_together(draw(d=3), 0.0001), "about six thousandths of a degree apart"
    yield "errors", draw(d=3) | {"b": array([0.0, 0.0, 0.0])}, "b a zero vector", "ValueError"
    yield "errors", draw(d=2) | {"a": array([0.0, 0.0])}, "a a zero vector", "ValueError"
    yield "errors", with_zero_row(draw(lead=(3,), d=2)), "three pairs, one of them with a zero vector", "ValueError"
    tiny = draw(d=3)
    yield "errors", {name: array(v.data * 1e-9) for name, v in tiny.items()}, "tiny vectors, neither of them zero"
    yield "dtypes", {"a": array([3, 4], "int64"), "b": array([-5, 12], "int64")}, "whole numbers"


def close_together(args, radians):
    """b is a, turned by this much, and longer."""
    a = args["a"].data
    across = np.cross(a, np.roll(a, 1) + np.array([0.0, 1.0, 2.0]))
    return {"a": args["a"], "b": array(2 * a + 2 * radians * across / np.linalg.norm(across) * np.linalg.norm(a))}


def multiples(args):
    """Multiples on which no usual order of operations loses more than rounding must: the check is finer than the docstring."""
    a = np.sqrt(np.abs(args["a"].data)) + args["b"].data / 3
    factors = np.where(np.arange(len(a)) % 3 == 1, -1.0, 1.0) * (1 + np.arange(len(a)) % 7)
    b = a * factors[:, None]
    kept = [row for row in range(len(a)) if one_minus_cosine(a[row], b[row]) < 3e-16][:60]
    return {"a": array(a[kept]), "b": array(b[kept])}


def one_minus_cosine(a, b):
    """How far below 1 the size of the cosine comes out at worst, of parallel vectors and in several orders of operations."""
    found = []
    for x, y in ((a, b), (b, a)):
        for length in (np.linalg.norm, lambda v: np.sqrt((v * v).sum()), lambda v: np.sqrt((v**2).sum(axis=-1))):
            p, q = length(x), length(y)
            for dot in ((x * y).sum(), x @ y, float(x[0] * y[0] + x[1] * y[1] + x[2] * y[2])):
                found += [dot / (p * q), dot / p / q, dot / q / p]
            u, v = x / p, y / q
            found += [(u * v).sum(), u @ v, x @ v / p, (x * v).sum() / p, dot / np.sqrt((x @ x) * (y @ y))]
    return 1 - np.abs(found).min()


def with_zero_row(args):
    b = args["b"].data.copy()
    b[1] = 0
    return args | {"b": array(b)}


def apart(rng, shape):
    """Draws in eighths, none of them 0, and no two alike in size in one vector: no zero vector, and no pair parallel by chance."""
    signs = rng.choice([-1.0, 1.0], shape)
    return (np.floor(np.abs(rng.standard_normal(shape)) * 8) + 1 + 0.375 * np.arange(shape[-1])) / 8 * signs


exercise = Exercise(
    angle_degrees,
    points={"values": 2, "batches": 1, "0 and 180": 2, "errors": 1, "dtypes": 1, "side effects": 1},
    takes={"a": Array("... d", draw=apart, integers=True), "b": Array("... d", draw=apart, integers=True)},
    gives=("...",),
    inputs=inputs,
    difficulty=2,
    minutes=8,
    opts_out={"ones": "in one dimension every angle is 0 or 180 degrees: `inputs` has such vectors, for that aspect"},
    hints=(
        "Solve a·b = |a| |b| cos θ for cos θ, then for θ. numpy has a function that undoes the cosine, and one that turns "
        "radians into degrees.",
        "Lengths and dot products run along the last axis only, so that each pair keeps an angle of its own.",
        "Print the cosine of (3, 3) and (3, 3) with all its digits. What does `np.arccos` say of a number above 1? `np.clip` "
        "keeps a number within bounds.",
        "Compute both lengths; raise ValueError where any of them is 0. Divide the dot product by both, clip it to [-1, 1], "
        "take `np.arccos`, then `np.degrees`.",
    ),
)


def parts(a, b):
    """Dot products and products of lengths, as floats, once no vector is zero."""
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    if (lengths == 0).any():
        raise ValueError("a zero vector")
    return (a * b).sum(axis=-1), lengths


def safe_cosine(a, b):
    dots, lengths = parts(a, b)
    return np.clip(dots / lengths, -1, 1)


@exercise.wrong("a cosine that was rounded to a little beyond 1 or -1 goes into arccos, which then gives NaN")
def no_clip(a, b):
    dots, lengths = parts(a, b)
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arccos(dots / lengths))


@exercise.wrong("NaN is replaced by 0, which is right for parallel vectors and wrong for opposite ones")
def nan_becomes_zero(a, b):
    dots, lengths = parts(a, b)
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.degrees(np.arccos(dots / lengths)))


@exercise.wrong("the cosine is rounded to a few digits to keep it within bounds, so that small angles are lost")
def cosine_rounded(a, b):
    dots, lengths = parts(a, b)
    return np.degrees(np.arccos(np.clip(np.round(dots / lengths, 4), -1, 1)))


@exercise.wrong("the cosine is clipped to a little less than 1, such as 0.9999999, so that no angle can be 0 or 180")
def clipped_too_far(a, b):
    dots, lengths = parts(a, b)
    return np.degrees(np.arccos(np.clip(dots / lengths, -1 + 1e-7, 1 - 1e-7)))


@exercise.wrong("a cosine close to 1 or -1 is taken to be 1 or -1, so that small angles become 0")
def snapped(a, b):
    cosines = safe_cosine(a, b)
    return np.degrees(np.arccos(np.where(np.abs(cosines) > 0.9999999, np.sign(cosines), cosines)))


@exercise.wrong("the cosine is clipped at 1 but not at -1, where arccos gives NaN as well")
def clipped_above_only(a, b):
    dots, lengths = parts(a, b)
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arccos(np.minimum(dots / lengths, 1)))


@exercise.wrong("the norm is taken without an axis, so that all pairs share one length")
def norm_without_axis(a, b):
    dots, _ = parts(a, b)
    return np.degrees(np.arccos(np.clip(dots / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1)))


@exercise.wrong("the cosine is clipped to [0, 1], so that no angle can be above 90")
def clipped_at_zero(a, b):
    return np.degrees(np.arccos(np.maximum(safe_cosine(a, b), 0)))


@exercise.wrong("the angle is in radians")
def radians(a, b):
    return np.arccos(safe_cosine(a, b))


@exercise.wrong("the cosine is returned instead of the angle")
def cosine(a, b):
    return safe_cosine(a, b)


@exercise.wrong("the cosine is turned from radians into degrees, without arccos")
def no_arccos(a, b):
    return np.degrees(safe_cosine(a, b))


@exercise.wrong("arcsin is used instead of arccos")
def arcsin(a, b):
    return np.degrees(np.arcsin(safe_cosine(a, b)))


@exercise.wrong("`np.radians` is used: it turns degrees into radians")
def wrong_way(a, b):
    return np.radians(np.arccos(safe_cosine(a, b)))


@exercise.wrong("no angle is above 90, as where the absolute value of the cosine is taken, or its sine used")
def acute(a, b):
    return np.degrees(np.arccos(np.abs(safe_cosine(a, b))))


@exercise.wrong("the dot product is not divided by the lengths (and then clipped)")
def not_divided(a, b):
    dots, lengths = parts(a, b)
    return np.degrees(np.arccos(np.clip(dots.astype(lengths.dtype), -1, 1)))


@exercise.wrong("the dot product is divided by the length of a only")
def one_length(a, b):
    dots, _ = parts(a, b)
    return np.degrees(np.arccos(np.clip(dots / np.linalg.norm(a, axis=-1), -1, 1)))


@exercise.wrong("the dot product is divided by the squared lengths")
def squared(a, b):
    dots, lengths = parts(a, b)
    return np.degrees(np.arccos(np.clip(dots / lengths**2, -1, 1)))


@exercise.wrong("all vectors are treated as one long vector")
def one_long_vector(a, b):
    parts(a, b)
    a, b = a.ravel(), b.ravel()
    return np.degrees(np.arccos(safe_cosine(a, b)))


@exercise.wrong("sums and lengths run along the first axis instead of the last")
def first_axis(a, b):
    parts(a, b)
    lengths = np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=0)
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=0) / lengths, -1, 1)))


@exercise.wrong("the angle is read off the first two entries alone, as if d were 2")
def two_dimensions(a, b):
    parts(a, b)
    turn = (
        np.degrees(np.arctan2(b[..., 1], b[..., 0]) - np.arctan2(a[..., 1], a[..., 0])) if a.shape[-1] > 1 else 0 * a[..., 0]
    )
    return np.abs((turn + 180) % 360 - 180)


@exercise.wrong("a zero vector is accepted without an error")
def no_error(a, b):
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1) / lengths, -1, 1)))


@exercise.wrong("a tiny vector is refused as well (`np.isclose`, or a bound): it has a direction, one of zeros has none")
def tiny_refused(a, b):
    if np.isclose(np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1), 0).any():
        raise ValueError("a zero vector")
    return no_error(a, b)


@exercise.wrong("only b is checked for zero vectors, not a")
def only_b_checked(a, b):
    if (np.linalg.norm(b, axis=-1) == 0).any():
        raise ValueError("a zero vector")
    return no_error(a, b)


@exercise.wrong("an error is raised where all vectors are zero, but not where one of them is")
def only_all_zero(a, b):
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    if (lengths == 0).all():
        raise ValueError("a zero vector")
    return no_error(a, b)


@exercise.wrong("the result is always float64, whatever the dtype of the input")
def always_float64(a, b):
    return np.degrees(np.arccos(safe_cosine(a.astype(np.float64), b.astype(np.float64))))


@exercise.wrong("the vectors are brought to length 1 in place, which changes the caller's arrays")
def in_place(a, b):
    parts(a, b)
    a /= np.linalg.norm(a, axis=-1, keepdims=True)
    b /= np.linalg.norm(b, axis=-1, keepdims=True)
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1, 1)))


@exercise.wrong("the angle is rounded to whole degrees")
def whole_degrees(a, b):
    return np.round(np.degrees(np.arccos(safe_cosine(a, b))))


@exercise.wrong("the result is all zeros")
def zeros(a, b):
    return np.zeros_like(safe_cosine(a, b))


@exercise.wrong("`a @ b` is used, which is right for one pair; here there are several")
def one_pair(a, b):
    parts(a, b)
    return np.degrees(np.arccos(np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1)))


@exercise.wrong("`a @ b` is used, which is right for one pair; here there are several")
def one_pair_with_axis(a, b):
    _, lengths = parts(a, b)
    return np.degrees(np.arccos(np.clip(a @ b / lengths, -1, 1)))


@exercise.wrong(
    "an `if`, `min` or `max` keeps the cosine within bounds, which is right for one pair; here there are several"
)
def one_pair_bounded(a, b):
    dots, lengths = parts(a, b)
    return np.degrees(np.arccos(max(-1.0, min(1.0, dots / lengths)))).astype(lengths.dtype)


@exercise.wrong(
    "entries of the cosine are set by index, as in `c[c > 1] = 1`: for two single vectors it is a number and has none"
)
def set_by_index(a, b):
    dots, lengths = parts(a, b)
    cosines = dots / lengths
    cosines[cosines > 1] = 1
    cosines[cosines < -1] = -1
    return np.degrees(np.arccos(cosines))


@exercise.wrong("the cosine is rounded, to 10 digits or so, to keep it within bounds: small angles need all of them")
def cosine_rounded_late(a, b):
    dots, lengths = parts(a, b)
    return np.degrees(np.arccos(np.round(dots / lengths, 10)))


@exercise.wrong("a small number such as 1e-9 is added to what you divide by, so that no angle can be 0 or 180")
def padded(a, b):
    dots, lengths = parts(a, b)
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arccos(dots / (lengths + lengths.dtype.type(1e-9))))


@exercise.right
def units_first(a, b):
    parts(a, b)
    kind = a.dtype if a.dtype.kind == "f" else np.dtype(np.float64)
    a, b = (x / np.sqrt((x.astype(np.float64) ** 2).sum(-1, keepdims=True)) for x in (a, b))
    return np.rad2deg(np.arccos(np.minimum(np.maximum(np.einsum("...i,...i", a, b), -1), 1))).astype(kind)


@exercise.right
def one_root(a, b):
    parts(a, b)
    kind = a.dtype if a.dtype.kind == "f" else np.dtype(np.float64)
    a, b = a.astype(np.float64), b.astype(np.float64)
    cos = (a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1))
    return (np.arccos(np.clip(cos, -1, 1)) * (180 / np.pi)).astype(kind)


@exercise.right
def from_the_half_angle(a, b):
    parts(a, b)
    kind = a.dtype if a.dtype.kind == "f" else np.dtype(np.float64)
    a, b = a.astype(np.float64), b.astype(np.float64)
    u, v = np.linalg.norm(b, axis=-1, keepdims=True) * a, np.linalg.norm(a, axis=-1, keepdims=True) * b
    half = np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1))
    return np.degrees(2 * half).astype(kind)


@exercise.right
def one_by_one(a, b):
    kind = a.dtype if a.dtype.kind == "f" else np.dtype(np.float64)
    out = np.zeros(a.shape[:-1])
    for place in np.ndindex(*out.shape):
        x, y = a[place].astype(np.float64), b[place].astype(np.float64)
        if not x.any() or not y.any():
            raise ValueError("a zero vector")
        cos = float(x @ y) / float(np.linalg.norm(x)) / float(np.linalg.norm(y))
        out[place] = np.degrees(np.arccos(min(1.0, max(-1.0, cos))))
    return out.astype(kind)
