import numpy as np
import torch

from autograder.authoring import Exercise, Number, array


def padding_mask(lengths, n):
    """The mask that hides padding from every query.

    Parameters
    ----------
    lengths : int64 torch tensor (batch,): how many real tokens each item has, from 0
        to n. They come first, padding after them. It is left as it was.
    n : how many positions each item is padded to, a whole number of at least 1.

    Returns
    -------
    boolean torch tensor (batch, 1, n): True where a key is a real token.

    Raises
    ------
    ValueError : where a length is below 0 or above n.
    """
    if (lengths < 0).any() or (lengths > n).any():
        raise ValueError(f"lengths must lie between 0 and {n}, found {lengths.tolist()}")
    return torch.arange(n) < lengths[:, None, None]  # (n,) against (batch, 1, 1) gives (batch, 1, n)


def inputs(draw):
    yield "values", items([2], 3), "one item of length 2, padded to 3"
    yield "values", items([1, 3], 3), "two items, the second without padding"
    yield "values", items([3, 1], 4), "two items, both padded"
    yield "values", items([4, 2, 3], 4), "three items"
    yield "values", items([2, 2, 2, 2], 2), "four items without any padding"
    yield "values", items([1], 1), "a single token"
    for batch in (5, 3):
        n = 1 + draw()["n"]
        yield "values", items([1 + draw()["n"] % n for _ in range(batch)], n), "several items"
    yield "values", items([draw()["n"], 140, 139], 140), "three items, padded to 140"
    yield "empty items", items([0], 2), "an item without a single token"
    yield "empty items", items([2, 0, 1], 5), "an empty item between two others"
    yield "errors", items([1, 4], 3), "a length of 4, padded to 3", "ValueError"
    yield "errors", items([-1, 2], 3), "a length of -1", "ValueError"
    yield "errors", items([4, 1], 3), "a length of 4, padded to 3, in front", "ValueError"
    yield "errors", items([2, -1], 3), "a length of -1 at the end", "ValueError"
    yield "errors", items([5, 4], 3), "two lengths above n", "ValueError"


def items(lengths, n):
    return {"lengths": array(lengths, "int64", "torch"), "n": n}


exercise = Exercise(
    padding_mask,
    points={"values": 2, "empty items": 1, "errors": 1},
    takes={"lengths": None, "n": Number(lambda rng: int(rng.integers(5, 10)))},
    gives=("batch 1 n",),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=4,
    hints=(
        "Take one item of length 2, padded to 4, and write down its row: True, True, False, False. Which numbers 0, 1, 2, 3 "
        "are True?",
        "Key j is a real token where j < length. `torch.arange(n)` holds every j. Give the lengths a shape such that the "
        "comparison makes one row an item.",
        "`lengths[:, None, None]` has shape (batch, 1, 1). Compared with shape (n,) it gives (batch, 1, n). Test the lengths "
        "first: `.any()` of a comparison.",
    ),
)


def checked(lengths, n):
    if (lengths < 0).any() or (lengths > n).any():
        raise ValueError("out of range")


@exercise.wrong("one token too many counts as real: `<=` where `<` is needed")
def one_too_many(lengths, n):
    checked(lengths, n)
    return torch.arange(n) <= lengths[:, None, None]


@exercise.wrong("the last real token of each item is taken for padding")
def one_too_few(lengths, n):
    checked(lengths, n)
    return torch.arange(n) < lengths[:, None, None] - 1


@exercise.wrong("padding is marked True and real tokens False, the other way round")
def inverted(lengths, n):
    checked(lengths, n)
    return torch.arange(n) >= lengths[:, None, None]


@exercise.wrong("the dimension for the queries is missing: shape (batch, n) would be read as (n_q, n_k)")
def no_query_dimension(lengths, n):
    checked(lengths, n)
    return torch.arange(n) < lengths[:, None]


@exercise.wrong("the shape is (batch, n, 1): it blocks queries instead of keys")
def queries_blocked(lengths, n):
    return padding_mask(lengths, n).transpose(1, 2)


@exercise.wrong("padding queries are blocked as well, with a whole table for each item")
def whole_table(lengths, n):
    real = padding_mask(lengths, n)
    return real & real.transpose(1, 2)


@exercise.wrong("the row is repeated for each query, so the shape is (batch, n, n)")
def repeated(lengths, n):
    return padding_mask(lengths, n).expand(-1, n, -1).clone()


@exercise.wrong("padding is taken to stand before the real tokens instead of after them")
def padding_first(lengths, n):
    return padding_mask(lengths, n).flip(-1)


@exercise.wrong("`n` is not used: the mask is as long as the longest item")
def n_ignored(lengths, n):
    checked(lengths, n)
    return torch.arange(int(lengths.max())) < lengths[:, None, None]


@exercise.wrong("all items get the length of the first")
def first_length(lengths, n):
    checked(lengths, n)
    return (torch.arange(n) < lengths[0]).expand(len(lengths), 1, n).clone()


@exercise.wrong("an item without tokens may attend to everything, to avoid a blocked row")
def empty_sees_all(lengths, n):
    checked(lengths, n)
    return torch.arange(n) < torch.where(lengths == 0, n, lengths)[:, None, None]


@exercise.wrong("an item without tokens keeps its first key, to avoid a blocked row")
def empty_keeps_one(lengths, n):
    checked(lengths, n)
    return torch.arange(n) < lengths.clamp(min=1)[:, None, None]


@exercise.wrong("the last n - length entries are cut with `-(n - length):`, and where that is -0 the whole row is cut")
def cut_from_behind(lengths, n):
    checked(lengths, n)
    mask = torch.ones(len(lengths), 1, n, dtype=torch.bool)
    for i, length in enumerate(lengths.tolist()):
        mask[i, 0, -(n - length) :] = False
    return mask


@exercise.wrong("a length of 0 raises an error: an item without tokens is allowed, and gets a row of False")
def empty_refused(lengths, n):
    if (lengths <= 0).any() or (lengths > n).any():
        raise ValueError("out of range")
    return padding_mask(lengths, n)


@exercise.wrong("the mask holds the numbers 0 and 1 instead of booleans")
def floats(lengths, n):
    return padding_mask(lengths, n).float()


@exercise.wrong("the mask holds 0 and minus infinity, to be added to scores, instead of booleans")
def additive(lengths, n):
    return torch.zeros(len(lengths), 1, n).masked_fill(~padding_mask(lengths, n), -torch.inf)


@exercise.wrong("a causal mask is mixed in, which is another function's work")
def causal_too(lengths, n):
    return padding_mask(lengths, n) & torch.ones(n, n, dtype=torch.bool).tril()


@exercise.wrong("a length below 0 or above n is accepted without an error")
def no_error(lengths, n):
    return torch.arange(n) < lengths[:, None, None]


@exercise.wrong("a length above n raises an error, but one below 0 does not")
def negative_accepted(lengths, n):
    if (lengths > n).any():
        raise ValueError("too long")
    return torch.arange(n) < lengths[:, None, None]


@exercise.wrong("a length below 0 raises an error, but one above n does not")
def too_long_accepted(lengths, n):
    if (lengths < 0).any():
        raise ValueError("negative")
    return torch.arange(n) < lengths[:, None, None]


@exercise.wrong("only the first item's length is checked")
def first_checked(lengths, n):
    checked(lengths[:1], n)
    return torch.arange(n) < lengths[:, None, None]


@exercise.wrong("only the last item's length is checked")
def last_checked(lengths, n):
    checked(lengths[-1:], n)
    return torch.arange(n) < lengths[:, None, None]


@exercise.wrong("an error is raised where all lengths are out of range: `all` stands where `any` is needed")
def all_out_of_range(lengths, n):
    if (lengths < 0).all() or (lengths > n).all():
        raise ValueError("out of range")
    return torch.arange(n) < lengths[:, None, None]


@exercise.wrong("a length of n raises an error: an item without padding is allowed")
def full_refused(lengths, n):
    if (lengths < 0).any() or (lengths >= n).any():
        raise ValueError("out of range")
    return torch.arange(n) < lengths[:, None, None]


@exercise.wrong("the mask is cut from a table that is too small for this n")
def table_too_small(lengths, n):
    checked(lengths, n)
    return torch.ones(33, 32, dtype=torch.bool).tril(-1)[lengths.clamp(max=32)][:, None, :n]


@exercise.wrong("the lengths are sorted first, so an item may get the mask of another")
def sorted_lengths(lengths, n):
    return padding_mask(lengths.sort().values, n)


@exercise.wrong("for a single item the first dimension is lost, perhaps to a `squeeze`: the shape should be (1, 1, n)")
def squeezed(lengths, n):
    return padding_mask(lengths, n).squeeze(0)


@exercise.wrong("`assert` makes the check, and raises AssertionError instead of ValueError")
def asserted(lengths, n):
    assert ((lengths >= 0) & (lengths <= n)).all()
    return padding_mask(lengths, n)


@exercise.wrong("a numpy array is returned instead of a torch tensor")
def returns_numpy(lengths, n):
    return padding_mask(lengths, n).numpy()


@exercise.wrong("`lengths` is changed in place")
def in_place(lengths, n):
    checked(lengths, n)
    lengths -= 1
    return torch.arange(n) <= lengths[:, None, None]


@exercise.wrong("nothing is allowed")
def all_false(lengths, n):
    return torch.zeros_like(padding_mask(lengths, n))


@exercise.right
def loop(lengths, n):
    checked(lengths, n)
    mask = torch.zeros(len(lengths), 1, n, dtype=torch.bool)
    for i, length in enumerate(lengths.tolist()):
        mask[i, 0, :length] = True
    return mask


@exercise.right
def from_numpy(lengths, n):
    lengths = lengths.numpy()
    if lengths.min() < 0 or lengths.max() > n:
        raise ValueError
    return torch.from_numpy(np.greater.outer(lengths, np.arange(n))[:, None])


@exercise.right
def rows_of_a_triangle(lengths, n):
    checked(lengths, n)
    return torch.ones(n + 1, n).tril(-1).bool()[lengths].unsqueeze(1)


@exercise.right
def list_of_rows(lengths, n):
    if any(not 0 <= length <= n for length in lengths.tolist()):
        raise ValueError
    return torch.tensor([[[j < length for j in range(n)]] for length in lengths.tolist()])
