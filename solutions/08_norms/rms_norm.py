import torch

from autograder.authoring import Array, Exercise, array


def rms_norm(x, gain, eps=1e-6):
    """RMSNorm (Zhang and Sennrich 2019): every token by itself gets mean square 1.

    Of each token, which is a row of d numbers, take the mean of the d squares, and divide the
    token by √(mean square + eps). Then each feature is multiplied by its gain. Nothing is
    taken off, and there is no bias.

    Parameters
    ----------
    x : tensor (..., d) of floats, one token a row; float16 and bfloat16 as well.
    gain : tensor (d,), in the dtype of x.
    eps : a number above 0. It stands under the root, beside the mean square.

    Returns
    -------
    tensor (..., d), in the dtype of x and differentiable. A token of zeros gives zeros, with
    finite gradients. In float16 entries such as 300 work, too: their squares are beyond the
    largest float16 number, 65504. The arguments are left as they were.

    Write the steps yourself: `torch.nn.functional.rms_norm` and the like do not count.
    """
    wide = x.float()  # (..., d), float32: it holds the squares
    mean_square = wide.square().mean(dim=-1, keepdim=True)  # (..., 1)
    return (wide / torch.sqrt(mean_square + eps)).to(x.dtype) * gain  # (..., d)


def inputs(draw):
    yield "values", draw(d=4, scale=8), "one token of four numbers"
    yield "values", moved(draw(lead=(3,), d=6, scale=8), 16.0), "three tokens of six numbers"
    yield "values", moved(draw(lead=(5,), d=5, scale=8), -12.0), "as many tokens as features"
    yield "batches", draw(lead=(2, 3), d=6, scale=8), "two sequences of three tokens"
    yield "batches", draw(lead=(4, 4), d=4, scale=8), "sequences, tokens and features of one number"
    yield "batches", draw(lead=(2, 3, 4), d=5, scale=8), "one more leading dimension"
    yield "large numbers", draw(lead=(3,), d=6) | {"eps": 0.75}, "a large eps"
    yield "large numbers", draw(lead=(3,), d=6, scale=1 / 512), "small tokens, with the eps that is the default"
    yield "large numbers", zeros(draw(lead=(2,), d=5)), "a token of zeros among others"
    yield "dtypes", moved(draw(lead=(2,), d=6, dtype="float16"), 300.0), "half precision (float16), entries near 300"
    yield "dtypes", draw(lead=(2,), d=6, dtype="bfloat16"), "half precision (bfloat16)"
    yield "gradients", draw(lead=(2, 3), d=5), "gradients"
    yield "gradients", zeros(draw(lead=(2,), d=5)), "gradients, with a token of zeros"


def moved(args, by):
    """The tokens with another mean."""
    return args | {"x": array(args["x"].data + by, args["x"].dtype, "torch")}


def zeros(args):
    """The first token is 0."""
    x = args["x"].data.copy()
    x[0] = 0.0
    return args | {"x": array(x, backend="torch")}


exercise = Exercise(
    rms_norm,
    points={"values": 2, "batches": 1, "large numbers": 1, "dtypes": 1, "gradients": 1, "side effects": 1},
    takes={"x": Array("... d"), "gain": Array("d"), "eps": None},
    gives=("... d",),
    inputs=inputs,
    backend="torch",
    difficulty=1,
    minutes=5,
    ready_made=("torch.nn.functional.rms_norm", "torch.rms_norm", "torch.nn.RMSNorm"),
    hints=(
        "It is your `layer_norm` with two things left out. Which two?",
        "Mean the squares of the token over its d features, keep that dimension, add eps, take the root, and divide.",
        "In float16 the square of 300 is infinite. Make the squares and their mean in float32 (`x.float()`), and turn the "
        "result back into the dtype of x with `.to(x.dtype)`.",
    ),
)


def mean_square(x):
    return x.square().mean(-1, keepdim=True)


def widened(x):
    return x.float()


def divided(x, by, gain):
    """x / by, made in float32 at least."""
    return (widened(x) / by).to(x.dtype) * gain


@exercise.wrong("the mean is taken off first: this is LayerNorm without its bias")
def mean_taken_off(x, gain, eps=1e-6):
    wide = widened(x)
    return rms_norm((wide - wide.mean(-1, keepdim=True)).to(x.dtype), gain, eps)


@exercise.wrong(
    "the token is divided by its length, so that a factor √d is missing: the squares are summed and not averaged"
)
def by_the_length(x, gain, eps=1e-6):
    return divided(x, (widened(x).square().sum(-1, keepdim=True) + eps).sqrt(), gain)


@exercise.wrong("the token is divided by the mean of its squares, without a root")
def no_root(x, gain, eps=1e-6):
    return divided(x, mean_square(widened(x)) + eps, gain)


@exercise.wrong("eps is added to the root of the mean square, and it stands under the root")
def eps_outside(x, gain, eps=1e-6):
    return divided(x, mean_square(widened(x)).sqrt() + eps, gain)


@exercise.wrong("the token is divided by its standard deviation: that takes the mean off before squaring")
def by_the_deviation(x, gain, eps=1e-6):
    return divided(x, (widened(x).var(-1, keepdim=True, correction=0) + eps).sqrt(), gain)


@exercise.wrong("the token is divided by the mean of its absolute values")
def by_mean_size(x, gain, eps=1e-6):
    return divided(x, widened(x).abs().mean(-1, keepdim=True) + eps, gain)


@exercise.wrong("the mean is squared, where the squares should be averaged")
def mean_squared(x, gain, eps=1e-6):
    return divided(x, (widened(x).mean(-1, keepdim=True).square() + eps).sqrt(), gain)


@exercise.wrong("the gain counts from 1, as `1 + gain`: some models store it so, and this one does not")
def one_plus_gain(x, gain, eps=1e-6):
    return rms_norm(x, 1 + gain, eps)


@exercise.wrong("the gain is left out")
def no_gain(x, gain, eps=1e-6):
    return rms_norm(x, torch.ones_like(gain), eps)


@exercise.wrong("the gain is applied before the token is normalised, and not after it")
def gain_first(x, gain, eps=1e-6):
    return rms_norm(x * gain, torch.ones_like(gain), eps)


@exercise.wrong("the squares are made in float16, where those of numbers from 256 on are infinite: the result is 0")
def squares_in_half(x, gain, eps=1e-6):
    return x / (mean_square(x) + eps).sqrt() * gain


@exercise.wrong("the result is float32, whatever the dtype of x")
def float32_out(x, gain, eps=1e-6):
    return rms_norm(widened(x), gain, eps)


@exercise.wrong("the token is turned into half precision and back, which loses digits")
def through_half(x, gain, eps=1e-6):
    return rms_norm(x.bfloat16(), gain.bfloat16(), eps).to(x.dtype)


@exercise.wrong(
    "the mean of the squares runs over the tokens, one for each feature, and not over the features of each token"
)
def over_tokens(x, gain, eps=1e-6):
    dim = -2 if x.ndim > 1 else -1
    return divided(x, (widened(x).square().mean(dim, keepdim=True) + eps).sqrt(), gain)


@exercise.wrong("the mean of the squares is that of the whole tensor, and not of each token")
def over_everything(x, gain, eps=1e-6):
    return divided(x, (widened(x).square().mean() + eps).sqrt(), gain)


@exercise.wrong(
    "the mean of the squares loses its dimension, without `keepdim=True`: with as many tokens as features each feature then gets "
    "that of another token, and nothing complains"
)
def no_keepdim(x, gain, eps=1e-6):
    return divided(x, (widened(x).square().mean(-1) + eps).sqrt(), gain)


@exercise.wrong("eps is 1e-6, whatever is given")
def fixed_eps(x, gain, eps=1e-6):
    return rms_norm(x, gain, 1e-6)


@exercise.wrong("eps is left out")
def eps_left_out(x, gain, eps=1e-6):
    return divided(x, mean_square(widened(x)).sqrt(), gain)


@exercise.wrong("x itself is changed: `/=` or `*=` writes into the tensor that was given")
def in_place(x, gain, eps=1e-6):
    x.copy_(rms_norm(x, torch.ones_like(gain), eps))
    return x * gain


@exercise.wrong(
    "the mean square is detached, or made under `torch.no_grad()`: the values are right, and the gradient misses what flows through it"
)
def detached(x, gain, eps=1e-6):
    return divided(x, (mean_square(widened(x)).detach() + eps).sqrt(), gain)


@exercise.right
def with_pow(x, gain, eps=1e-6):
    y = x.to(torch.promote_types(x.dtype, torch.float32))
    scale = torch.rsqrt(y.pow(2).sum(-1, keepdim=True) / y.shape[-1] + eps)
    return (y * scale * gain).to(x.dtype)


@exercise.right
def in_float64(x, gain, eps=1e-6):
    y = x.double()
    size = torch.linalg.vecdot(y, y)[..., None] / y.shape[-1]
    return (gain * y / (size + eps) ** 0.5).type_as(x)
