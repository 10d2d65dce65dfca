import torch

from autograder.authoring import Array, Exercise, Number, array
from autograder.authoring.exercise import normal

from .merge_heads import DTYPES, cast


def split_heads(x, n_heads):
    """Cut the features of each position into n_heads equal parts, one for each head.

    Parameters
    ----------
    x : tensor (..., n, d_model) of any dtype, with any number of leading dimensions or none; n
        ≥ 1.
    n_heads : the number of heads, a whole number of at least 1.

    Returns
    -------
    tensor (..., n_heads, n, d_head) with d_head = d_model / n_heads, in the dtype of x and
    differentiable. Head 0 holds the first d_head features of every position, head 1 the next
    d_head, and so on (Vaswani et al. 2017, section 3.2.2).

    Raises
    ------
    ValueError : where d_model is not divisible by n_heads. The message should say both
        numbers.
    """
    d_model = x.shape[-1]
    if d_model % n_heads:
        raise ValueError(f"d_model must be divisible by n_heads, found d_model {d_model} and n_heads {n_heads}")
    parts = x.reshape(*x.shape[:-1], n_heads, d_model // n_heads)  # (..., n, n_heads, d_head)
    return parts.transpose(-3, -2)  # (..., n_heads, n, d_head)


def paired(rng, shape):
    """Twice as many features as asked for, so that the engine's inputs, of any width, suit two heads."""
    return normal(rng, (*shape[:-1], 2 * shape[-1]))


def inputs(draw):
    yield "values", features(draw, n=2, n_heads=2, d_head=1), "two positions, two heads of one feature"
    yield "values", features(draw, n=3, n_heads=2, d_head=4), "three positions, two heads of four features"
    yield "values", features(draw, n=4, n_heads=3, d_head=2), "four positions, three heads"
    yield "values", features(draw, n=6, n_heads=3, d_head=3), "three heads of three features"
    yield "values", features(draw, n=3, n_heads=1, d_head=4), "a single head"
    yield "values", features(draw, n=1, n_heads=3, d_head=2), "a single position"
    yield "batches", features(draw, (2,), n=4, n_heads=3, d_head=5), "two items"
    yield "batches", features(draw, (3,), n=2, n_heads=2, d_head=4), "three items, two heads"
    yield "batches", features(draw, (2, 3), n=5, n_heads=4, d_head=2), "two by three items"
    yield "errors", features(draw, n=2, n_heads=1, d_head=5) | {"n_heads": 3}, "5 features for 3 heads", "ValueError"
    yield "errors", features(draw, (2,), n=3, n_heads=1, d_head=4) | {"n_heads": 8}, "4 features for 8 heads", "ValueError"
    yield "values", features(draw, n=3, n_heads=10, d_head=2), "ten heads"
    yield (
        "errors",
        features(draw, n=3, n_heads=1, d_head=4) | {"n_heads": 3},
        "4 features for 3 heads, 3 positions",
        "ValueError",
    )
    for dtype, what in DTYPES.items():
        yield "dtypes", cast(features(draw, n=4, n_heads=3, d_head=2), dtype), what
    yield "gradients", features(draw, (2,), n=3, n_heads=2, d_head=2), "gradients"


def features(draw, lead=(), *, n, n_heads, d_head):
    x = draw(lead=lead, n=n, d_model=n_heads * d_head)["x"].data[..., : n_heads * d_head]
    return {"x": array(x, backend="torch"), "n_heads": n_heads}


exercise = Exercise(
    split_heads,
    points={"values": 2, "batches": 1, "errors": 1, "dtypes": 1, "gradients": 1, "side effects": 1},
    takes={"x": Array("... n d_model", draw=paired, integers=True), "n_heads": Number(lambda rng: 2)},
    gives=("... n_heads n d_head",),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=8,
    hints=(
        "Take one position with 6 features and 2 heads. Which belong to head 0? Each head gets a run of neighbours.",
        "Two steps. First cut the last dimension in two, (n_heads, d_head), leaving all others alone: no number moves yet. "
        "Then bring the heads in front of the positions.",
        "`reshape` never moves a number past another, so it cannot bring the heads to the front. `transpose` can. Count the "
        "dimensions from the end (-1, -2, -3) and any leading ones take care of themselves.",
        "Check first: where `d_model % n_heads` is not 0, `raise ValueError(...)` with both numbers. Then reshape to "
        "(..., n, n_heads, d_head) and swap dimensions -3 and -2.",
    ),
)


def checked(x, n_heads):
    """The width of one head."""
    if x.shape[-1] % n_heads:
        raise ValueError(f"{x.shape[-1]} features cannot be divided among {n_heads} heads")
    return x.shape[-1] // n_heads


@exercise.wrong("one `reshape` or `view` does it all: without a transpose, positions and features get mixed up")
def reshape_only(x, n_heads):
    d_head = checked(x, n_heads)
    return x.reshape(*x.shape[:-2], n_heads, x.shape[-2], d_head)


@exercise.wrong("the heads take turns: head i gets features i, i + n_heads, … instead of a run of neighbours")
def interleaved(x, n_heads):
    d_head = checked(x, n_heads)
    return x.reshape(*x.shape[:-1], d_head, n_heads).movedim(-1, -3)


@exercise.wrong("the features are cut, but the heads still stand behind the positions: (..., n, n_heads, d_head)")
def not_transposed(x, n_heads):
    return x.reshape(*x.shape[:-1], n_heads, checked(x, n_heads))


@exercise.wrong("positions and features of each head are swapped: (..., n_heads, d_head, n)")
def features_before_positions(x, n_heads):
    return split_heads(x, n_heads).transpose(-2, -1)


@exercise.wrong("`n_heads` is taken for the number of features in a head")
def n_heads_as_width(x, n_heads):
    return split_heads(x, checked(x, n_heads))


@exercise.wrong("the positions are divided among the heads instead of the features")
def positions_divided(x, n_heads):
    checked(x, n_heads)
    return x.reshape(*x.shape[:-2], n_heads, x.shape[-2] // n_heads, x.shape[-1])


@exercise.wrong("every head gets a copy of all features instead of its own part")
def all_features_for_each(x, n_heads):
    checked(x, n_heads)
    return torch.stack([x] * n_heads, dim=-3)


@exercise.wrong("every head gets the features of the first head")
def first_part_for_each(x, n_heads):
    d_head = checked(x, n_heads)
    return torch.stack([x[..., :d_head]] * n_heads, dim=-3)


@exercise.wrong("features that do not fit are dropped, and nothing is raised")
def remainder_dropped(x, n_heads):
    d_head = x.shape[-1] // n_heads
    return split_heads(x[..., : n_heads * d_head], n_heads)


@exercise.wrong("nothing checks that d_model is divisible by n_heads, so torch raises a RuntimeError of its own")
def no_check(x, n_heads):
    return x.reshape(*x.shape[:-1], n_heads, x.shape[-1] // n_heads).transpose(-3, -2)


@exercise.wrong("`assert` makes the check, and raises AssertionError instead of ValueError")
def asserted(x, n_heads):
    assert x.shape[-1] % n_heads == 0, "d_model must be divisible by n_heads"
    return split_heads(x, n_heads)


@exercise.wrong("dimensions 1 and 2 are swapped, counted from the front: right for a batch of items only")
def transposed_1_2(x, n_heads):
    return x.reshape(*x.shape[:-1], n_heads, checked(x, n_heads)).transpose(1, 2)


@exercise.wrong("dimensions 0 and 1 are swapped, counted from the front: right for a single item only")
def transposed_0_1(x, n_heads):
    return x.reshape(*x.shape[:-1], n_heads, checked(x, n_heads)).transpose(0, 1)


@exercise.wrong("`batch, n, d_model = x.shape` allows three dimensions and no other number of them")
def three_dimensions_only(x, n_heads):
    batch, n, d_model = x.shape
    checked(x, n_heads)
    return x.reshape(batch, n, n_heads, d_model // n_heads).transpose(1, 2)


@exercise.wrong("a tuple of heads is returned instead of one tensor")
def tuple_of_heads(x, n_heads):
    return x.split(checked(x, n_heads), dim=-1)


@exercise.wrong("the heads are stacked in front of the items: (n_heads, ..., n, d_head)")
def heads_before_items(x, n_heads):
    return torch.stack(x.split(checked(x, n_heads), dim=-1))


@exercise.wrong("the heads are joined one below the other, with no dimension of their own: (..., n_heads · n, d_head)")
def joined_below(x, n_heads):
    return torch.cat(x.split(checked(x, n_heads), dim=-1), dim=-2)


@exercise.wrong("the heads come in the reverse order")
def reversed_heads(x, n_heads):
    return split_heads(x, n_heads).flip(-3)


@exercise.wrong("a copy that is cut off from x is returned, so no gradient comes back")
def detached(x, n_heads):
    return split_heads(x.detach(), n_heads)


@exercise.wrong(
    "the numbers pass through float32, as in a `torch.zeros` without `dtype=x.dtype`: the digits it lacks are lost"
)
def through_float32(x, n_heads):
    return split_heads(x.float(), n_heads).to(x.dtype)


@exercise.wrong("the numbers pass through half precision, which rounds those of other dtypes")
def through_half(x, n_heads):
    return split_heads(x.bfloat16(), n_heads).to(x.dtype)


@exercise.wrong("the result is float32 where x is in half precision")
def half_widened(x, n_heads):
    heads = split_heads(x, n_heads)
    return heads.float() if x.dtype in (torch.float16, torch.bfloat16) else heads


@exercise.wrong("numbers in half precision come out a little changed. Are they rounded once more?")
def half_rounded(x, n_heads):
    heads = split_heads(x, n_heads)
    return (heads * 32).round() / 32 if x.dtype in (torch.float16, torch.bfloat16) else heads


@exercise.wrong("the result is 0 in float16, and right in the other dtypes")
def float16_zeroed(x, n_heads):
    heads = split_heads(x, n_heads)
    return torch.zeros_like(heads) if x.dtype is torch.float16 else heads


@exercise.wrong("the transpose is missing in half precision, where positions and features get mixed up")
def half_not_transposed(x, n_heads):
    return reshape_only(x, n_heads) if x.dtype in (torch.float16, torch.bfloat16) else split_heads(x, n_heads)


@exercise.wrong("integers become floats")
def integers_to_floats(x, n_heads):
    heads = split_heads(x, n_heads)
    return heads if x.is_floating_point() or x.dtype is torch.bool else heads.float()


@exercise.wrong("a dtype is refused: x may be of any")
def bool_refused(x, n_heads):
    if x.dtype is torch.bool:
        raise TypeError("expected numbers")
    return split_heads(x, n_heads)


@exercise.wrong("some heads are lost where there are many")
def eight_heads_at_most(x, n_heads):
    return split_heads(x, n_heads)[..., :8, :, :]


@exercise.wrong("a ValueError is raised where there are fewer features than heads: they must be divisible, too")
def fewer_features_refused(x, n_heads):
    if x.shape[-1] < n_heads:
        raise ValueError("too few features")
    d_head = x.shape[-1] // n_heads
    return split_heads(x[..., : n_heads * d_head], n_heads)


@exercise.wrong("the positions are asked to be divisible by n_heads: it is the features that are divided")
def positions_checked(x, n_heads):
    if x.shape[-2] % n_heads:
        raise ValueError("positions")
    return x.unflatten(-1, (n_heads, -1)).transpose(-3, -2)


@exercise.wrong("the result is always float32, whatever dtype x had")
def always_float32(x, n_heads):
    return split_heads(x, n_heads).float()


@exercise.wrong("the result is all zeros")
def zeros(x, n_heads):
    return torch.zeros_like(split_heads(x, n_heads))


@exercise.right
def unflattened(x, n_heads):
    d_head = checked(x, n_heads)
    return x.unflatten(-1, (n_heads, d_head)).movedim(-2, -3).contiguous()


@exercise.right
def stacked(x, n_heads):
    return torch.stack(x.split(checked(x, n_heads), dim=-1), dim=-3)


@exercise.right
def chunked(x, n_heads):
    checked(x, n_heads)
    return torch.cat([part.unsqueeze(-3) for part in x.chunk(n_heads, dim=-1)], dim=-3)


@exercise.right
def loop(x, n_heads):
    d_head = checked(x, n_heads)
    out = x.new_zeros(*x.shape[:-2], n_heads, x.shape[-2], d_head)
    for i in range(n_heads):
        out[..., i, :, :] = x[..., i * d_head : (i + 1) * d_head]
    return out


@exercise.right
def einsum(x, n_heads):
    checked(x, n_heads)
    return torch.einsum("...nhd->...hnd", x.unflatten(-1, (n_heads, -1)))
