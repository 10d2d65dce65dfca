import numpy as np

from autograder.authoring import Array, Exercise

from .spread import spread


def steps(counts):
    """How many whole numbers there are from the smallest count of each row to the largest.

    Both of them count. Call your `spread`.

    Parameters
    ----------
    counts : numpy array (..., n) of whole numbers, in any numeric dtype.

    Returns
    -------
    array (...). `counts` itself is left as it was.
    """
    return spread(counts) + 1  # (...)


def whole(rng, shape):
    """Whole numbers from 0 to 9."""
    return rng.integers(0, 10, size=shape).astype(float)


def inputs(draw):
    yield "values", draw(n=2), "two counts"
    yield "values", draw(n=5), "five counts"
    yield "rows", draw(lead=(2,), n=3), "two rows of three counts"


exercise = Exercise(
    steps,
    points={"values": 2, "rows": 1, "dtypes": 1, "side effects": 1},
    takes={"counts": Array("... n", draw=whole)},
    gives=("...",),
    inputs=inputs,
    difficulty=1,
    minutes=2,
    needs=("spread",),
    hints=("How many whole numbers are there from 3 to 5?", "One more than the spread."),
)


@exercise.wrong("one of the two ends is left out")
def one_end(counts):
    return spread(counts)


@exercise.wrong("both ends are left out")
def between(counts):
    return spread(counts) - 1


@exercise.wrong("both ends are counted twice")
def twice(counts):
    return spread(counts) + 3


@exercise.wrong("the counts of a row are counted")
def counted(counts):
    return np.full(counts.shape[:-1], counts.shape[-1], counts.dtype)


@exercise.wrong("it starts from 0, not from the smallest")
def from_zero(counts):
    return counts.max(axis=-1) + 1


@exercise.wrong("it ends at the smallest, and starts from 0")
def to_the_smallest(counts):
    return counts.min(axis=-1) + 1


@exercise.wrong("the spread is doubled")
def doubled(counts):
    return 2 * spread(counts)


@exercise.wrong("the spread of all rows together is taken")
def all_rows(counts):
    return counts.max() - counts.min() + 1


@exercise.right
def spelled_out(counts):
    return counts.max(axis=-1) - counts.min(axis=-1) + 1
