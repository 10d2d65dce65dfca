import numpy as np

from autograder.authoring import Array, Exercise, array

from .softmax import LIBRARY, softmax


def cross_entropy_gradient(scores, target):
    """Derivatives of the loss -log(softmax(scores)[target]) by the scores, row by row.

    Parameters
    ----------
    scores : numpy float array (..., n), one row of scores or many; n is at least 1, every
        entry is finite. It is left as it was.
    target : the place of the right entry, from 0 to n - 1. An integer array (...) with a place
        for each row, or one int: then it is the same place in every row.

    Returns
    -------
    array (..., n) in the dtype of the scores: entry j of a row is the derivative of that row's
    loss by its score j. Rows are not averaged.

    No score is too large: where the weight of the target is so small that a float holds 0, the
    entries are as right as anywhere. You may call your own `softmax`, and none of a library.
    """
    weights = softmax(scores)  # (..., n)
    places = np.arange(scores.shape[-1])  # (n,)
    return weights - (places == np.asarray(target)[..., None])  # (..., n)


def inputs(draw):
    yield "values", draw(n=3) | {"target": 0}, "one row, its first entry is right"
    yield "values", draw(n=3) | {"target": 2}, "one row, its last entry is right"
    yield "values", draw(n=5) | {"target": 1}, "one row of five scores"
    yield "values", ranked(draw(n=4), 3), "one row, the largest score is right"
    yield "batches", draw(lead=(2,), n=3) | {"target": array([2, 0], "int64")}, "two rows with targets of their own"
    yield "batches", draw(lead=(3,), n=3) | {"target": array([1, 1, 2], "int64")}, "three rows of three scores"
    yield "batches", draw(lead=(2, 3), n=4) | {"target": array([[3, 0, 1], [2, 2, 0]], "int64")}, "two by three rows"
    yield "batches", draw(lead=(4,), n=3) | {"target": 1}, "four rows, one place for all of them"
    yield "large numbers", lifted(draw(n=3), 1000.0, 1), "three scores near 1000"
    yield "large numbers", lifted(draw(n=3), [1000.0, 0.0, 0.0], 2), "a wrong score is ahead by a thousand"
    yield "large numbers", lifted(draw(n=4), [40.0, 0.0, 0.0, 0.0], 1), "a wrong score is ahead by forty"
    yield "large numbers", lifted(draw(n=3), [0.0, 0.0, 900.0], 2), "the right score is ahead by nine hundred"
    rows = lifted(draw(lead=(2,), n=3), [[0.0], [-2000.0]], array([1, 0], "int64"))
    yield "large numbers", rows, "one row near 0, one near -2000"


def lifted(args, by, target):
    return {"scores": array(args["scores"].data + by), "target": target}


def ranked(args, target):
    return {"scores": array(np.sort(args["scores"].data)), "target": target}


exercise = Exercise(
    cross_entropy_gradient,
    points={"values": 2, "batches": 1, "large numbers": 1, "dtypes": 1, "side effects": 1},
    takes={"scores": Array("... n"), "target": None},
    ready_made=(*LIBRARY, "torch.nn.functional.cross_entropy"),
    gives=("... n",),
    inputs=inputs,
    difficulty=2,
    minutes=10,
    needs=("softmax",),
    hints=(
        "Write the loss without a fraction first: -log of e^s_t / sum_j e^s_j is log(sum_j e^s_j) - s_t.",
        "Derive the two parts one by one. What is the derivative of log(sum_j e^s_j) by s_j? You have a name for it already. "
        "And s_t depends on one score alone.",
        "What comes out is the row's weights, and at one place 1 is taken off. Nothing is divided by a weight, so nothing "
        "can overflow that `softmax` does not.",
        "For several rows, compare `np.arange(n)` with the targets, which need an axis of length 1 at the end for that: "
        "True counts as 1.",
    ),
)


def hot(scores, target):
    """(..., n): 1 at the target of each row."""
    return (np.arange(scores.shape[-1]) == np.asarray(target)[..., None]).astype(scores.dtype)


def at(table, target):
    """(..., 1): the entry of each row at its target."""
    places = np.broadcast_to(np.asarray(target), table.shape[:-1])[..., None]
    return np.take_along_axis(table, places, axis=-1)


def by_the_chain(scores, target, factor):
    """The derivative of the loss by the weight of the target, times that weight's derivatives by the scores."""
    w = softmax(scores)
    return (factor(at(w, target)) * at(w, target) * (hot(scores, target) - w)).astype(scores.dtype)


@exercise.wrong("the sign is turned: this points downhill, and a derivative points to where the loss grows")
def sign_turned(scores, target):
    return hot(scores, target) - softmax(scores)


@exercise.wrong("the weights alone are returned: 1 is not taken off at the target")
def weights_alone(scores, target):
    return softmax(scores)


@exercise.wrong("the rows are averaged: each is divided by their number, as a loss does that takes the mean of its rows")
def averaged(scores, target):
    rows = max(1, scores[..., 0].size)
    return cross_entropy_gradient(scores, target) / scores.dtype.type(rows)


@exercise.wrong("these are the derivatives by the weights, -1 / w at the target: those by the scores are asked for")
def by_the_weights(scores, target):
    with np.errstate(all="ignore"):
        return -hot(scores, target) / softmax(scores)


@exercise.wrong("the weight of the target is 0 in floats where it is far behind, and dividing by it gives NaN")
def divided_by_zero(scores, target):
    with np.errstate(all="ignore"):
        return by_the_chain(scores, target, lambda weight: -1 / weight)


@exercise.wrong("a small number is added to the weight before the division: where the weight is smaller, the entries vanish")
def padded_division(scores, target):
    return by_the_chain(scores, target, lambda weight: -1 / (weight + scores.dtype.type(1e-12)))


@exercise.wrong("exp is taken of the scores as they are, and overflows where they are large")
def no_shift(scores, target):
    with np.errstate(all="ignore"):
        e = np.exp(scores)
        return e / e.sum(axis=-1, keepdims=True) - hot(scores, target)


@exercise.wrong("one maximum of the array is subtracted for all rows, so that a row far below it ends in 0 / 0")
def one_maximum(scores, target):
    with np.errstate(all="ignore"):
        e = np.exp(scores - scores.max())
        return e / e.sum(axis=-1, keepdims=True) - hot(scores, target)


@exercise.wrong("the logarithm is left out: these are the derivatives of minus the weight, and they vanish with it")
def without_logarithm(scores, target):
    return by_the_chain(scores, target, lambda weight: -np.ones_like(weight))


@exercise.wrong("this belongs to the squared error of the weights, and not to the logarithm")
def squared_error(scores, target):
    w, p = softmax(scores), hot(scores, target)
    return 2 * w * ((w - p) - (w * (w - p)).sum(axis=-1, keepdims=True))


@exercise.wrong("1 is taken off at the largest score, and not at the target")
def at_the_largest(scores, target):
    return softmax(scores) - hot(scores, scores.argmax(axis=-1))


@exercise.wrong("`weights[..., target] -= 1` takes 1 off in the columns of all targets, in each of the rows")
def every_targets_column(scores, target):
    w = softmax(scores)
    w[..., np.unique(target)] -= 1
    return w


@exercise.wrong("the target of the first row is used for all rows")
def first_rows_target(scores, target):
    return softmax(scores) - hot(scores, np.ravel(target)[0])


@exercise.wrong("the places are counted from 1, so that 1 is taken off one place too early")
def counted_from_one(scores, target):
    return softmax(scores) - hot(scores, np.asarray(target) - 1)


@exercise.wrong("the result is always float64, as the one-hot rows of `np.eye` are unless they get a dtype")
def always_float64(scores, target):
    return softmax(scores) - np.eye(scores.shape[-1])[target]


@exercise.wrong("the loss itself is returned, and not its derivatives")
def loss(scores, target):
    with np.errstate(all="ignore"):
        return -np.log(at(softmax(scores), target))[..., 0]


@exercise.wrong("the derivative by the score of the target is returned alone")
def target_alone(scores, target):
    return (at(softmax(scores), target) - 1)[..., 0]


@exercise.wrong("the entries beside the target are 0: raising a wrong score raises the loss, too")
def zero_elsewhere(scores, target):
    return (softmax(scores) - 1) * hot(scores, target)


@exercise.wrong("every entry loses 1, and not the one at the target alone")
def one_off_everywhere(scores, target):
    return softmax(scores) - scores.dtype.type(1)


@exercise.wrong("the weight of the target is subtracted, and not 1 at its place")
def target_weight_subtracted(scores, target):
    return softmax(scores) - at(softmax(scores), target)


@exercise.wrong("every score goes through a sigmoid of its own, and not through a softmax")
def sigmoids(scores, target):
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-scores)) - hot(scores, target)


@exercise.wrong("the softmax runs down the columns (axis 0), and not along each row")
def down_the_columns(scores, target):
    return softmax(scores, 0) - hot(scores, target)


@exercise.wrong("the softmax runs over all rows together")
def all_rows_together(scores, target):
    return softmax(scores.ravel()).reshape(scores.shape) - hot(scores, target)


@exercise.wrong("softmax is taken twice: of the weights again")
def twice(scores, target):
    return softmax(softmax(scores)) - hot(scores, target)


@exercise.wrong("1 is taken off the score, and there was no softmax")
def no_softmax(scores, target):
    return scores - hot(scores, target)


@exercise.wrong("logarithms of the weights stand where the weights themselves should")
def logarithms(scores, target):
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)) - hot(scores, target)


@exercise.wrong("the maximum is subtracted from `scores` in place, which changes the caller's array")
def in_place(scores, target):
    scores -= scores.max(axis=-1, keepdims=True)
    return cross_entropy_gradient(scores, target)


@exercise.wrong("the derivatives of all rows are added up, and each row has its own")
def rows_added(scores, target):
    gradient = cross_entropy_gradient(scores, target)
    return gradient.reshape(-1, scores.shape[-1]).sum(axis=0)


@exercise.right
def by_the_jacobian(scores, target):
    """The chain rule, with w_i / w_i cancelled on paper."""
    w = softmax(scores)
    return -(hot(scores, target) - w)


@exercise.right
def one_row_at_a_time(scores, target):
    out = np.empty_like(scores)
    targets = np.broadcast_to(target, scores.shape[:-1])
    for place in np.ndindex(*scores.shape[:-1]):
        e = np.exp(scores[place] - scores[place].max())
        out[place] = e / e.sum()
        out[(*place, targets[place])] -= 1
    return out


@exercise.right
def put_along_the_axis(scores, target):
    w = softmax(scores)
    places = np.broadcast_to(np.asarray(target), w.shape[:-1])[..., None]
    np.put_along_axis(w, places, np.take_along_axis(w, places, -1) - 1, -1)
    return w
