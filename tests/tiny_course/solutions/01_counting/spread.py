import numpy as np

from autograder.authoring import Array, Exercise


def spread(counts):
    """How far apart the smallest and the largest count of each row are.

    Parameters
    ----------
    counts : numpy array (..., n) of numbers.

    Returns
    -------
    array (...): of each row the largest minus the smallest. `counts` itself is left as it was.
    """
    return counts.max(axis=-1) - counts.min(axis=-1)  # (...)


def inputs(draw):
    yield "values", draw(n=2), "two counts"
    yield "values", draw(n=5), "five counts"
    yield "rows", draw(lead=(2,), n=3), "two rows of three counts"


exercise = Exercise(
    spread,
    points={"values": 2, "rows": 1, "dtypes": 1, "side effects": 1},
    takes={"counts": Array("... n")},
    gives=("...",),
    inputs=inputs,
    difficulty=1,
    minutes=2,
    hints=("Which two counts of a row matter?", "Take the largest along the last axis, and subtract the smallest."),
)


@exercise.wrong("the largest is returned, and nothing subtracted")
def largest(counts):
    return counts.max(axis=-1)


@exercise.wrong("the smallest is returned, not subtracted from the largest")
def smallest(counts):
    return counts.min(axis=-1)


@exercise.wrong("the largest is subtracted from the smallest")
def other_way_round(counts):
    return counts.min(axis=-1) - counts.max(axis=-1)


@exercise.wrong("the two are added")
def added(counts):
    return counts.max(axis=-1) + counts.min(axis=-1)


@exercise.wrong("the last is compared with the first, wherever the largest is")
def last_minus_first(counts):
    return counts[..., -1] - counts[..., 0]


@exercise.wrong("the mean is subtracted, not the smallest")
def above_the_mean(counts):
    return counts.max(axis=-1) - counts.mean(axis=-1)


@exercise.wrong("the largest and the smallest of all rows together are taken")
def all_rows(counts):
    return counts.max() - counts.min()


@exercise.wrong("the difference is taken down the columns, not along each row")
def columns(counts):
    return counts.max(axis=0) - counts.min(axis=0)


@exercise.right
def sorted_first(counts):
    ordered = np.sort(counts, axis=-1)
    return ordered[..., -1] - ordered[..., 0]
