import torch

from autograder.authoring import Array, Exercise, Held


def residual_block(x, sublayer, norm, norm_first):
    """A sublayer with its residual and its norm, in either of the two orders.

    Pre-norm (`norm_first` True): the sublayer gets the normalised x, and what it gives is
    added to x. Post-norm (`norm_first` False): what the sublayer makes of x is added to x,
    and the sum is normalised.

    Parameters
    ----------
    x : float tensor (..., d), the residual stream: one token a row.
    sublayer : a function of a tensor like x, such as attention or a feed-forward layer. It
        gives a tensor of the same shape. Call it once.
    norm : a function of a tensor like x that gives one of the same shape, such as a LayerNorm
        with its gain and bias. Call it once.
    norm_first : bool, True for pre-norm, False for post-norm.

    Returns
    -------
    tensor (..., d), in the dtype of x. x is left as it was.
    """
    if norm_first:
        return x + sublayer(norm(x))  # (..., d)
    return norm(x + sublayer(x))  # (..., d)


# -- what the judge holds ----------------------------------------------------------------------------------------------


def mixing(x, *, turn):
    return torch.tanh(2 * x.roll(turn, -1)) + x.flip(-1) / 4


def levelling(x, *, wave):
    gain = 1.5 + torch.sin(wave * torch.arange(x.shape[-1], dtype=x.dtype))
    return x / (1 + x.square().mean(-1, keepdim=True)) * gain + 0.25


def inputs(draw):
    held = {"sublayer": Held("mixing"), "norm": Held("levelling")}
    pre, post = held | {"norm_first": True}, held | {"norm_first": False}
    yield "pre-norm", draw(d=6) | pre, "pre-norm, one token"
    yield "pre-norm", draw(lead=(3,), d=6) | pre, "pre-norm, three tokens"
    yield "pre-norm", draw(lead=(2, 3), d=6) | pre, "pre-norm, two sequences of three tokens"
    yield "post-norm", draw(d=6) | post, "post-norm, one token"
    yield "post-norm", draw(lead=(3,), d=6) | post, "post-norm, three tokens"
    yield "post-norm", draw(lead=(2, 3), d=6) | post, "post-norm, two sequences of three tokens"


exercise = Exercise(
    residual_block,
    points={"pre-norm": 2, "post-norm": 1, "dtypes": 1, "side effects": 1},
    takes={"x": Array("... d"), "sublayer": None, "norm": None, "norm_first": None},
    gives=("... d",),
    inputs=inputs,
    held=(mixing, levelling),
    details={
        "turn": lambda rng: int(rng.integers(1, 6)),
        "wave": lambda rng: float(rng.integers(8, 40)) / 8,
    },
    backend="torch",
    difficulty=1,
    minutes=5,
    opts_out={
        "gradients": "what the judge holds answers with plain numbers",
        "half": "what the judge holds is not made for it",
    },
    hints=(
        "Draw the two orders as two pictures: a straight line from x to the result, and the sublayer beside it. Where does the norm "
        "stand in each?",
        "In pre-norm the straight line carries x itself, with nothing on it. In post-norm the norm comes last, after the sum.",
        "Three operations, one each: norm, sublayer, sum. Pre-norm does them in this order, post-norm does sublayer, sum, norm. "
        "What is added is x, in both.",
    ),
)


@exercise.wrong("in pre-norm the normalised x is carried on, as after `x = norm(x)`: x itself has to be added")
def carries_the_normalised(x, sublayer, norm, norm_first):
    if not norm_first:
        return norm(x + sublayer(x))
    x = norm(x)
    return x + sublayer(x)


@exercise.wrong("in post-norm what the sublayer gives is normalised, and not the sum")
def norm_before_the_sum(x, sublayer, norm, norm_first):
    return x + sublayer(norm(x)) if norm_first else x + norm(sublayer(x))


@exercise.wrong("the two orders are exchanged")
def exchanged(x, sublayer, norm, norm_first):
    return residual_block(x, sublayer, norm, not norm_first)


@exercise.wrong("it is pre-norm, whatever `norm_first` says")
def always_pre(x, sublayer, norm, norm_first):
    return x + sublayer(norm(x))


@exercise.wrong("it is post-norm, whatever `norm_first` says")
def always_post(x, sublayer, norm, norm_first):
    return norm(x + sublayer(x))


@exercise.wrong("the norm is applied twice: before the sublayer and after the sum")
def both(x, sublayer, norm, norm_first):
    return norm(x + sublayer(norm(x)))


@exercise.wrong("x is not added: there is no residual")
def no_residual(x, sublayer, norm, norm_first):
    return sublayer(norm(x)) if norm_first else norm(sublayer(x))


@exercise.wrong("what the sublayer gives is added to itself, and x is lost")
def added_to_itself(x, sublayer, norm, norm_first):
    y = sublayer(norm(x)) if norm_first else sublayer(x)
    return y + y if norm_first else norm(y + y)


@exercise.wrong("x itself is changed: `+=` writes into the tensor that was given")
def in_place(x, sublayer, norm, norm_first):
    x += sublayer(norm(x)) if norm_first else sublayer(x)
    return x if norm_first else norm(x)


@exercise.wrong("the sublayer is applied twice, the second time to its own result")
def sublayer_twice(x, sublayer, norm, norm_first):
    return x + sublayer(sublayer(norm(x))) if norm_first else norm(x + sublayer(sublayer(x)))


@exercise.wrong("in pre-norm the sublayer gets x as it is, and the norm does nothing")
def norm_left_out(x, sublayer, norm, norm_first):
    return x + sublayer(x) if norm_first else norm(x + sublayer(x))


@exercise.wrong("in post-norm x and what the sublayer gives are normalised one by one, and not their sum")
def each_by_itself(x, sublayer, norm, norm_first):
    return x + sublayer(norm(x)) if norm_first else norm(x) + norm(sublayer(x))


@exercise.wrong("in pre-norm the sublayer comes first and the norm after it")
def order_in_pre(x, sublayer, norm, norm_first):
    return x + norm(sublayer(x)) if norm_first else norm(x + sublayer(x))


@exercise.wrong("the norm is left out in post-norm: the bare sum is returned")
def post_without_norm(x, sublayer, norm, norm_first):
    return x + sublayer(norm(x)) if norm_first else x + sublayer(x)


@exercise.wrong("the sublayer's result is returned without a norm and without x")
def sublayer_alone(x, sublayer, norm, norm_first):
    return sublayer(x)


@exercise.right
def in_steps(x, sublayer, norm, norm_first):
    y = norm(x) if norm_first else x
    y = torch.add(sublayer(y), x)
    return y if norm_first else norm(y)


@exercise.right
def on_a_copy(x, sublayer, norm, norm_first):
    stream = x.clone()
    stream += sublayer(norm(x) if norm_first else x)
    return stream if norm_first else norm(stream)
