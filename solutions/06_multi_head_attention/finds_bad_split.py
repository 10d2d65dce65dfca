import torch

from autograder.authoring import Exercise
from autograder.values import Function


def finds_bad_split(split):
    """A test of your own making: does this function split heads wrongly?

    Parameters
    ----------
    split : a function that is called as `split_heads` is: split(x, n_heads), where x is a tensor
        (..., n, d_model) of any dtype. It may do what the docstring of `split_heads` says, or
        something else. Call it on inputs of your choice, as often as you like, with d_model
        divisible by n_heads.

    Returns
    -------
    bool : True where `split` is wrong for some input, False where it is right. A right one passes
        whether it returns a view or a copy, in any memory layout.

    The wrong functions that yours is tried on raise nothing. Their results may have a wrong shape
    or only wrong entries. Each of them happens to be right for some inputs: for a single head, or a
    single position, or without leading dimensions, or where n, n_heads or d_head are equal. Leave
    the global random state as it is: make entries that you know yourself.
    """
    x = torch.arange(120).reshape(2, 5, 12)  # (items, n, d_model): no number stands twice
    heads = torch.stack([x[..., :4], x[..., 4:8], x[..., 8:]], dim=-3)  # (items, n_heads, n, d_head)
    return not torch.equal(split(x, 3), heads)


# -- what the judge holds: right and wrong splits, described by where each entry comes from -----------------------------


def taken(x, n_heads, where):
    n, d_head = x.shape[-2], x.shape[-1] // n_heads
    head, i, c = torch.meshgrid(torch.arange(n_heads), torch.arange(n), torch.arange(d_head), indexing="ij")
    row, column = where(head, i, c, n_heads, n, d_head)
    return x[..., row, column]


# right
def split_a(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, head * d_head + c))


# right, laid out in memory in another order
def split_b(x, n_heads):
    return split_a(x, n_heads).transpose(-1, -2).contiguous().transpose(-1, -2)


# a reshape without a transpose
def split_c(x, n_heads):
    def where(head, i, c, n_heads, n, d_head):
        place = (head * n + i) * d_head + c
        return place // (n_heads * d_head), place % (n_heads * d_head)

    return taken(x, n_heads, where)


# the heads take turns
def split_d(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, c * n_heads + head))


# the heads in reverse order
def split_e(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, (n_heads - 1 - head) * d_head + c))


# every head gets the first features
def split_f(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, c))


# heads and items are mixed up: right without leading dimensions
def split_g(x, n_heads):
    heads = split_a(x, n_heads)
    return heads.movedim(-3, 0).reshape(heads.shape)


# heads behind the positions
def split_h(x, n_heads):
    return split_a(x, n_heads).transpose(-3, -2)


# n_heads is taken for the width of a head
def split_i(x, n_heads):
    return split_a(x, x.shape[-1] // n_heads)


# two heads, whatever is asked for
def split_j(x, n_heads):
    return split_a(x, 2)


# the last head is lost: the one before it stands twice
def split_k(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, head.clamp(max=max(n_heads - 2, 0)) * d_head + c))


# a transpose before the reshape, and none after it
def split_l(x, n_heads):
    def where(head, i, c, n_heads, n, d_head):
        place = (head * n + i) * d_head + c
        return place % n, place // n

    return taken(x, n_heads, where)


# the first head is lost: the one after it stands twice
def split_m(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, head.clamp(min=min(n_heads - 1, 1)) * d_head + c))


# a head for every feature, unless a single head is asked for
def split_n(x, n_heads):
    return split_a(x, x.shape[-1] if n_heads > 1 else 1)


def inputs(draw):
    yield "accepts right ones", {"split": Function("split_a")}, "a right split"
    yield "accepts right ones", {"split": Function("split_b")}, "a right split in another memory layout"
    yield "mixed up positions", {"split": Function("split_c")}, "a split that mixes positions and features"
    yield "mixed up positions", {"split": Function("split_l")}, "another split that mixes positions and features"
    yield "other mistakes", {"split": Function("split_d")}, "a split in which the heads take turns"
    yield "other mistakes", {"split": Function("split_e")}, "a split with the heads in another order"
    yield "other mistakes", {"split": Function("split_f")}, "a split that gives all heads the same features"
    yield "other mistakes", {"split": Function("split_h")}, "a split that leaves the heads behind the positions"
    yield "other mistakes", {"split": Function("split_i")}, "a split that makes another number of heads"
    yield "other mistakes", {"split": Function("split_j")}, "a split that always makes two heads"
    yield "other mistakes", {"split": Function("split_k")}, "a split that loses a head"
    yield "other mistakes", {"split": Function("split_m")}, "a split that loses another head"
    yield "other mistakes", {"split": Function("split_n")}, "a split that makes a head of every feature"
    yield "leading dimensions", {"split": Function("split_g")}, "a split that is wrong with leading dimensions only"


exercise = Exercise(
    finds_bad_split,
    points={"accepts right ones": 1, "mixed up positions": 2, "other mistakes": 1, "leading dimensions": 1},
    takes={"split": None},
    gives=("",),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=8,
    needs=("split_heads",),
    hints=(
        "Make a small x in which no number stands twice, with `torch.arange(...)` and `reshape`. Then every entry of the "
        "result tells where it came from.",
        "Choose sizes that are all different: the number of items, positions, heads and features in a head. A mistake that "
        "swaps two sizes cannot hide then.",
        "What must head h hold? A range of columns of x, for all positions and items. Slices of x give you that, without "
        "calling any split. Compare all heads.",
        "`torch.equal(a, b)` is False where the shapes differ, and compares all entries where they do not. Return True where "
        "it finds a difference.",
    ),
    held=(
        split_a,
        split_b,
        split_c,
        split_d,
        split_e,
        split_f,
        split_g,
        split_h,
        split_i,
        split_j,
        split_k,
        split_l,
        split_m,
        split_n,
    ),
)


def sample(*shape):
    x = 1
    for size in shape:
        x = x * size
    return torch.arange(x).reshape(shape)


def parts(x, n_heads):
    """The heads cut out of x column by column."""
    d_head = x.shape[-1] // n_heads
    return [x[..., h * d_head : (h + 1) * d_head] for h in range(n_heads)]


def right(x, n_heads):
    return torch.stack(parts(x, n_heads), dim=-3)


@exercise.wrong("everything is called wrong, right splits too")
def always(split):
    return True


@exercise.wrong("nothing is called wrong")
def never(split):
    return False


@exercise.wrong("the answer is the wrong way round: True for a right split")
def inverted(split):
    x = sample(2, 5, 12)
    return torch.equal(split(x, 3), right(x, 3))


@exercise.wrong("only the shape of the result is looked at")
def shape_only(split):
    return split(sample(2, 5, 12), 3).shape != (2, 3, 5, 4)


@exercise.wrong(
    "entries are compared with `!=`, which stops with an error where a wrong split has another shape: compare the shapes first"
)
def compared_whatever_the_shape(split):
    x = sample(2, 5, 12)
    return bool((split(x, 3) != right(x, 3)).any())


@exercise.wrong("the test's x has the same number everywhere, so entries in the wrong place do not show")
def all_equal(split):
    return not torch.equal(split(torch.ones(2, 4, 16), 4), torch.ones(2, 4, 4, 4))


@exercise.wrong("the result is flattened and compared with x: that is the order of a reshape, and calls right splits wrong")
def flattened(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 3).reshape(-1), x.reshape(-1))


@exercise.wrong("entries are compared without regard to their place: sorted, or summed")
def sorted_entries(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 3).flatten().sort().values, x.flatten())


@exercise.wrong("it is tried with a single head, for which there is nothing to split")
def single_head(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 1), right(x, 1))


@exercise.wrong("it is tried on a single position, where nothing can be mixed up between positions")
def single_position(split):
    x = sample(2, 1, 12)
    return not torch.equal(split(x, 3), right(x, 3))


@exercise.wrong("only head 0 is looked at")
def head_0_only(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 3)[..., 0, :, :], x[..., :4])


@exercise.wrong("only the last head is looked at")
def last_head_only(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 3)[..., -1, :, :], x[..., 8:])


@exercise.wrong("only the first position of head 0 is looked at")
def first_row_only(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 3)[..., 0, 0, :], x[..., 0, :4])


@exercise.wrong("it is tried with two heads of two features, where n_heads and d_head cannot be told apart")
def square_head(split):
    x = sample(2, 5, 4)
    return not torch.equal(split(x, 2), right(x, 2))


@exercise.wrong("only a round trip is tried: merging joins any number of heads, so a wrong number of heads is not seen")
def round_trip(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 3).transpose(-3, -2).flatten(-2), x)


@exercise.wrong("it is tried with two heads only")
def two_heads_only(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 2), right(x, 2))


@exercise.wrong("it is tried on a single item without leading dimensions only")
def no_leading_dimensions(split):
    x = sample(5, 12)
    return not torch.equal(split(x, 3), right(x, 3))


@exercise.wrong("an assertion fails inside the test where a split is wrong, instead of True being returned")
def asserts(split):
    x = sample(2, 5, 12)
    assert torch.equal(split(x, 3), right(x, 3))
    return False


@exercise.wrong("a tensor with an answer for each entry is returned instead of one bool")
def entry_by_entry(split):
    x = sample(2, 5, 12)
    result = split(x, 3)
    return result != right(x, 3) if result.shape == (2, 3, 5, 4) else torch.ones(3, dtype=torch.bool)


@exercise.wrong("the memory layout is tested: a right split in another layout is called wrong")
def layout_tested(split):
    x = sample(2, 5, 12)
    result = split(x, 3)
    return not torch.equal(result, right(x, 3)) or not result.is_contiguous()


@exercise.wrong("the result is called wrong only where all of it is wrong: `any` and `all` are mixed up")
def all_entries_wrong(split):
    x = sample(2, 5, 12)
    result = split(x, 4)
    return result.shape != (2, 4, 5, 3) or bool((result != right(x, 4)).all())


@exercise.wrong("nothing is returned")
def returns_nothing(split):
    x = sample(2, 5, 12)
    torch.equal(split(x, 3), right(x, 3))


@exercise.wrong("random numbers are drawn from the global generator, which is moved")
def global_random(split):
    x = torch.randn(2, 5, 12)
    return not torch.equal(split(x, 3), right(x, 3))


@exercise.right
def loop_over_entries(split):
    x = sample(3, 4, 10)
    result = split(x, 5)
    if result.shape != (3, 5, 4, 2):
        return True
    for b in range(3):
        for h in range(5):
            for i in range(4):
                for c in range(2):
                    if result[b, h, i, c] != x[b, i, 2 * h + c]:
                        return True
    return False


@exercise.right
def back_and_forth(split):
    x = sample(2, 7, 12) * 0.5
    result = split(x, 3)
    if result.shape != (2, 3, 7, 4):
        return True
    return bool((torch.cat(result.unbind(-3), dim=-1) != x).any())


@exercise.right
def numbers_of_its_own(split):
    x = torch.randn(4, 3, 6, 10, generator=torch.Generator().manual_seed(1))
    return not torch.equal(split(x, 5), x.unflatten(-1, (5, 2)).movedim(-2, -3))


@exercise.right
def several_tests(split):
    for shape, n_heads in (((5, 12), 3), ((2, 5, 12), 4), ((2, 3, 7, 10), 2), ((1, 8), 4)):
        x = sample(*shape)
        result, expected = split(x, n_heads), right(x, n_heads)
        if result.shape != expected.shape or not bool((result == expected).all()):
            return True
    return False


exercise.equivalent(
    "body line 1: torch.arange(120).reshape(2, 5, 12) → torch.arange(120).reshape(5, 2, 12)",
    "a test with five items of two positions is as good as one with two items of five",
)
exercise.equivalent(
    "body line 3: torch.equal(split(x, 3), heads) → torch.equal(heads, split(x, 3))",
    "being equal does not depend on the order",
)
