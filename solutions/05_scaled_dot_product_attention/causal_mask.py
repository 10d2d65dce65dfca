import numpy as np
import torch

from autograder.authoring import Exercise, Number


def causal_mask(n_q, n_k):
    """The mask that lets each position attend to itself and to all before it.

    The keys stand at positions 0 to n_k - 1, and the queries are the *last* n_q of these
    positions: all of them where a text is read at once, a few where a model writes on and
    keeps the keys of what it has already read.

    Parameters
    ----------
    n_q : the number of queries, a whole number of at least 1.
    n_k : the number of keys, a whole number of at least n_q.

    Returns
    -------
    boolean torch tensor (n_q, n_k), True = may attend: a row for each query and a column
    for each key, in the order of their positions.

    Write it yourself: the mask that `torch.nn.Transformer` makes does not count.
    """
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(n_k - n_q)  # (n_q, n_k)


def inputs(draw):
    yield "values", sizes(2, 2), "two queries, two keys"
    yield "values", sizes(3, 3), "three queries, three keys"
    yield "values", sizes(1, 1), "a single position"
    n = draw()["n_k"]
    yield "values", sizes(n, n), "as many queries as keys"
    yield "values", sizes(n + 130, n + 130), "far more positions"
    yield "fewer queries", sizes(2, 3), "the last two of three positions"
    yield "fewer queries", sizes(1, 4), "the last of four positions"
    yield "fewer queries", sizes(3, n), "the last three of several positions"
    yield "fewer queries", sizes(n - 1, n), "all positions but the first"
    yield "fewer queries", sizes(n, 2 * n), "the last half of the positions"
    yield "fewer queries", sizes(n, n + 130), "the last of many positions"


def sizes(n_q, n_k):
    return {"n_q": n_q, "n_k": n_k}


exercise = Exercise(
    causal_mask,
    points={"values": 1, "fewer queries": 2},
    takes={"n_q": Number(lambda rng: 3), "n_k": Number(lambda rng: int(rng.integers(5, 9)))},
    ready_made=("torch.nn.Transformer.generate_square_subsequent_mask",),
    gives=("n_q n_k",),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=4,
    hints=(
        "Write the mask for three queries and three keys on paper, a row for each word that asks and a column for each that is "
        "asked about. The first word may see itself only, the last may see all. Which triangle is True?",
        "Now keep the last row alone: that is the mask of one new query and three keys. At which position does the first query "
        "stand when there are n_q queries and n_k keys?",
        "Query i stands at position i + n_k - n_q, so it may see key j where j <= i + n_k - n_q. Two ways: compare a column with "
        "a row, both made by `torch.arange`, or cut a table of True with `tril`, which takes the diagonal at which it cuts as an "
        "argument. Mind the dtype.",
    ),
)


def table(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool)


# -- where the diagonal lies -------------------------------------------------------------------------------------------


@exercise.wrong(
    "the diagonal starts at the top left: where there are fewer queries than keys, the newest query sees the oldest keys only"
)
def top_left(n_q, n_k):
    return table(n_q, n_k).tril()


@exercise.wrong(
    "the diagonal is shifted the wrong way, by `n_q - n_k`: where there are fewer queries than keys, they see next to nothing"
)
def shifted_the_wrong_way(n_q, n_k):
    return table(n_q, n_k).tril(n_q - n_k)


@exercise.wrong("the rows are the first n_q of the square mask: the queries are the last ones")
def first_rows(n_q, n_k):
    return table(n_k, n_k).tril()[:n_q]


exercise.same("top_left", "first_rows", because="the first rows of the square mask start at the top left")


@exercise.wrong("each position may also see the one right after it")
def leak_by_one(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q + 1)


@exercise.wrong("a position may not see itself, so the first one may see nothing")
def strict(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q - 1)


@exercise.wrong("the mask is transposed: each position sees itself and the future")
def upper(n_q, n_k):
    return table(n_q, n_k).triu(n_k - n_q)


@exercise.wrong("blocked pairs are marked True and allowed ones False, the other way round")
def inverted(n_q, n_k):
    return table(n_q, n_k).triu(n_k - n_q + 1)


@exercise.wrong("everything is allowed")
def all_true(n_q, n_k):
    return table(n_q, n_k)


@exercise.wrong("nothing is allowed")
def all_false(n_q, n_k):
    return ~table(n_q, n_k)


@exercise.wrong(
    "everything is allowed where there are fewer queries than keys: of two new positions the first may not see the second"
)
def everything_old_and_new(n_q, n_k):
    return table(n_q, n_k).tril() if n_q == n_k else table(n_q, n_k)


@exercise.wrong("the keys of before, those that have no query here, are left out: only the new positions see one another")
def without_the_past(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q) & (torch.arange(n_k) >= n_k - n_q)


@exercise.wrong("each position may see itself only")
def diagonal(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q).triu(n_k - n_q)


@exercise.wrong("each position may see itself and the one before it, and nothing earlier")
def one_step_back(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q).triu(n_k - n_q - 1)


@exercise.wrong("each position may see the few before it only, and nothing further back")
def short_window(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q).triu(n_k - n_q - 16)


@exercise.wrong("the triangle is the other one of the two: it runs from the lower left to the upper right")
def mirrored(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q).flip(-1)


@exercise.wrong(
    "the first query may see everything, perhaps for fear of an empty row: it may see itself and what is before it"
)
def first_sees_all(n_q, n_k):
    mask = table(n_q, n_k).tril(n_k - n_q)
    mask[0] = True
    return mask


# -- shape and dtype ---------------------------------------------------------------------------------------------------


@exercise.wrong("the mask is square, (n_k, n_k): it has a row for each query, and there are n_q of these")
def always_square(n_q, n_k):
    return table(n_k, n_k).tril()


@exercise.wrong("the mask is square, (n_q, n_q): it has a column for each key, and there are n_k of these")
def square_of_queries(n_q, n_k):
    return table(n_q, n_q).tril()


@exercise.wrong("rows and columns are exchanged: the shape is (n_k, n_q)")
def keys_in_rows(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q).T.flip(0, 1).contiguous()


@exercise.wrong("the mask holds the numbers 0 and 1 as floats instead of booleans")
def floats(n_q, n_k):
    return torch.ones(n_q, n_k).tril(n_k - n_q)


@exercise.wrong("the mask holds the whole numbers 0 and 1 instead of booleans")
def whole_numbers(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q).long()


@exercise.wrong("the mask holds 0 and minus infinity, to be added to scores, instead of booleans")
def additive(n_q, n_k):
    return torch.full((n_q, n_k), -torch.inf).triu(n_k - n_q + 1)


@exercise.wrong("the mask is cut from a table that has fewer positions than are asked for")
def table_too_small(n_q, n_k):
    return table(16, 16).tril()[max(0, min(16, n_k) - n_q) : n_k, :n_k]


@exercise.wrong("a single position gets another shape, perhaps from a `squeeze`: it should be (1, 1)")
def squeezed(n_q, n_k):
    mask = table(n_q, n_k).tril(n_k - n_q)
    return mask.squeeze() if n_k == 1 else mask


@exercise.wrong("a single query gets another shape, perhaps from a `squeeze`: it should be (1, n_k)")
def query_squeezed(n_q, n_k):
    mask = table(n_q, n_k).tril(n_k - n_q)
    return mask[0] if n_q == 1 else mask


@exercise.wrong("a list of rows is returned instead of a tensor")
def returns_list(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q).tolist()


@exercise.wrong("a numpy array is returned instead of a torch tensor")
def returns_numpy(n_q, n_k):
    return np.tri(n_q, n_k, n_k - n_q, dtype=bool)


@exercise.wrong("a dimension for items is put in front: the shape is (1, n_q, n_k)")
def with_batch_dimension(n_q, n_k):
    return table(n_q, n_k).tril(n_k - n_q)[None]


@exercise.wrong("the mask is made for one position more than there are")
def one_too_many(n_q, n_k):
    return table(n_q + 1, n_k + 1).tril(n_k - n_q)


@exercise.wrong("random numbers are drawn, which changes everyone's: the mask needs none")
def random_drawn(n_q, n_k):
    return (torch.rand(n_q, n_k) + 1).tril(n_k - n_q) > 0


# -- right in another way ----------------------------------------------------------------------------------------------


@exercise.right
def compared(n_q, n_k):
    keys = torch.arange(n_k)
    return keys <= keys[n_k - n_q :, None]


@exercise.right
def last_rows(n_q, n_k):
    return torch.ones(n_k, n_k).tril().bool()[-n_q:]


@exercise.right
def loop(n_q, n_k):
    mask = torch.zeros(n_q, n_k, dtype=torch.bool)
    for i in range(n_q):
        mask[i, : n_k - n_q + i + 1] = True
    return mask


@exercise.right
def from_numpy(n_q, n_k):
    return torch.from_numpy(np.tri(n_q, n_k, n_k - n_q, dtype=bool))


@exercise.right
def past_and_present(n_q, n_k):
    return torch.cat([torch.ones(n_q, n_k - n_q), torch.ones(n_q, n_q).tril()], dim=1) == 1
