import numpy as np

from autograder.authoring import Array, Exercise, array


def entropy(weights, axis=-1):
    """Entropy of weights along one axis, in nats: -sum_i w_i log(w_i), where 0 log 0 counts
    as 0.

    Parameters
    ----------
    weights : numpy float array of any shape with at least one dimension; entries of at least 0
        that sum to 1 along `axis`.
    axis : the axis to sum along.

    Returns
    -------
    array with that axis gone, in the dtype of the weights; a number for a single row. 0 where
    one weight is 1, and log(n) where n weights are equal. Float64 results must be right to
    1e-8. `weights` itself is left as it was.

    Write the steps yourself: `torch.special.entr` and the like do not count.
    """
    logs = np.log(np.where(weights > 0, weights, 1))  # the shape of weights; 0 where the weight is 0
    return -(weights * logs).sum(axis=axis)


def simplex(rng, shape):
    """Rows of weights that sum to 1, in sixty-fourths, each at least 1/64."""
    n = shape[-1]
    return (rng.multinomial(64 - n, np.full(n, 1 / n), size=shape[:-1]) + 1) / 64


def inputs(draw):
    yield "values", draw(n=3), "three weights"
    yield "values", draw(n=4), "four weights"
    yield "values", draw(lead=(2,), n=3), "two rows of three weights"
    yield "any axis", columns(draw(lead=(3,), n=2)), "weights that sum to 1 down the columns"
    yield "any axis", columns(draw(lead=(2, 3), n=4)), "three dimensions, the middle axis"
    yield "zeros", with_zeros(draw(n=2)), "a weight of 0"
    yield "zeros", with_zeros({"weights": array([1.0])}), "one weight of 1"
    yield "zeros", with_zeros(draw(lead=(3,), n=4)), "rows with a weight of 0"
    yield "zeros", one_sure(draw(lead=(2,), n=3)), "a row with one weight of 1, between two others"
    yield "zeros", tiny(draw(n=1)), "twenty tiny weights beside a large one"
    yield "zeros", with_zeros(draw(lead=(2,), n=3, dtype="float32")), "single precision (float32), with a weight of 0"
    yield "zeros", with_zeros(draw(lead=(2,), n=3, dtype="float16")), "half precision (float16), with a weight of 0"


def with_zeros(args):
    weights = args["weights"]
    zeros = np.zeros((*weights.shape[:-1], 1), weights.dtype)
    return {"weights": array(np.concatenate([zeros, weights.data], -1), weights.dtype)}


def one_sure(args):
    rows = args["weights"].data
    return {"weights": array(np.stack([rows[0], [0.0, 1.0, 0.0], rows[1]]))}


def tiny(args):
    """Twenty weights of 2**-26: each is negligible, their logarithms are not."""
    small = np.full(20, 2.0**-26)
    return {"weights": array([*small, *(args["weights"].data * (1 - small.sum()))])}


def columns(args):
    swapped = np.swapaxes(args["weights"].data, -1, -2)
    return {"weights": array(swapped), "axis": swapped.ndim - 2}


exercise = Exercise(
    entropy,
    points={"values": 2, "any axis": 1, "zeros": 2, "dtypes": 1, "side effects": 1},
    takes={"weights": Array("... n", draw=simplex), "axis": None},
    ready_made=("torch.special.entr", "torch.distributions.Categorical.entropy"),
    gives=("...",),
    inputs=inputs,
    difficulty=2,
    minutes=8,
    hints=(
        "Two equal weights: -(0.5 log 0.5 + 0.5 log 0.5) = log 2 = 0.693. Start with that.",
        "np.log(0) is minus infinity, and 0 times that is NaN. Give log something harmless where the weight is 0.",
        "`np.where(weights > 0, weights, 1)` has no zeros left, and log(1) = 0. Multiply its log by the weights, sum along "
        "`axis`, and put a minus in front.",
    ),
    opts_out={"extremes": "weights lie between 0 and 1"},
)


def logs_of(weights):
    return np.log(np.where(weights > 0, weights, 1))


@exercise.wrong("a weight of 0 makes 0 times minus infinity, which is NaN")
def zero_gives_nan(weights, axis=-1):
    with np.errstate(all="ignore"):
        return -(weights * np.log(weights)).sum(axis=axis)


@exercise.wrong("the minus sign is missing")
def no_minus(weights, axis=-1):
    return (weights * logs_of(weights)).sum(axis=axis)


@exercise.wrong("log base 2 is used, so the result is in bits instead of nats")
def in_bits(weights, axis=-1):
    return -(weights * np.log2(np.where(weights > 0, weights, 1))).sum(axis=axis)


@exercise.wrong("log base 10 is used instead of the natural logarithm")
def base_ten(weights, axis=-1):
    return -(weights * np.log10(np.where(weights > 0, weights, 1))).sum(axis=axis)


@exercise.wrong("the mean is taken instead of the sum")
def mean(weights, axis=-1):
    return -(weights * logs_of(weights)).mean(axis=axis)


@exercise.wrong(
    "the sum runs over every entry, not along the axis (picking entries with `weights[weights > 0]` flattens the array, too)"
)
def sum_over_everything(weights, axis=-1):
    return -(weights * logs_of(weights)).sum()


@exercise.wrong("`axis` is ignored and the last axis is always used")
def always_last_axis(weights, axis=-1):
    return entropy(weights, -1)


@exercise.wrong("`axis` is ignored and the first axis is always used")
def always_first_axis(weights, axis=-1):
    return entropy(weights, 0)


@exercise.wrong("the logarithms are summed without their weights")
def not_weighted(weights, axis=-1):
    return -logs_of(weights).sum(axis=axis)


@exercise.wrong("the sum is missing: each term is returned on its own")
def no_sum(weights, axis=-1):
    return -(weights * logs_of(weights))


@exercise.wrong("the result is divided by log(n), which is the entropy relative to its maximum")
def relative(weights, axis=-1):
    return (entropy(weights, axis) / np.log(weights.shape[axis])).astype(weights.dtype)


@exercise.wrong("exp of the entropy is returned (the perplexity)")
def perplexity(weights, axis=-1):
    return np.exp(entropy(weights, axis))


@exercise.wrong("log(1 + w) is taken instead of log(w)")
def log_of_one_plus(weights, axis=-1):
    return -(weights * np.log1p(weights)).sum(axis=axis)


@exercise.wrong("the summed axis is kept with length 1 instead of being gone")
def axis_kept(weights, axis=-1):
    return -(weights * logs_of(weights)).sum(axis=axis, keepdims=True)


@exercise.wrong("a number large enough to matter, such as 0.001, is added inside the logarithm")
def padded_log(weights, axis=-1):
    return -(weights * np.log(weights + weights.dtype.type(1e-3))).sum(axis=axis)


@exercise.wrong(
    "a constant such as 1e-6 is added inside the logarithm of every weight, which is not accurate enough: only a weight of 0 needs "
    "care"
)
def constant_in_log(weights, axis=-1):
    return -(weights * np.log(weights + weights.dtype.type(1e-6))).sum(axis=axis)


@exercise.wrong(
    "1e-8 is added inside the logarithm of every weight, which moves the result by a little more than is allowed"
)
def small_constant_in_log(weights, axis=-1):
    kind = weights.dtype
    weights = np.asarray(weights, np.float64)
    return (-(weights * np.log(weights + 1e-8)).sum(axis=axis)).astype(kind)


@exercise.wrong("tiny weights are left out, as if they were 0: only a weight of 0 itself counts as 0")
def tiny_left_out(weights, axis=-1):
    return entropy(np.where(weights < 1e-6, 0, weights).astype(weights.dtype), axis)


@exercise.wrong("tiny weights are raised to a limit, such as 1e-5, inside the logarithm: only a weight of 0 needs care")
def tiny_raised(weights, axis=-1):
    return -(weights * np.log(np.maximum(weights, weights.dtype.type(1e-5)))).sum(axis=axis)


@exercise.wrong("one row with a weight of 1 makes the result 0 for all the other rows, too")
def one_sure_row(weights, axis=-1):
    result = entropy(weights, axis)
    return np.zeros_like(result) if (weights == 1).any() else result


@exercise.wrong(
    "the NaN that 0 times minus infinity makes is replaced after the sum: by then the other weights of its row are lost"
)
def nan_replaced_after_sum(weights, axis=-1):
    with np.errstate(all="ignore"):
        return np.nan_to_num(-(weights * np.log(weights)).sum(axis=axis))


@exercise.wrong("the weights of 0 are overwritten in place, which changes the caller's array")
def zeros_overwritten(weights, axis=-1):
    weights[weights == 0] = 1
    return -(weights * np.log(weights)).sum(axis=axis)


@exercise.wrong(
    "a constant in the logarithm, such as 1e-12, is too small for half precision: it becomes 0 there, and a weight of 0 gives NaN"
)
def constant_lost_in_half(weights, axis=-1):
    with np.errstate(all="ignore"):
        return -(weights * np.log(weights + weights.dtype.type(1e-12))).sum(axis=axis)


@exercise.wrong("1 minus the sum of squares is computed: that is the Gini impurity")
def gini(weights, axis=-1):
    return 1 - (weights**2).sum(axis=axis)


@exercise.wrong("the result is all zeros")
def zeros(weights, axis=-1):
    return np.zeros(weights.sum(axis=axis).shape, weights.dtype)


@exercise.right
def tiny_guard(weights, axis=-1):
    tiny = np.finfo(weights.dtype).tiny
    return -(weights * np.log(np.maximum(weights, tiny))).sum(axis=axis)


@exercise.right
def small_epsilon(weights, axis=-1):
    kind = np.asarray(weights).dtype
    weights = np.asarray(weights, np.float64)
    return (-(weights * np.log(weights + 1e-12)).sum(axis=axis)).astype(kind)


@exercise.right
def loop(weights, axis=-1):
    moved = np.moveaxis(np.asarray(weights), axis, -1)
    out = np.zeros(moved.shape[:-1], moved.dtype)
    for place in np.ndindex(*out.shape):
        out[place] = -sum(float(w) * np.log(float(w)) for w in moved[place] if w > 0)
    return out if out.ndim else out[()]


exercise.equivalent(
    "body line 1: 1 → 2", because="the logarithm of whatever stands for a weight of 0 is multiplied by that 0"
)
