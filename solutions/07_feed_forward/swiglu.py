import torch

from autograder.authoring import Array, Exercise


def swiglu(x, w_gate, w_up, w_down):
    """A gated feed-forward layer: (silu(X W_gate) ⊙ X W_up) W_down, without biases.

    ⊙ multiplies entry by entry, and silu(z) = z · sigmoid(z), which torch has as
    `torch.nn.functional.silu`.

    Parameters
    ----------
    x : float tensor (..., n, d), with any number of leading dimensions or none.
    w_gate, w_up : tensors (d, d_ff).
    w_down : tensor (d_ff, d_out).

    Returns
    -------
    tensor (..., n, d_out) in the dtype of x, differentiable. The arguments are left as they
    were.

    Source: Shazeer 2020, arXiv 2002.05202, FFN_SwiGLU.
    """
    gate = torch.nn.functional.silu(x @ w_gate)  # (..., n, d_ff)
    return (gate * (x @ w_up)) @ w_down  # (..., n, d_out)


def inputs(draw):
    yield "values", draw(n=1, d=2, d_ff=2, d_out=2), "one token, two numbers inside"
    yield "values", draw(n=2, d=3, d_ff=5, d_out=4), "two tokens"
    yield "values", draw(n=3, d=3, d_ff=3, d_out=3), "all sizes equal"
    yield "values", draw(n=4, d=2, d_ff=6, d_out=2), "four tokens"
    yield "batches", draw(lead=(2,), n=3, d=4, d_ff=6, d_out=4), "two items"
    yield "batches", draw(lead=(2, 3), n=2, d=3, d_ff=4, d_out=3), "two by three items"


exercise = Exercise(
    swiglu,
    points={"values": 2, "batches": 1, "dtypes": 1, "gradients": 1, "side effects": 1},
    takes={"x": Array("... n d"), "w_gate": Array("d d_ff"), "w_up": Array("d d_ff"), "w_down": Array("d_ff d_out")},
    gives=("... n d_out",),
    inputs=inputs,
    backend="torch",
    difficulty=1,
    minutes=4,
    hints=(
        "Two of the three matrices read x, side by side. Which of the two results goes through silu?",
        "The gate is silu(x @ w_gate). It multiplies x @ w_up entry by entry, which is `*` and not `@`.",
        "What comes out has the shape (..., n, d_ff), and w_down maps it to the width outside. No silu follows.",
    ),
)


@exercise.wrong("w_gate and w_up have changed places: silu goes over X W_gate")
def changed_places(x, w_gate, w_up, w_down):
    return swiglu(x, w_up, w_gate, w_down)


@exercise.wrong("silu goes over both, where X W_up stays as it is")
def both_bent(x, w_gate, w_up, w_down):
    return (torch.nn.functional.silu(x @ w_gate) * torch.nn.functional.silu(x @ w_up)) @ w_down


@exercise.wrong("the gate is a sigmoid, where silu(z) = z · sigmoid(z) is meant (that would be Dauphin's GLU)")
def sigmoid_gate(x, w_gate, w_up, w_down):
    return (torch.sigmoid(x @ w_gate) * (x @ w_up)) @ w_down


@exercise.wrong("the gate is GELU, where silu is meant (that would be GEGLU)")
def gelu_gate(x, w_gate, w_up, w_down):
    return (torch.nn.functional.gelu(x @ w_gate) * (x @ w_up)) @ w_down


@exercise.wrong("the gate is ReLU, where silu is meant (that would be ReGLU)")
def relu_gate(x, w_gate, w_up, w_down):
    return (torch.relu(x @ w_gate) * (x @ w_up)) @ w_down


@exercise.wrong("the gate is added to X W_up, where it multiplies")
def added(x, w_gate, w_up, w_down):
    return (torch.nn.functional.silu(x @ w_gate) + x @ w_up) @ w_down


@exercise.wrong("silu goes over the product, where it goes over the gate")
def outside(x, w_gate, w_up, w_down):
    return torch.nn.functional.silu((x @ w_gate) * (x @ w_up)) @ w_down


@exercise.wrong("silu goes over the output, where it goes over the gate")
def at_the_end(x, w_gate, w_up, w_down):
    return torch.nn.functional.silu(((x @ w_gate) * (x @ w_up)) @ w_down)


@exercise.wrong("no activation stands at the gate")
def no_activation(x, w_gate, w_up, w_down):
    return ((x @ w_gate) * (x @ w_up)) @ w_down


@exercise.wrong("w_up is left out: the gate goes straight to w_down")
def no_up(x, w_gate, w_up, w_down):
    return torch.nn.functional.silu(x @ w_gate) @ w_down


@exercise.wrong("w_up serves twice, and w_gate is left out")
def up_twice(x, w_gate, w_up, w_down):
    return swiglu(x, w_up, w_up, w_down)


@exercise.wrong("w_gate serves twice, and w_up is left out")
def gate_twice(x, w_gate, w_up, w_down):
    return swiglu(x, w_gate, w_gate, w_down)


@exercise.wrong("w_down is applied to the gate alone, before the product")
def gate_comes_down_first(x, w_gate, w_up, w_down):
    return (torch.nn.functional.silu(x @ w_gate) @ w_down) * (x @ w_up @ w_down)


@exercise.wrong("x is added to the result: the residual is no part of this function")
def residual_inside(x, w_gate, w_up, w_down):
    result = swiglu(x, w_gate, w_up, w_down)
    return x + result if result.shape == x.shape else x.mean(-1, keepdim=True) + result


@exercise.wrong("the matrices are used as nn.Linear keeps them, turned round: that fits only where all sizes are equal")
def layout_of_linear(x, w_gate, w_up, w_down):
    return (torch.nn.functional.silu(x @ w_gate.mT) * (x @ w_up.mT)) @ w_down.mT


@exercise.wrong("the leading dimensions are flattened and do not come back")
def flattened(x, w_gate, w_up, w_down):
    return swiglu(x.reshape(-1, x.shape[-1]), w_gate, w_up, w_down)


@exercise.wrong("the result is cut off from the gradients, as by `.detach()` or `torch.no_grad()`")
def without_gradients(x, w_gate, w_up, w_down):
    return swiglu(x, w_gate, w_up, w_down).detach()


@exercise.wrong("w_gate itself is changed on the way, as by `w_gate *= 2`")
def weights_changed(x, w_gate, w_up, w_down):
    result = swiglu(x, w_gate, w_up, w_down)
    with torch.no_grad():
        w_gate *= 2
    return result


@exercise.right
def one_product_for_two(x, w_gate, w_up, w_down):
    """As some libraries keep them: both matrices in one."""
    gate, up = (x @ torch.cat([w_gate, w_up], dim=1)).chunk(2, dim=-1)
    return torch.einsum("...f,fo->...o", gate * gate.sigmoid() * up, w_down)
