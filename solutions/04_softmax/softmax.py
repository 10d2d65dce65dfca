import numpy as np

from autograder.authoring import Array, Exercise, array


def softmax(x, axis=-1):
    """Turn scores into weights: exp(x_i) / sum_j exp(x_j), along one axis.

    Parameters
    ----------
    x : numpy array of any shape, at least one dimension, floats or int64; all entries finite,
        integers of at most 2**53 in size.
    axis : the axis that the weights sum to 1 along; it has at least one entry.

    Returns
    -------
    array of the same shape: the weights. Floats keep their dtype; integers give float64.

    No score is too large: x + 1000 gives the same weights as x. `x` itself is left as it was.

    Write the steps yourself: `torch.softmax` and the like do not count.
    """
    shifted = x - x.max(axis=axis, keepdims=True)  # the shape of x; the largest of each row is 0
    exps = np.exp(shifted)  # the shape of x, in (0, 1]
    return exps / exps.sum(axis=axis, keepdims=True)


def inputs(draw):
    yield "values", draw(n=3), "one row of three scores"
    yield "values", draw(n=5, scale=3), "one row of five scores"
    yield "values", draw(lead=(2,), n=3), "two rows of three scores"
    yield "values", draw(lead=(3,), n=3), "a square of scores"
    yield "any axis", draw(lead=(2,), n=3) | {"axis": 0}, "two rows of three scores, softmax down the columns"
    yield "any axis", draw(lead=(3,), n=2) | {"axis": -2}, "three rows of two scores, axis -2"
    yield "any axis", draw(lead=(2, 3), n=4) | {"axis": 1}, "three dimensions, the middle axis"
    yield "any axis", draw(lead=(2, 3), n=4) | {"axis": 0}, "three dimensions, the first axis"
    yield "large numbers", lifted(draw(n=3), 1000.0), "three scores near 1000"
    yield "large numbers", lifted(draw(n=3), -1000.0), "three scores near -1000"
    yield "large numbers", lifted(draw(lead=(2,), n=3), [[0.0], [2000.0]]), "one row near 0, one near 2000"
    yield "large numbers", lifted(draw(n=4), [0.0, 0.0, -3000.0, -3000.0]), "two scores near 0, two near -3000"
    yield "large numbers", lifted(draw(n=4), [800.0, 0.0, 0.0, 0.0]), "one score near 800, three near 0"
    yield (
        "large numbers",
        {"x": array(np.array([0.0, 0.5, -15.0]) + draw(n=1)["x"].data)},
        "two scores, and one 15 below them",
    )
    steps = {"x": array([20, draw(n=1)["x"].data[0], -20], "float16")}
    yield "large numbers", steps, "half precision (float16), scores from -20 to 20"
    yield "dtypes", {"x": array([draw(n=1)["x"].data[0] * 8 % 5, 2, 3], "int64")}, "a row of three integers"


def lifted(args, by):
    return args | {"x": array(args["x"].data + by)}


LIBRARY = (
    *("torch.softmax", "torch.Tensor.softmax", "torch.special.softmax", "torch.nn.functional.softmax"),
    *("torch.log_softmax", "torch.Tensor.log_softmax", "torch.nn.functional.log_softmax"),
)


exercise = Exercise(
    softmax,
    points={"values": 2, "any axis": 2, "large numbers": 2, "dtypes": 1, "side effects": 1},
    takes={"x": Array("... n", integers=True), "axis": None},
    ready_made=LIBRARY,
    gives=("... n",),
    inputs=inputs,
    difficulty=2,
    minutes=14,
    hints=(
        "Take three scores and a calculator: exp of each, then divide each by their sum. Write that for one row first.",
        "For several rows, the sum must run along `axis` only and still line up with `x`. Look up what `keepdims=True` does.",
        "exp(1000) is too large for a float. Adding one number to every score of a row leaves the weights as they are, so "
        "choose the number that makes the largest score 0. Each row needs its own.",
        "Subtract `x.max(axis=axis, keepdims=True)`, take exp, and divide by the sum along the same axis. Make new arrays at "
        "each step: `x` itself must stay as it is.",
    ),
)


@exercise.wrong("exp is taken of the scores as they are, and overflows or underflows when they are large")
def no_shift(x, axis=-1):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong(
    "in half precision exp is taken of the scores as they are: float16 holds nothing above 65 504, which is exp(11)"
)
def no_shift_in_half(x, axis=-1):
    if x.dtype != np.float16:
        return softmax(x, axis)
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("the sum runs over every entry of the array, not along the axis")
def sum_over_everything(x, axis=-1):
    e = np.exp(x - np.max(x))
    return e / e.sum()


@exercise.wrong("`axis` is ignored and the last axis is always used")
def always_last_axis(x, axis=-1):
    return softmax(x, -1)


@exercise.wrong("the weights are taken down the columns (axis 0) whatever `axis` says")
def always_first_axis(x, axis=-1):
    return softmax(x, 0)


@exercise.wrong("the scores themselves are divided by their sum: no exp was taken")
def no_exp(x, axis=-1):
    x = np.asarray(x) * 1.0
    return x / x.sum(axis=axis, keepdims=True)


@exercise.wrong("exp is taken, but the result is never divided by its sum")
def not_normalised(x, axis=-1):
    x = np.asarray(x)
    return np.exp(x - x.max(axis=axis, keepdims=True))


@exercise.wrong("every score goes through a sigmoid on its own, so the weights do not sum to 1")
def sigmoid(x, axis=-1):
    return 1 / (1 + np.exp(-np.asarray(x)))


@exercise.wrong("one maximum of the whole array is subtracted, so a row far below it underflows to 0 / 0")
def global_maximum(x, axis=-1):
    x = np.asarray(x)
    e = np.exp(x - x.max())
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("`keepdims=True` is missing, so the sums do not line up with the rows")
def no_keepdims(x, axis=-1):
    x = np.asarray(x)
    e = np.exp(x - x.max())
    return e / e.sum(axis=axis)


@exercise.wrong("`keepdims=True` is missing in the maximum, so the maxima do not line up with the rows")
def maximum_without_keepdims(x, axis=-1):
    e = np.exp(x - x.max(axis=axis))
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong(
    "`keepdims=True` is missing in the maximum and in the sum, so neither lines up with the rows: one row works, several do not"
)
def no_keepdims_twice(x, axis=-1):
    e = np.exp(x - x.max(axis=axis))
    return e / e.sum(axis=axis)


@exercise.wrong("the maximum is right, but `keepdims=True` is missing in the sum, so the sums do not line up with the rows")
def sum_without_keepdims(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis)


@exercise.wrong("one fixed number is subtracted from every score, so others are still too large or too small for exp")
def fixed_shift(x, axis=-1):
    e = np.exp(x - x.dtype.type(1000))
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("the maximum is subtracted from `x` in place, which changes the caller's array")
def in_place(x, axis=-1):
    x = np.asarray(x)
    if not np.issubdtype(x.dtype, np.floating):
        x = x.astype(np.float64)
    x -= x.max(axis=axis, keepdims=True)
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("the logarithm of the weights is returned instead of the weights")
def log_softmax(x, axis=-1):
    return np.log(softmax(x, axis))


@exercise.wrong("the scores are divided by their maximum instead of having it subtracted")
def divided_by_maximum(x, axis=-1):
    x = np.asarray(x)
    e = np.exp(x / x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("the mean is subtracted instead of the maximum, so widely spread scores still overflow")
def mean_subtracted(x, axis=-1):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    e = np.exp(x - x.mean(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("the minimum is subtracted instead of the maximum, so widely spread scores overflow")
def minimum_subtracted(x, axis=-1):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    e = np.exp(x - x.min(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("exp is taken of the negated scores, so the smallest score gets the largest weight")
def negated(x, axis=-1):
    return softmax(-np.asarray(x), axis)


@exercise.wrong("powers of 2 are taken instead of powers of e")
def base_two(x, axis=-1):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    e = 2.0 ** (x - x.max(axis=axis, keepdims=True))
    return (e / e.sum(axis=axis, keepdims=True)).astype(x.dtype)


@exercise.wrong("the result is always float64, whatever dtype the scores had")
def always_float64(x, axis=-1):
    return softmax(np.asarray(x, np.float64), axis)


@exercise.wrong(
    "the result is written into an array of integers when the scores are integers, so the weights are cut to 0 or 1"
)
def integers_cut(x, axis=-1):
    x = np.asarray(x)
    return softmax(x, axis).astype(x.dtype)


@exercise.wrong("the largest score gets all the weight: that is argmax, not softmax")
def hard_maximum(x, axis=-1):
    x = np.asarray(x)
    hit = x == x.max(axis=axis, keepdims=True)
    kind = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    return (hit / hit.sum(axis=axis, keepdims=True)).astype(kind)


@exercise.wrong("the scores are clipped to keep exp in range, which makes different large scores equal")
def clipped(x, axis=-1):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    return softmax(np.clip(x, -50, 50), axis)


@exercise.wrong("a small number is added to the sum, so the weights sum to less than 1")
def padded_sum(x, axis=-1):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / (e.sum(axis=axis, keepdims=True) + x.dtype.type(1e-3))


@exercise.wrong(
    "the weights are off by about a millionth: is a constant such as 1e-6 added to the sum, or is something rounded? (A sum of "
    "exps needs no guard: the largest score, shifted to 0, adds 1 to it.)"
)
def constant_in_sum(x, axis=-1):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / (e.sum(axis=axis, keepdims=True) + x.dtype.type(1e-6))


@exercise.wrong("weights below a limit, such as 1e-6, are set to 0, however sure it is that they are above 0")
def small_dropped(x, axis=-1):
    weights = softmax(x, axis)
    return np.where(weights < 1e-6, 0, weights).astype(weights.dtype)


@exercise.wrong(
    "the largest size, `np.abs(x).max(...)`, is subtracted instead of the largest score, so scores far below 0 underflow to 0 / 0"
)
def largest_size_subtracted(x, axis=-1):
    e = np.exp(x - np.abs(x).max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong(
    "the largest score is not subtracted where it is below a limit, such as 0, so scores far below 0 underflow to 0 / 0"
)
def shifted_down_only(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True, initial=0))
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("NaN is replaced by a number after exp overflows or underflows, which does not bring the weights back")
def nan_replaced(x, axis=-1):
    e = np.exp(x)
    return np.nan_to_num(e / e.sum(axis=axis, keepdims=True))


@exercise.wrong("softmax is taken twice")
def twice(x, axis=-1):
    return softmax(softmax(x, axis), axis)


@exercise.wrong("all weights are equal, whatever the scores")
def uniform(x, axis=-1):
    return softmax(np.zeros_like(x), axis)


@exercise.wrong("the result is all zeros")
def zeros(x, axis=-1):
    return np.zeros_like(x)


@exercise.wrong("a list is returned instead of a numpy array")
def returns_list(x, axis=-1):
    return softmax(x, axis).tolist()


@exercise.right
def log_sum_exp(x, axis=-1):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    top = x.max(axis=axis, keepdims=True)
    return np.exp(x - top - np.log(np.exp(x - top).sum(axis=axis, keepdims=True)))


@exercise.right
def float64_inside(x, axis=-1):
    x = np.asarray(x)
    kind = x.dtype if x.dtype.kind == "f" else np.float64
    e = np.exp(x.astype(np.float64) - x.max(axis=axis, keepdims=True).astype(np.float64))
    return (e / e.sum(axis=axis, keepdims=True)).astype(kind)


@exercise.right
def loop(x, axis=-1):
    x = np.asarray(x)
    moved = np.moveaxis(x, axis, -1)
    out = np.empty(moved.shape, x.dtype if x.dtype.kind == "f" else np.float64)
    for place in np.ndindex(*moved.shape[:-1]):
        row = moved[place].astype(np.float64)
        exps = [np.exp(score - max(row)) for score in row]
        out[place] = [e / sum(exps) for e in exps]
    return np.moveaxis(out, -1, axis)


@exercise.right
def apply_along_axis(x, axis=-1):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)

    def one_row(row):
        e = np.exp(row - row.max())
        return e / e.sum()

    return np.apply_along_axis(one_row, axis, x)
