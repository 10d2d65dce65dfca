import torch

from autograder.authoring import Array, Exercise, Held


def feed_forward(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    """The feed-forward layer: activation(X W_1 + b_1) W_2 + b_2, the same for every token.

    Parameters
    ----------
    x : float tensor (..., n, d), with any number of leading dimensions or none.
    w_1, b_1 : tensors (d, d_ff) and (d_ff,). d_ff is the width inside, usually 4 d.
    w_2, b_2 : tensors (d_ff, d_out) and (d_out,).
    activation : a function that takes a tensor and returns one of the same shape.

    Returns
    -------
    tensor (..., n, d_out) in the dtype of x, differentiable. No residual is added. The
    arguments are left as they were.

    Source: Vaswani et al. 2017, arXiv 1706.03762, equation (2), where the activation is ReLU.
    """
    hidden = activation(x @ w_1 + b_1)  # (..., n, d_ff)
    return hidden @ w_2 + b_2  # (..., n, d_out)


# -- what the judge holds: functions in the place of the activation ----------------------------------------------------


def bent(x):
    return torch.nn.functional.gelu(x)


def wave(x):
    return torch.sin(x)


def inputs(draw):
    yield "values", draw(n=1, d=2, d_ff=3, d_out=2), "one token of two features, three inside"
    yield "values", draw(n=2, d=3, d_ff=5, d_out=4), "two tokens, another width going out"
    yield "values", draw(n=3, d=4, d_ff=4, d_out=4), "all widths equal"
    yield "values", draw(n=5, d=2, d_ff=8, d_out=2), "five tokens"
    yield "batches", draw(lead=(2,), n=3, d=4, d_ff=6, d_out=4), "two items"
    yield "batches", draw(lead=(2, 3), n=2, d=3, d_ff=4, d_out=3), "two by three items"
    small = draw(n=2, d=3, d_ff=4, d_out=3)
    yield "activation", small | {"activation": Held("bent")}, "GELU as the activation"
    yield "activation", draw(n=3, d=4, d_ff=8, d_out=4) | {"activation": Held("wave")}, "the sine as the activation"
    yield "activation", draw(lead=(2,), n=2, d=3, d_ff=4, d_out=3) | {"activation": Held("wave")}, "the sine, two items"


exercise = Exercise(
    feed_forward,
    points={"values": 3, "batches": 1, "activation": 1, "dtypes": 1, "gradients": 1, "side effects": 1},
    takes={
        "x": Array("... n d"),
        "w_1": Array("d d_ff"),
        "b_1": Array("d_ff"),
        "w_2": Array("d_ff d_out"),
        "b_2": Array("d_out"),
        "activation": None,
    },
    gives=("... n d_out",),
    inputs=inputs,
    held=(bent, wave),
    backend="torch",
    difficulty=1,
    minutes=5,
    hints=(
        "Take one token, a row of d numbers. What shape has it after W_1, and after W_2?",
        "The tokens are rows, so they stand on the left: X W_1. A bias is added to every row, which + does by itself.",
        "The activation stands between the two maps and nowhere else: after the first bias, before W_2. Use the function that is "
        "handed in.",
    ),
)


@exercise.wrong("no activation stands between the two maps, so together they are one linear map")
def no_activation(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return (x @ w_1 + b_1) @ w_2 + b_2


@exercise.wrong("the activation is applied to the output as well as inside")
def activation_twice(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return activation(activation(x @ w_1 + b_1) @ w_2 + b_2)


@exercise.wrong("the activation is applied to x, and not between the two maps")
def activation_first(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return (activation(x) @ w_1 + b_1) @ w_2 + b_2


@exercise.wrong("the activation is applied to the output, and not between the two maps")
def activation_last(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return activation((x @ w_1 + b_1) @ w_2 + b_2)


@exercise.wrong("b_1 is added after the activation, so it cannot shift the bend")
def bias_after(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return (activation(x @ w_1) + b_1) @ w_2 + b_2


@exercise.wrong("b_1 is left out")
def no_b_1(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return activation(x @ w_1) @ w_2 + b_2


@exercise.wrong("b_2 is left out")
def no_b_2(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return activation(x @ w_1 + b_1) @ w_2


@exercise.wrong("both biases are left out")
def no_biases(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return activation(x @ w_1) @ w_2


@exercise.wrong("`torch.relu` is used where another activation is handed in")
def relu_instead(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return torch.relu(x @ w_1 + b_1) @ w_2 + b_2


@exercise.wrong("the matrices are used as nn.Linear keeps them, turned round: that fits only where all widths are equal")
def layout_of_linear(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    linear = torch.nn.functional.linear
    return linear(activation(linear(x, w_1, b_1)), w_2, b_2)


@exercise.wrong("x is added to the result: the residual is no part of this function")
def residual_inside(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return x + feed_forward(x, w_1, b_1, w_2, b_2, activation)


@exercise.wrong("the tokens are averaged first, so that all of them get the same output")
def tokens_averaged(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return feed_forward(x.mean(-2, keepdim=True).expand_as(x), w_1, b_1, w_2, b_2, activation)


@exercise.wrong("a softmax over the hidden numbers stands in the place of the activation")
def softmax_inside(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return torch.softmax(x @ w_1 + b_1, dim=-1) @ w_2 + b_2


@exercise.wrong("the hidden numbers are bent the wrong way: the positive ones are cut off")
def negative_kept(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return -activation(-(x @ w_1 + b_1)) @ w_2 + b_2


@exercise.wrong("x is taken to have two dimensions, so that leading ones do not fit")
def two_dimensions(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    _n, _d = x.shape
    return feed_forward(x, w_1, b_1, w_2, b_2, activation)


@exercise.wrong("the leading dimensions are flattened and do not come back")
def flattened(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return feed_forward(x.reshape(-1, x.shape[-1]), w_1, b_1, w_2, b_2, activation)


@exercise.wrong("the result is cut off from the gradients, as by `.detach()` or `torch.no_grad()`")
@torch.no_grad()
def without_gradients(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return feed_forward(x, w_1, b_1, w_2, b_2, activation)


@exercise.wrong("the inner numbers are computed in single precision, whatever dtype x has")
def single_precision(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    return feed_forward(*(t.float() for t in (x, w_1, b_1, w_2, b_2)), activation)


@exercise.wrong("w_1 itself is changed on the way, as by `w_1.relu_()`")
def weights_changed(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    result = feed_forward(x, w_1, b_1, w_2, b_2, activation)
    with torch.no_grad():
        w_1.relu_()
    return result


@exercise.right
def with_linear(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    linear = torch.nn.functional.linear
    return linear(activation(linear(x, w_1.T, b_1)), w_2.T, b_2)


@exercise.right
def neuron_by_neuron(x, w_1, b_1, w_2, b_2, activation=torch.relu):
    out = b_2.expand(*x.shape[:-1], -1)
    for key, bias, value in zip(w_1.T, b_1, w_2, strict=True):
        strength = activation((x * key).sum(-1, keepdim=True) + bias)
        out = out + strength * value
    return out
