import torch

from autograder.authoring import Array, Exercise, array


def merge_heads(x):
    """Put the heads' features side by side again: the inverse of split_heads.

    Parameters
    ----------
    x : tensor (..., n_heads, n, d_head) of any dtype, any number of leading dimensions or
        none.

    Returns
    -------
    tensor (..., n, d_model) with d_model = n_heads · d_head, in the dtype of x and
    differentiable. For each position the features of head 0 come first, then those of head 1,
    and so on: Concat in Vaswani et al. 2017, section 3.2.2.
    """
    parts = x.transpose(-3, -2)  # (..., n, n_heads, d_head)
    return parts.reshape(*parts.shape[:-2], -1)  # (..., n, d_model)


def inputs(draw):
    yield "values", draw(n_heads=2, n=3, d_head=1), "two heads of one feature"
    yield "values", draw(n_heads=2, n=3, d_head=4), "two heads of four features"
    yield "values", draw(n_heads=3, n=2, d_head=5), "three heads"
    yield "values", draw(n_heads=3, n=3, d_head=3), "three heads, three positions, three features"
    yield "values", draw(n_heads=1, n=4, d_head=3), "a single head"
    yield "values", draw(n_heads=4, n=1, d_head=2), "a single position"
    yield "batches", draw(lead=(2,), n_heads=3, n=4, d_head=5), "two items"
    yield "batches", draw(lead=(3,), n_heads=2, n=2, d_head=2), "three items, two heads of two features"
    yield "batches", draw(lead=(2, 3), n_heads=4, n=5, d_head=2), "two by three items"
    yield "values", draw(n_heads=10, n=3, d_head=2), "ten heads"
    for dtype, what in DTYPES.items():
        yield "dtypes", cast(draw(n_heads=3, n=4, d_head=2), dtype), what
    yield "gradients", draw(lead=(2,), n_heads=3, n=4, d_head=2), "gradients"


DTYPES = {
    "float16": "half precision (float16)",
    "bfloat16": "half precision (bfloat16)",
    "float64": "double precision, with all its digits",
    "int64": "integers above 2**24, which float32 does not hold",
    "bool": "True and False",
}


def cast(args, dtype):
    """`x` with numbers that take all the digits which `dtype` has."""
    x = args["x"].data
    x = {"int64": x * 8 + 2**24 + 1, "bool": x > 0}.get(dtype, x / 3)
    return args | {"x": array(x, dtype, "torch")}


exercise = Exercise(
    merge_heads,
    points={"values": 2, "batches": 1, "dtypes": 1, "gradients": 1, "side effects": 1},
    takes={"x": Array("... n_heads n d_head", integers=True)},
    gives=("... n d_model",),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=4,
    hints=(
        "What did split_heads do last? Undo that first.",
        "The heads must stand next to the features before the two can become one dimension. Which two dimensions have to "
        "swap?",
        "Swap dimensions -3 and -2, and look at the shape: (..., n, n_heads, d_head). Now nothing has to move any more.",
        "After a transpose the numbers no longer lie in memory in the order of the shape, so `view` refuses. `reshape` "
        "copies where it must. Keep all dimensions but the last two and let -1 stand for d_model.",
    ),
)


def turned(x):
    return x.transpose(-3, -2)  # (..., n, n_heads, d_head)


@exercise.wrong("one `reshape` or `view` does it all: without a transpose, positions and heads get mixed up")
def reshape_only(x):
    return x.reshape(*x.shape[:-3], x.shape[-2], -1)


@exercise.wrong("the heads take turns: feature 0 of every head comes first, then feature 1 of every head")
def interleaved(x):
    return x.movedim(-3, -1).flatten(-2)


@exercise.wrong("the heads are joined one below the other instead of side by side: (..., n_heads · n, d_head)")
def joined_below(x):
    return x.flatten(-3, -2)


@exercise.wrong("the average of the heads is taken instead of putting them side by side")
def averaged(x):
    return (x * 1.0).mean(-3)


@exercise.wrong("the heads are added up instead of put side by side")
def added(x):
    return x.sum(-3)


@exercise.wrong("only the first head is kept")
def first_head(x):
    return x[..., 0, :, :]


@exercise.wrong("only the last head is kept: each one overwrites the one before")
def last_head(x):
    return x[..., -1, :, :]


@exercise.wrong("heads and positions are swapped, but the features never become one dimension: (..., n, n_heads, d_head)")
def not_joined(x):
    return turned(x)


@exercise.wrong("`view` is called right after the transpose, and refuses: the numbers no longer lie in that order in memory")
def view_after_transpose(x):
    return turned(x).view(*x.shape[:-3], x.shape[-2], x.shape[-3] * x.shape[-1])


@exercise.wrong("dimensions 1 and 2 are swapped, counted from the front: right for a batch of items only")
def transposed_1_2(x):
    return x.transpose(1, 2).flatten(-2)


@exercise.wrong("dimensions 0 and 1 are swapped, counted from the front: right for a single item only")
def transposed_0_1(x):
    return x.transpose(0, 1).flatten(-2)


@exercise.wrong("`flatten(2)` counts from the front, which is right for a batch of items only")
def flattened_from_2(x):
    return turned(x).flatten(2)


@exercise.wrong("the items are joined too: positions of all items stand in one long list")
def items_joined(x):
    return turned(x).reshape(-1, x.shape[-3] * x.shape[-1])


@exercise.wrong("`batch, n_heads, n, d_head = x.shape` allows four dimensions and no other number of them")
def four_dimensions_only(x):
    batch, n_heads, n, d_head = x.shape
    return turned(x).reshape(batch, n, n_heads * d_head)


@exercise.wrong("the features come before the positions: (..., d_model, n)")
def features_before_positions(x):
    return x.transpose(-2, -1).flatten(-3, -2)


@exercise.wrong("the heads come in the reverse order")
def reversed_heads(x):
    return turned(x.flip(-3)).flatten(-2)


@exercise.wrong("the tensor is squeezed, so a dimension of length 1 is lost")
def squeezed(x):
    return merge_heads(x).squeeze()


@exercise.wrong("`transpose_`, with an underscore, turns round the caller's tensor itself")
def transposed_in_place(x):
    return x.transpose_(-3, -2).flatten(-2)


@exercise.wrong("a copy that is cut off from x is returned, so no gradient comes back")
def detached(x):
    return merge_heads(x.detach())


@exercise.wrong(
    "the numbers pass through float32, as in a `torch.zeros` without `dtype=x.dtype`: the digits it lacks are lost"
)
def through_float32(x):
    return merge_heads(x.float()).to(x.dtype)


@exercise.wrong("the numbers pass through half precision, which rounds those of other dtypes")
def through_half(x):
    return merge_heads(x.bfloat16()).to(x.dtype)


@exercise.wrong("the result is float32 where x is in half precision")
def half_widened(x):
    return merge_heads(x).float() if x.dtype in (torch.float16, torch.bfloat16) else merge_heads(x)


@exercise.wrong("numbers in half precision come out a little changed. Are they rounded once more?")
def half_rounded(x):
    joined = merge_heads(x)
    return (joined * 32).round() / 32 if x.dtype in (torch.float16, torch.bfloat16) else joined


@exercise.wrong("the result is 0 in float16, and right in the other dtypes")
def float16_zeroed(x):
    joined = merge_heads(x)
    return torch.zeros_like(joined) if x.dtype is torch.float16 else joined


@exercise.wrong("the transpose is missing in half precision, where positions and heads get mixed up")
def half_not_transposed(x):
    return reshape_only(x) if x.dtype in (torch.float16, torch.bfloat16) else merge_heads(x)


@exercise.wrong("integers become floats")
def integers_to_floats(x):
    return merge_heads(x) if x.is_floating_point() or x.dtype is torch.bool else merge_heads(x).float()


@exercise.wrong("a dtype is refused: x may be of any")
def bool_refused(x):
    if x.dtype is torch.bool:
        raise TypeError("expected numbers")
    return merge_heads(x)


@exercise.wrong("some heads are lost where there are many")
def eight_heads_at_most(x):
    return merge_heads(x[..., :8, :, :])


@exercise.wrong("the result is always float32, whatever dtype x had")
def always_float32(x):
    return merge_heads(x).float()


@exercise.wrong("the result is all zeros")
def zeros(x):
    return torch.zeros_like(merge_heads(x))


@exercise.right
def contiguous_view(x):
    return turned(x).contiguous().view(*x.shape[:-3], x.shape[-2], x.shape[-3] * x.shape[-1])


@exercise.right
def concatenated(x):
    return torch.cat(x.unbind(-3), dim=-1)


@exercise.right
def loop(x):
    *lead, n_heads, n, d_head = x.shape
    out = x.new_zeros(*lead, n, n_heads * d_head)
    for i in range(n_heads):
        out[..., i * d_head : (i + 1) * d_head] = x[..., i, :, :]
    return out


@exercise.right
def einsum(x):
    return torch.einsum("...hnd->...nhd", x).flatten(-2)


@exercise.right
def other_memory_layout(x):
    return x.transpose(-2, -1).flatten(-3, -2).transpose(-2, -1)
