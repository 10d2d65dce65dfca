import numpy as np
import torch

from autograder.authoring import Exercise, Number


def causal_mask(n):
    """The mask that lets each position attend to itself and to all before it.

    Parameters
    ----------
    n : the number of positions, a whole number of at least 1.

    Returns
    -------
    boolean torch tensor (n, n): row i is for query i, column j for key j.

    Write it yourself: the mask that `torch.nn.Transformer` makes does not count.
    """
    return torch.ones(n, n, dtype=torch.bool).tril()  # (n, n)


def inputs(draw):
    yield "values", {"n": 2}, "two positions"
    yield "values", {"n": 3}, "three positions"
    yield "values", {"n": 1}, "a single position"
    yield "values", {"n": draw()["n"]}, "several positions"
    yield "values", {"n": draw()["n"] + 4}, "more positions"
    yield "values", {"n": draw()["n"] + 130}, "far more positions"


exercise = Exercise(
    causal_mask,
    points={"values": 2},
    takes={"n": Number(lambda rng: int(rng.integers(4, 8)))},
    ready_made=("torch.nn.Transformer.generate_square_subsequent_mask",),
    gives=("n n",),
    inputs=inputs,
    backend="torch",
    difficulty=1,
    minutes=3,
    hints=(
        "Write the mask for three words on paper: a row for each word that asks, a column for each that is asked about.",
        "The first word may see itself only; the last may see all. Which triangle of the table is True?",
        "Query i may see key j where j <= i. Two ways: compare `torch.arange(n)` as a row with itself as a column, or cut a "
        "table of True with `tril`. Mind the dtype.",
    ),
)


@exercise.wrong("each position may also see the one right after it")
def leak_by_one(n):
    return torch.ones(n, n, dtype=torch.bool).tril(1)


@exercise.wrong("a position may not see itself, so the first one may see nothing")
def strict(n):
    return torch.ones(n, n, dtype=torch.bool).tril(-1)


@exercise.wrong("the mask is transposed: each position sees itself and the future")
def upper(n):
    return torch.ones(n, n, dtype=torch.bool).triu()


@exercise.wrong("blocked pairs are marked True and allowed ones False, the other way round")
def inverted(n):
    return torch.ones(n, n, dtype=torch.bool).triu(1)


@exercise.wrong("the mask holds the numbers 0 and 1 as floats instead of booleans")
def floats(n):
    return torch.ones(n, n).tril()


@exercise.wrong("the mask holds the whole numbers 0 and 1 instead of booleans")
def whole_numbers(n):
    return torch.ones(n, n, dtype=torch.int64).tril()


@exercise.wrong("the mask holds 0 and minus infinity, to be added to scores, instead of booleans")
def additive(n):
    return torch.full((n, n), -torch.inf).triu(1)


@exercise.wrong("everything is allowed")
def all_true(n):
    return torch.ones(n, n, dtype=torch.bool)


@exercise.wrong("each position may see itself only")
def diagonal(n):
    return torch.eye(n, dtype=torch.bool)


@exercise.wrong("each position may see itself and the one before it, and nothing earlier")
def one_step_back(n):
    return torch.ones(n, n, dtype=torch.bool).tril().triu(-1)


@exercise.wrong("each position may see the few before it only, and nothing further back")
def short_window(n):
    return torch.ones(n, n, dtype=torch.bool).tril() & ~torch.ones(n, n, dtype=torch.bool).tril(-16)


@exercise.wrong("the mask is cut from a table that has fewer positions than are asked for")
def table_too_small(n):
    return torch.ones(16, 16, dtype=torch.bool).tril()[:n, :n]


@exercise.wrong("a single position gets another shape, perhaps from a `squeeze`: it should be (1, 1)")
def squeezed(n):
    return torch.ones(n, n, dtype=torch.bool).tril().squeeze()


@exercise.wrong("a list of rows is returned instead of a tensor")
def returns_list(n):
    return torch.ones(n, n, dtype=torch.bool).tril().tolist()


@exercise.wrong("the first position may see everything, perhaps for fear of an empty row: it may see itself")
def first_sees_all(n):
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    mask[0] = True
    return mask


@exercise.wrong("the triangle is the other one of the two: it runs from the lower left to the upper right")
def mirrored(n):
    return torch.ones(n, n, dtype=torch.bool).tril().flip(-1)


@exercise.wrong("random numbers are drawn, which changes everyone's: the mask needs none")
def random_drawn(n):
    return (torch.rand(n, n) + 1).tril() > 0


@exercise.wrong("a dimension for items is put in front: the shape is (1, n, n)")
def with_batch_dimension(n):
    return torch.ones(1, n, n, dtype=torch.bool).tril()


@exercise.wrong("a numpy array is returned instead of a torch tensor")
def returns_numpy(n):
    return np.tri(n, dtype=bool)


@exercise.wrong("the mask is made for one position more than there are")
def one_too_many(n):
    return torch.ones(n + 1, n + 1, dtype=torch.bool).tril()


@exercise.wrong("nothing is allowed")
def all_false(n):
    return torch.zeros(n, n, dtype=torch.bool)


@exercise.right
def compared(n):
    place = torch.arange(n)
    return place[None, :] <= place[:, None]


@exercise.right
def loop(n):
    mask = torch.zeros(n, n, dtype=torch.bool)
    for i in range(n):
        mask[i, : i + 1] = True
    return mask


@exercise.right
def from_numpy(n):
    return torch.from_numpy(np.tri(n, dtype=bool))


@exercise.right
def transposed(n):
    return torch.triu(torch.ones(n, n)).bool().T
