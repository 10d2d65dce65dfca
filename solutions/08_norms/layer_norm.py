import torch

from autograder.authoring import Array, Exercise, array


def layer_norm(x, gain, bias, eps=1e-5):
    """LayerNorm (Ba et al. 2016): every token by itself gets mean 0 and variance 1.

    Of each token, which is a row of d numbers, take the mean off and divide by
    √(variance + eps). Then each feature is multiplied by its gain, and its bias is added.

    Parameters
    ----------
    x : float32 or float64 tensor (..., d), one token a row.
    gain, bias : tensors (d,), in the dtype of x.
    eps : a number above 0. It stands under the root, beside the variance.

    Returns
    -------
    tensor (..., d), in the dtype of x and differentiable. The variance is the mean square of
    the d deviations from the mean: it divides by d. A token of d equal numbers gives the bias,
    with finite gradients. A token keeps its digits where its mean is large beside its spread,
    as with mean 3000 and spread 1 in float32. The arguments are left as they were.

    Write the steps yourself: `torch.nn.functional.layer_norm` and the like do not count.
    """
    centred = x - x.mean(dim=-1, keepdim=True)  # (..., d)
    variance = centred.square().mean(dim=-1, keepdim=True)  # (..., 1)
    return centred / torch.sqrt(variance + eps) * gain + bias  # (..., d)


def inputs(draw):
    small = {"eps": 1e-12}
    yield "values", draw(d=4) | small, "one token of four numbers"
    yield "values", moved(draw(lead=(3,), d=6), 2.0) | small, "three tokens of six numbers"
    yield "values", moved(draw(lead=(5,), d=5), -1.5) | small, "as many tokens as features"
    yield "batches", draw(lead=(2, 3), d=6) | small, "two sequences of three tokens"
    yield "batches", draw(lead=(4, 4), d=4) | small, "sequences, tokens and features of one number"
    yield "batches", draw(lead=(2, 3, 4), d=5) | small, "one more leading dimension"
    yield "eps", draw(lead=(3,), d=6) | {"eps": 0.75}, "a large eps"
    yield "eps", draw(lead=(3,), d=6, scale=1 / 512), "small tokens, with the eps that is the default"
    yield "eps", constant(draw(lead=(2,), d=5)), "a token of equal numbers among others"
    yield "large numbers", moved(draw(lead=(3,), d=64, dtype="float32"), 3000.0), "tokens with mean 3000 in float32"
    yield "gradients", draw(lead=(2, 3), d=5), "gradients"
    yield "gradients", constant(draw(lead=(2,), d=5)), "gradients, with a token of equal numbers"


def moved(args, by):
    """The tokens with another mean."""
    return args | {"x": array(args["x"].data + by, args["x"].dtype, "torch")}


def constant(args):
    """The first token is the same number five times."""
    x = args["x"].data.copy()
    x[0] = 3.0
    return args | {"x": array(x, backend="torch")}


exercise = Exercise(
    layer_norm,
    points={"values": 2, "batches": 1, "eps": 1, "large numbers": 1, "dtypes": 1, "gradients": 1, "side effects": 1},
    takes={"x": Array("... d"), "gain": Array("d"), "bias": Array("d"), "eps": None},
    gives=("... d",),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=9,
    ready_made=("torch.nn.functional.layer_norm", "torch.layer_norm", "torch.nn.LayerNorm", "torch.native_layer_norm"),
    opts_out={"half": "the docstring asks for float32 or float64"},
    hints=(
        "Three steps: take the mean off, divide by the spread, then gain and bias. Over which dimension does a token's own mean "
        "run, and which shape must it have to be taken off each of the token's numbers?",
        "`x.mean(dim=-1, keepdim=True)` has shape (..., 1). The variance is the mean of the squared deviations, over the same "
        "dimension. `x.var` divides by d - 1 unless you say `correction=0`.",
        "eps is added to the variance before the root is taken. Added to the root it changes small tokens, and the root of 0 has "
        "no finite gradient.",
        "Centre first: `centred = x - mean`. The variance is `centred.square().mean(dim=-1, keepdim=True)`. Divide `centred` by "
        "the root of variance + eps, multiply by gain, add bias.",
    ),
)


def parts(x, dim=-1, correction=0):
    return x.mean(dim, keepdim=True), x.var(dim, keepdim=True, correction=correction)


@exercise.wrong("the variance divides by d - 1, as `x.var` and `x.std` do unless `correction=0` is given")
def unbiased(x, gain, bias, eps=1e-5):
    mean, variance = parts(x, correction=1)
    return (x - mean) / (variance + eps).sqrt() * gain + bias


@exercise.wrong("eps is added to the root of the variance, and it stands under the root")
def eps_outside(x, gain, bias, eps=1e-5):
    mean, variance = parts(x)
    return (x - mean) / (variance.sqrt() + eps) * gain + bias


@exercise.wrong("the tokens are divided by the variance, without a root")
def no_root(x, gain, bias, eps=1e-5):
    mean, variance = parts(x)
    return (x - mean) / (variance + eps) * gain + bias


@exercise.wrong("the variance divides by d - 1, and eps is added to its root instead of under it")
def unbiased_and_outside(x, gain, bias, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + eps) * gain + bias


exercise.same("unbiased", "unbiased_and_outside", because="what is off first, by far, is the d - 1")


@exercise.wrong("the root is taken twice: of the standard deviation, which is a root already")
def root_of_the_deviation(x, gain, bias, eps=1e-5):
    mean, variance = parts(x)
    return (x - mean) / (variance.sqrt() + eps).sqrt() * gain + bias


def _or_one(x, dim):
    """The dimension, or the last where x has no such one."""
    return dim if x.ndim >= -dim else -1


@exercise.wrong("mean and variance run over the tokens, one for each feature, and not over the features of each token")
def over_tokens(x, gain, bias, eps=1e-5):
    mean, variance = parts(x, _or_one(x, -2))
    return (x - mean) / (variance + eps).sqrt() * gain + bias


@exercise.wrong("mean and variance run over the tokens and features of a sequence together, and not over each token")
def over_both(x, gain, bias, eps=1e-5):
    mean, variance = parts(x, (-2, -1) if x.ndim > 1 else -1)
    return (x - mean) / (variance + eps).sqrt() * gain + bias


@exercise.wrong("mean and variance are those of the whole tensor, and not of each token")
def over_everything(x, gain, bias, eps=1e-5):
    return (x - x.mean()) / (x.var(correction=0) + eps).sqrt() * gain + bias


@exercise.wrong("mean and variance run over the first dimension, and not over the last")
def over_the_first(x, gain, bias, eps=1e-5):
    mean, variance = parts(x, 0)
    return (x - mean) / (variance + eps).sqrt() * gain + bias


@exercise.wrong(
    "mean and variance lose their dimension, without `keepdim=True`: with as many tokens as features each feature then gets those "
    "of another token, and nothing complains"
)
def no_keepdim(x, gain, bias, eps=1e-5):
    return (x - x.mean(-1)) / (x.var(-1, correction=0) + eps).sqrt() * gain + bias


@exercise.wrong("the bias is left out")
def no_bias(x, gain, bias, eps=1e-5):
    return layer_norm(x, gain, torch.zeros_like(bias), eps)


@exercise.wrong("the gain is left out")
def no_gain(x, gain, bias, eps=1e-5):
    return layer_norm(x, torch.ones_like(gain), bias, eps)


@exercise.wrong("gain and bias are applied before the token is normalised, and not after it")
def gain_first(x, gain, bias, eps=1e-5):
    return layer_norm(x * gain + bias, torch.ones_like(gain), torch.zeros_like(bias), eps)


@exercise.wrong("the bias is multiplied by the gain, too: it is added last")
def bias_inside_gain(x, gain, bias, eps=1e-5):
    return layer_norm(x, gain, gain * bias, eps)


@exercise.wrong("the gain counts from 1, as `1 + gain`: some models store it so, and this one does not")
def one_plus_gain(x, gain, bias, eps=1e-5):
    return layer_norm(x, 1 + gain, bias, eps)


@exercise.wrong("the mean is not taken off: this is RMSNorm")
def mean_left_on(x, gain, bias, eps=1e-5):
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * gain + bias


@exercise.wrong("the mean is taken off the token, but not before its squares are averaged")
def squares_not_centred(x, gain, bias, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / (x.square().mean(-1, keepdim=True) + eps).sqrt() * gain + bias


@exercise.wrong("the token is divided by its spread, but its mean is left on")
def not_centred(x, gain, bias, eps=1e-5):
    return x / (x.var(-1, keepdim=True, correction=0) + eps).sqrt() * gain + bias


@exercise.wrong("the token is divided by its length, so that a factor √d is missing")
def by_the_length(x, gain, bias, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().sum(-1, keepdim=True) + eps).sqrt() * gain + bias


@exercise.wrong(
    "the variance is made as the mean of the squares minus the square of the mean: far from 0, float32 has no digits left for it"
)
def one_pass(x, gain, bias, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    variance = (x.square().mean(-1, keepdim=True) - mean.square()).clamp(min=0)
    return (x - mean) / (variance + eps).sqrt() * gain + bias


@exercise.wrong("eps is 1e-5, whatever is given")
def fixed_eps(x, gain, bias, eps=1e-5):
    return layer_norm(x, gain, bias, 1e-5)


@exercise.wrong("eps is left out")
def eps_left_out(x, gain, bias, eps=1e-5):
    mean, variance = parts(x)
    return (x - mean) / variance.sqrt() * gain + bias


@exercise.wrong("the variance is at least eps, where eps should be added to it")
def clamped(x, gain, bias, eps=1e-5):
    mean, variance = parts(x)
    return (x - mean) / variance.clamp(min=eps).sqrt() * gain + bias


@exercise.wrong("x itself is changed: `-=` writes into the tensor that was given")
def in_place(x, gain, bias, eps=1e-5):
    x -= x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * gain + bias


@exercise.wrong(
    "mean and variance are detached, or made under `torch.no_grad()`: the values are right, and the gradient misses what flows "
    "through them"
)
def detached(x, gain, bias, eps=1e-5):
    mean, variance = (part.detach() for part in parts(x))
    return (x - mean) / (variance + eps).sqrt() * gain + bias


@exercise.wrong("the result is float32, whatever the dtype of x")
def always_float32(x, gain, bias, eps=1e-5):
    return layer_norm(x, gain, bias, eps).float()


@exercise.right
def with_var(x, gain, bias, eps=1e-5):
    variance, mean = torch.var_mean(x, dim=-1, keepdim=True, correction=0)
    return torch.addcmul(bias, (x - mean) * torch.rsqrt(variance + eps), gain)


@exercise.right
def token_by_token(x, gain, bias, eps=1e-5):
    rows = []
    for token in x.reshape(-1, x.shape[-1]):
        centred = token - token.sum() / len(token)
        rows.append(gain * centred / (torch.dot(centred, centred) / len(token) + eps) ** 0.5 + bias)
    return torch.stack(rows).reshape(x.shape)


@exercise.right
def as_a_projection(x, gain, bias, eps=1e-5):
    d = x.shape[-1]
    centring = torch.eye(d, dtype=x.dtype) - 1 / d
    centred = (x - x[..., :1]) @ centring
    return centred / torch.sqrt(torch.linalg.vecdot(centred, centred)[..., None] / d + eps) * gain + bias
