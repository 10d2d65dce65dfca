import torch

from autograder.authoring import Exercise, Held


def finds_bad_split(split):
    """A test of your own making: does this function split heads wrongly?

    Parameters
    ----------
    split : a function that is called as `split_heads` is: split(x, n_heads), where x is a
        tensor (..., n, d_model) of any dtype. It may do what the docstring of `split_heads`
        says, or something else. Call it on inputs of your choice, as often as you like, with
        d_model divisible by n_heads.

    Returns
    -------
    bool : True where `split` is wrong for some input, False where it is right. A right one
        passes whether it returns a view or a copy, in any memory layout.

    The wrong functions that yours is tried on raise nothing. Their results may have a wrong
    shape or only wrong entries. Each of them happens to be right for some inputs: for a single
    head, or a single position, or where n, n_heads or d_head are equal; with no leading
    dimensions, or with one and no other number. Some are right at some positions or for some
    items only. Leave the global random state as it is: make entries that you know yourself.
    """
    x = torch.arange(360).reshape(2, 3, 5, 12)  # (..., n, d_model), two leading dimensions: no number stands twice
    heads = torch.stack([x[..., :4], x[..., 4:8], x[..., 8:]], dim=-3)  # (..., n_heads, n, d_head)
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


# right, and no copy: it looks at the memory of x
def split_o(x, n_heads):
    *lead, i, c = x.stride()
    shape = (*x.shape[:-2], n_heads, x.shape[-2], x.shape[-1] // n_heads)
    return x.as_strided(shape, (*lead, x.shape[-1] // n_heads * c, i, c))


# dimensions counted from the front: right with one leading dimension only
def split_p(x, n_heads):
    return split_a(x, n_heads).transpose(-3, -2).transpose(1, 2)


# the right numbers in the right order, positions and heads exchanged in the shape: right where these are as many
def split_q(x, n_heads):
    heads = split_a(x, n_heads)
    return heads.reshape(*x.shape[:-2], x.shape[-2], n_heads, heads.shape[-1])


# the same with positions and features of a head
def split_r(x, n_heads):
    heads = split_a(x, n_heads)
    return heads.reshape(*heads.shape[:-2], heads.shape[-1], x.shape[-2])


# right at the first position: at the others the heads are in reverse order
def split_s(x, n_heads):
    def where(head, i, c, n_heads, n, d_head):
        return i, torch.where(i == 0, head, n_heads - 1 - head) * d_head + c

    return taken(x, n_heads, where)


# right at all positions but the first, which holds the second
def split_t(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i.clamp(min=min(n - 1, 1)), head * d_head + c))


# every item gets the heads of the first
def split_u(x, n_heads):
    heads = split_a(x, n_heads)
    return heads[:1].expand_as(heads) if x.ndim > 2 else heads


# every item gets the heads of the last
def split_v(x, n_heads):
    heads = split_a(x, n_heads)
    return heads[-1:].expand_as(heads) if x.ndim > 2 else heads


# the positions of every head turned round
def split_w(x, n_heads):
    return split_a(x, n_heads).flip(-2)


# a dimension of 1 in front
def split_x(x, n_heads):
    return split_a(x, n_heads)[None]


def inputs(draw):
    yield "accepts right ones", {"split": Held("split_a")}, "a right split"
    yield "accepts right ones", {"split": Held("split_b")}, "a right split in another memory layout"
    yield "accepts right ones", {"split": Held("split_o")}, "a right split that copies nothing"
    yield "mixed up positions", {"split": Held("split_c")}, "a split that mixes positions and features"
    yield "mixed up positions", {"split": Held("split_l")}, "another split that mixes positions and features"
    yield "mixed up positions", {"split": Held("split_w")}, "a split that turns the positions round"
    yield "other mistakes", {"split": Held("split_x")}, "a split that puts a dimension of 1 in front"
    yield "other mistakes", {"split": Held("split_d")}, "a split in which the heads take turns"
    yield "other mistakes", {"split": Held("split_e")}, "a split with the heads in another order"
    yield "other mistakes", {"split": Held("split_f")}, "a split that gives all heads the same features"
    yield "other mistakes", {"split": Held("split_h")}, "a split that leaves the heads behind the positions"
    yield "other mistakes", {"split": Held("split_i")}, "a split that makes another number of heads"
    yield "other mistakes", {"split": Held("split_j")}, "a split that always makes two heads"
    yield "other mistakes", {"split": Held("split_k")}, "a split that loses a head"
    yield "other mistakes", {"split": Held("split_m")}, "a split that loses another head"
    yield "other mistakes", {"split": Held("split_n")}, "a split that makes a head of every feature"
    yield "other mistakes", {"split": Held("split_q")}, "a split with positions and heads exchanged in the shape"
    yield "other mistakes", {"split": Held("split_r")}, "a split with positions and features exchanged in the shape"
    yield "other mistakes", {"split": Held("split_s")}, "a split that is right at the first position only"
    yield "other mistakes", {"split": Held("split_t")}, "a split that is wrong at the first position only"
    yield "leading dimensions", {"split": Held("split_g")}, "a split that is wrong with leading dimensions only"
    yield "leading dimensions", {"split": Held("split_p")}, "a split that is right with one leading dimension only"
    yield "leading dimensions", {"split": Held("split_u")}, "a split that gives all items the heads of the first"
    yield "leading dimensions", {"split": Held("split_v")}, "a split that gives all items the heads of the last"


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
        "swaps two sizes cannot hide then. One that counts dimensions from the front is right for some number of leading ones "
        "only: one is the likeliest, so try two.",
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
        split_o,
        split_p,
        split_q,
        split_r,
        split_s,
        split_t,
        split_u,
        split_v,
        split_w,
        split_x,
    ),
)


def sample(*shape):
    x = 1
    for size in shape:
        x = x * size
    return torch.arange(x).reshape(shape)


def tried(split, n_heads=3, n=5, d_model=12, leads=((), (2,), (2, 3)), differ=lambda a, b: not torch.equal(a, b)):
    """Whether `split` and the right one differ for x of these sizes, with any of these leading dimensions."""
    return any(differ(split(x, n_heads), right(x, n_heads)) for x in (sample(*lead, n, d_model) for lead in leads))


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
    return not tried(split)


@exercise.wrong("a result of the right shape is called right, whatever its entries. Is the shape alone compared?")
def shape_only(split):
    return tried(split, differ=lambda a, b: a.shape != b.shape)


@exercise.wrong(
    "the test stops with an error where a wrong split has another shape, as `!=` and `allclose` do: compare the shapes first, or "
    "use `torch.equal`"
)
def compared_whatever_the_shape(split):
    return tried(split, differ=lambda a, b: bool((a != b).any()))


@exercise.wrong("the error that comes where the shapes differ is caught, and then the split is called right")
def error_swallowed(split):
    try:
        return compared_whatever_the_shape(split)
    except RuntimeError:
        return False


@exercise.wrong("the test's x has the same number everywhere, so entries in the wrong place do not show")
def all_equal(split):
    return not torch.equal(split(torch.ones(2, 4, 16), 4), torch.ones(2, 4, 4, 4))


@exercise.wrong("the result is flattened and compared with x: that is the order of a reshape, and calls right splits wrong")
def flattened(split):
    return tried(split, differ=lambda a, b: not torch.equal(a.reshape(-1), torch.arange(a.numel())))


@exercise.wrong("entries are compared in their order, and the shape of the result is not")
def order_only(split):
    return tried(split, differ=lambda a, b: not torch.equal(a.flatten(), b.flatten()))


@exercise.wrong("entries are compared without regard to their place. Are they sorted, or added up?")
def sorted_entries(split):
    return tried(split, differ=lambda a, b: not torch.equal(a.flatten().sort().values, b.flatten().sort().values))


@exercise.wrong(
    "a mistake within a head does not show. Are its entries added up before they are compared, or all alike in x?"
)
def sum_of_each_head(split):
    return tried(split, differ=lambda a, b: a.shape != b.shape or not torch.equal(a.sum((-2, -1)), b.sum((-2, -1))))


@exercise.wrong("all entries are compared together, without regard to their place. Are they added up, or sorted?")
def sum_of_all(split):
    return tried(split, differ=lambda a, b: a.shape != b.shape or bool(a.sum() != b.sum()))


@exercise.wrong("it is tried with a single head, for which there is nothing to split")
def single_head(split):
    return tried(split, n_heads=1)


@exercise.wrong("it is tried on a single position, where nothing can be mixed up between positions")
def single_position(split):
    return tried(split, n=1)


@exercise.wrong("it is tried where there are as many positions as heads, so that exchanging the two does not show")
def as_many_positions_as_heads(split):
    return tried(split, n=3)


@exercise.wrong(
    "it is tried where there are as many positions as features in a head, so that exchanging the two does not show"
)
def as_many_positions_as_features(split):
    return tried(split, n=4)


@exercise.wrong("what is wrong at later positions does not show. Is the first one alone looked at?")
def first_position_only(split):
    return tried(split, differ=lambda a, b: a.shape != b.shape or not torch.equal(a[..., 0, :], b[..., 0, :]))


@exercise.wrong("what is wrong at earlier positions does not show. Is the last one alone looked at?")
def last_position_only(split):
    return tried(split, differ=lambda a, b: a.shape != b.shape or not torch.equal(a[..., -1, :], b[..., -1, :]))


def item(place, leads):
    """A test that looks at one item of each x."""

    def differ(a, b):
        return a.shape != b.shape or not torch.equal(a[place], b[place])

    return lambda split: tried(split, leads=((),)) or tried(split, leads=leads, differ=differ)


@exercise.wrong("what is wrong in later items does not show. Is the first item alone looked at?")
def first_item_only(split):
    return item(0, ((2,), (2, 3)))(split)


@exercise.wrong("what is wrong in earlier items does not show. Is the last item alone looked at?")
def last_item_only(split):
    return item(-1, ((2,), (2, 3)))(split)


@exercise.wrong("what is wrong in later heads does not show. Is head 0 alone looked at?")
def head_0_only(split):
    return tried(split, differ=lambda a, b: not torch.equal(a[..., 0, :, :], b[..., 0, :, :]))


@exercise.wrong("what is wrong in earlier heads does not show. Is the last head alone looked at?")
def last_head_only(split):
    return tried(split, differ=lambda a, b: not torch.equal(a[..., -1, :, :], b[..., -1, :, :]))


@exercise.wrong("one row of the result is looked at, the first position of head 0")
def first_row_only(split):
    return tried(split, differ=lambda a, b: not torch.equal(a[..., 0, 0, :], b[..., 0, 0, :]))


@exercise.wrong("it is tried with two heads of two features, where n_heads and d_head cannot be told apart")
def square_head(split):
    return tried(split, n_heads=2, d_model=4)


@exercise.wrong(
    "a round trip is tried, and no more: merging joins any number of heads, so a wrong number of heads is not seen"
)
def round_trip(split):
    x = sample(2, 5, 12)
    return not torch.equal(split(x, 3).transpose(-3, -2).flatten(-2), x)


@exercise.wrong("it is tried with two heads, and no other number")
def two_heads_only(split):
    return tried(split, n_heads=2)


@exercise.wrong("what is wrong with leading dimensions does not show. Is x without any?")
def no_leading_dimensions(split):
    return tried(split, leads=((),))


@exercise.wrong("what is wrong with several items does not show. Is there a single one?")
def single_item(split):
    return tried(split, leads=((1,),))


@exercise.wrong("it is tried with one leading dimension, and with no other number of them")
def one_leading_dimension(split):
    return tried(split, leads=((2,),))


@exercise.wrong("an assertion fails inside the test where a split is wrong, instead of True being returned")
def asserts(split):
    assert not tried(split)
    return False


@exercise.wrong("a tensor with an answer for each entry is returned instead of one bool")
def entry_by_entry(split):
    x = sample(2, 5, 12)
    result = split(x, 3)
    return result != right(x, 3) if result.shape == (2, 3, 5, 4) else torch.ones(3, dtype=torch.bool)


# What comes back is data, in a layout of its own: these two see nothing but right splits that they accept.
@exercise.right
def layout_tested(split):
    return tried(split, differ=lambda a, b: not torch.equal(a, b) or not a.is_contiguous())


@exercise.right
def views_refused(split):
    return tried(split) or split(x := sample(2, 5, 12), 3).data_ptr() == x.data_ptr()


@exercise.wrong("the result is called wrong where all of it is wrong, and not where a part is: `any` and `all` are mixed up")
def all_entries_wrong(split):
    return tried(split, n_heads=4, differ=lambda a, b: a.shape != b.shape or bool((a != b).all()))


@exercise.wrong("nothing is returned")
def returns_nothing(split):
    tried(split)


@exercise.wrong("random numbers are drawn from the global generator, which is moved")
def global_random(split):
    torch.randn(2, 5, 12)
    return tried(split)


@exercise.right
def loop_over_entries(split):
    for items in (), (3,), (2, 3):
        x = sample(*items, 4, 10)
        result = split(x, 5)
        if result.shape != (*items, 5, 4, 2):
            return True
        for h in range(5):
            for i in range(4):
                for c in range(2):
                    if (result[..., h, i, c] != x[..., i, 2 * h + c]).any():
                        return True
    return False


@exercise.right
def back_and_forth(split):
    for x in sample(7, 12) * 0.5, sample(2, 7, 12) * 0.5, sample(2, 2, 7, 12):
        result = split(x, 3)
        if result.shape != (*x.shape[:-2], 3, 7, 4) or (torch.cat(result.unbind(-3), dim=-1) != x).any():
            return True
    return False


@exercise.right
def numbers_of_its_own(split):
    generator = torch.Generator().manual_seed(1)
    found = []
    for items in (), (4,), (4, 3):
        x = torch.randn(*items, 6, 10, generator=generator)
        found.append(not torch.equal(split(x, 5), x.unflatten(-1, (5, 2)).movedim(-2, -3)))
    return any(found)


@exercise.right
def several_tests(split):
    for shape, n_heads in (((5, 12), 3), ((2, 5, 12), 4), ((2, 3, 7, 10), 2), ((1, 8), 4)):
        x = sample(*shape)
        result, expected = split(x, n_heads), right(x, n_heads)
        if result.shape != expected.shape or not bool((result == expected).all()):
            return True
    return False


exercise.equivalent(
    "body line 1: torch.arange(360).reshape(2, 3, 5, 12) → torch.arange(360).reshape(3, 2, 5, 12)",
    "a test with three by two items is as good as one with two by three",
)
exercise.equivalent(
    "body line 3: torch.equal(split(x, 3), heads) → torch.equal(heads, split(x, 3))",
    "being equal does not depend on the order",
)
