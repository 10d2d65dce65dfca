import numpy as np
import torch

from autograder.authoring import Array, Exercise


def batch_norm_step(x, mean, var, training, momentum=0.1, eps=1e-5):
    """One call of BatchNorm (Ioffe and Szegedy 2015), and what it remembers for later.

    A feature is normalised with one mean m and one variance v: (x - m) / √(v + eps).

    In training, m and v are those of the feature's numbers at all tokens of all sequences of
    the batch. The mean and variance to remember then move towards them: each becomes
    (1 - momentum) · old + momentum · new. With N = batch · n tokens, v divides by N; the new
    variance that is remembered divides by N - 1 instead.

    In evaluation, m and v are what is remembered, and that stays as it is.

    Parameters
    ----------
    x : float32 or float64 tensor (batch, n, d) with batch · n of at least 2.
    mean, var : tensors (d,) in the dtype of x: what is remembered from earlier calls.
    training : True in training, False in evaluation.
    momentum : a number from 0 to 1.
    eps : a number above 0.

    Returns
    -------
    y, mean, var : a tuple of the normalised x, (batch, n, d), and of what to remember from now
        on, (d,) each, in the dtype of x. The arguments are left as they were.

    Write the steps yourself: `torch.nn.functional.batch_norm` and the like do not count.
    """
    if not training:
        return (x - mean) / torch.sqrt(var + eps), mean, var  # (batch, n, d), (d,), (d,)
    tokens = x.flatten(0, 1)  # (batch · n, d)
    m, v = tokens.mean(dim=0), tokens.var(dim=0, correction=0)  # (d,) each
    new_mean = (1 - momentum) * mean + momentum * m  # (d,)
    new_var = (1 - momentum) * var + momentum * tokens.var(dim=0)  # (d,)
    return (x - m) / torch.sqrt(v + eps), new_mean, new_var  # (batch, n, d), (d,), (d,)


def spread(rng, shape):
    """Variances, in eighths from 5/8 up."""
    return rng.integers(5, 30, shape) / 8


def inputs(draw):
    half = {"training": True, "momentum": 0.5}
    yield "evaluation", draw(batch=1, n=2, d=3) | {"training": False}, "evaluation, two tokens"
    yield "evaluation", draw(batch=3, n=4, d=5) | {"training": False, "momentum": 0.7}, "evaluation, three sequences"
    yield "training", draw(batch=1, n=3, d=2) | half, "training, one sequence"
    yield "training", draw(batch=3, n=4, d=5) | half, "training, three sequences of four tokens"
    yield "training", draw(batch=4, n=4, d=4) | half, "training, sequences, tokens and features of one number"
    yield "training", draw(batch=3, n=1, d=2) | half, "training, three sequences of one token"
    yield "momentum", draw(batch=3, n=4, d=5) | {"training": True}, "training, with the momentum that is the default"
    yield "momentum", draw(batch=2, n=3, d=4) | {"training": True, "momentum": 0.75}, "training, momentum 0.75"
    yield (
        "momentum",
        draw(batch=2, n=3, d=4) | {"training": True, "momentum": 0.25, "eps": 0.5},
        "training, momentum 0.25, eps 0.5",
    )


exercise = Exercise(
    batch_norm_step,
    points={"evaluation": 1, "training": 2, "momentum": 1, "dtypes": 1, "side effects": 1},
    takes={
        "x": Array("batch n d"),
        "mean": Array("d"),
        "var": Array("d", draw=spread),
        "training": None,
        "momentum": None,
        "eps": None,
    },
    gives=("batch n d", "d", "d"),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=11,
    ready_made=("torch.nn.functional.batch_norm", "torch.batch_norm", "torch.nn.BatchNorm1d", "torch.native_batch_norm"),
    opts_out={
        "half": "the docstring asks for float32 or float64",
        "gradients": "what is remembered is not trained, and y alone cannot be asked about",
    },
    hints=(
        "Evaluation first: it is one line, and nothing is computed from x but y. What comes back as mean and var?",
        "In training, which dimensions of x does a feature's mean run over? What is left has shape (d,).",
        "`x.var` divides by N - 1, and by N with `correction=0`. One of the two goes into y, the other into what is remembered.",
        "momentum is the share of the new: with 0.1, nine tenths of what is remembered stay.",
    ),
)


def step(
    x, mean, var, training, momentum, eps, dims=(0, 1), output=0, remembered=1, share=None, uses="batch", evaluates="memory"
):
    """The step with one thing changed."""
    m, v = (part(dims) for part in (x.mean, lambda dims: x.var(dims, correction=output)))
    share = momentum if share is None else share
    kept = (1 - share) * mean + share * x.mean((0, 1)), (1 - share) * var + share * x.var((0, 1), correction=remembered)
    if training and uses == "memory":
        m, v = kept
    if not training and evaluates == "memory":
        m, v = mean, var
    return (x - m) / (v + eps).sqrt(), *(kept if training else (mean, var))


@exercise.wrong("the batch is normalised with what is remembered, in training too")
def memory_in_training(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps, uses="memory")


@exercise.wrong("the batch is normalised with what was remembered before this call, in training too")
def old_memory_in_training(x, mean, var, training, momentum=0.1, eps=1e-5):
    _, new_mean, new_var = batch_norm_step(x, mean, var, training, momentum, eps)
    return (x - mean) / (var + eps).sqrt(), new_mean, new_var


@exercise.wrong("the variance to remember divides by N, and it should divide by N - 1")
def biased_memory(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps, remembered=0)


@exercise.wrong("the variance that normalises divides by N - 1, and it should divide by N")
def unbiased_output(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps, output=1)


@exercise.wrong("the two variances are exchanged: the one by N normalises, the one by N - 1 is remembered")
def variances_exchanged(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps, output=1, remembered=0)


@exercise.wrong("momentum is the share of the old, as in Keras, and here it is the share of the new")
def momentum_of_the_old(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps, share=1 - momentum)


@exercise.wrong("momentum is 0.1, whatever is given")
def fixed_momentum(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, 0.1, eps)


@exercise.wrong("the statistics of the batch are remembered as they are, and what was remembered is forgotten")
def replaced(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps, share=1)


@exercise.wrong("what is remembered never moves")
def not_remembered(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps)[0], mean, var


@exercise.wrong("the new is added to the old: what is remembered is not made smaller first")
def added_up(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, *_ = step(x, mean, var, training, momentum, eps)
    new = (mean + momentum * x.mean((0, 1)), var + momentum * x.var((0, 1))) if training else (mean, var)
    return y, *new


@exercise.wrong("the statistics of the batch are used in evaluation, too")
def batch_in_evaluation(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps, evaluates="batch")


@exercise.wrong("what is remembered moves in evaluation, too")
def moves_in_evaluation(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, *_ = step(x, mean, var, training, momentum, eps)
    return y, *step(x, mean, var, True, momentum, eps)[1:]


@exercise.wrong("training and evaluation are exchanged")
def exchanged(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, not training, momentum, eps)


@exercise.wrong("the statistics run over the sequences alone, so that each place in the sequence has its own")
def over_the_batch(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, eps, dims=0)


@exercise.wrong("the statistics run over the tokens alone, so that each sequence has its own: this is InstanceNorm")
def for_each_sequence(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, *kept = step(x, mean, var, training, momentum, eps)
    if training:
        y = (x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, correction=0) + eps).sqrt()
    return y, *kept


@exercise.wrong("the statistics run over the features of each token: this is LayerNorm")
def over_features(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, *kept = step(x, mean, var, training, momentum, eps)
    if training:
        y = (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, correction=0) + eps).sqrt()
    return y, *kept


@exercise.wrong("the statistics are those of the whole tensor, and each feature should have its own")
def over_everything(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, *kept = step(x, mean, var, training, momentum, eps)
    if training:
        y = (x - x.mean()) / (x.var(correction=0) + eps).sqrt()
    return y, *kept


@exercise.wrong("eps is 1e-5, whatever is given")
def fixed_eps(x, mean, var, training, momentum=0.1, eps=1e-5):
    return step(x, mean, var, training, momentum, 1e-5)


@exercise.wrong("eps is added to the root of the variance, and it stands under the root")
def eps_outside(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, *kept = step(x, mean, var, training, momentum, 0.0)
    v = x.var((0, 1), correction=0) if training else var
    return y * v.sqrt() / (v.sqrt() + eps), *kept


@exercise.wrong("the features are divided by the variance, without a root")
def no_root(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, *kept = step(x, mean, var, training, momentum, eps)
    v = x.var((0, 1), correction=0) if training else var
    return y / (v + eps).sqrt(), *kept


@exercise.wrong("what is remembered is written into the tensors that were given")
def in_place(x, mean, var, training, momentum=0.1, eps=1e-5):
    y, new_mean, new_var = batch_norm_step(x, mean, var, training, momentum, eps)
    return y, mean.copy_(new_mean), var.copy_(new_var)


@exercise.wrong("y alone is returned, without what to remember")
def y_alone(x, mean, var, training, momentum=0.1, eps=1e-5):
    return batch_norm_step(x, mean, var, training, momentum, eps)[0]


@exercise.right
def flattened(x, mean, var, training, momentum=0.1, eps=1e-5):
    rows = x.flatten(0, 1)
    n = len(rows)
    if training:
        m = rows.sum(0) / n
        squares = (rows - m).square().sum(0)
        v = squares / n
        mean = torch.lerp(mean, m, momentum)
        var = var + momentum * (squares / (n - 1) - var)
    else:
        m, v = mean, var
    return ((rows - m) * (v + eps).rsqrt()).reshape(x.shape), mean, var


@exercise.right
def in_numpy(x, mean, var, training, momentum=0.1, eps=1e-5):
    numbers, m, v = (part.numpy() for part in (x, mean, var))
    if training:
        new = numbers.mean((0, 1)), numbers.var((0, 1), ddof=1)
        kept = [(1 - momentum) * old + momentum * now for old, now in zip((m, v), new, strict=True)]
        m, v = numbers.mean((0, 1)), numbers.var((0, 1))
    else:
        kept = [m.copy(), v.copy()]
    y = (numbers - m) / np.sqrt(v + eps)
    return tuple(torch.from_numpy(part.astype(numbers.dtype)) for part in (y, *kept))
