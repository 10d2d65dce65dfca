import numpy as np

from autograder.authoring import Array, Exercise, array


def softmax_jacobian(weights):
    """Jacobian of softmax at one row: J[i, j] = d weights[i] / d scores[j].

    With w = weights, J[i, j] = w_i (1 if i = j else 0) - w_i w_j.

    Parameters
    ----------
    weights : numpy float array (n,), n at least 1: what softmax returned. No scores are
        needed.

    Returns
    -------
    array (n, n) in the dtype of the weights. It is symmetric, and each of its rows sums to 0.

    Write it by the formula: `np.cov` and automatic derivatives do not count.
    """
    return np.diag(weights) - np.outer(weights, weights)  # (n, n)


def simplex(rng, shape):
    """Weights in 32nds, all above 0, that sum to 1."""
    n = shape[-1]
    return (rng.multinomial(32 - n, np.full(n, 1 / n), size=shape[:-1]) + 1) / 32


def inputs(draw):
    yield "values", draw(n=2), "two weights"
    yield "values", draw(n=3), "three weights"
    yield "values", draw(n=5), "five weights"
    yield "values", draw(n=12), "twelve weights"
    yield "values", draw(n=1), "a single weight, which is 1"
    yield "values", with_zero(draw(n=4)), "four weights, one of them 0"


def with_zero(args):
    """The same weights but the last, which the first gets."""
    w = args["weights"].data
    return {"weights": array([w[0] + w[-1], *w[1:-1], 0.0])}


exercise = Exercise(
    softmax_jacobian,
    points={"values": 3, "dtypes": 1, "side effects": 1},
    takes={"weights": Array("n", draw=simplex)},
    ready_made=("numpy.cov", "torch.cov", "torch.autograd.functional.jacobian", "torch.func.jacrev", "torch.func.jacfwd"),
    gives=("n n",),
    inputs=inputs,
    difficulty=2,
    minutes=10,
    hints=(
        "Work out two weights on paper. Raising score 0 changes weight 0 by w0 (1 - w0), and weight 1 by -w1 w0.",
        "The matrix is a difference of two: one has the weights on its diagonal and 0 elsewhere, the other has w_i w_j at "
        "row i, column j.",
        "`np.diag` makes the first and `np.outer` the second.",
    ),
    opts_out={"extremes": "weights lie between 0 and 1"},
)


@exercise.wrong("the second term w_i w_j is missing: only the weights stand on the diagonal")
def diagonal_only(weights):
    return np.diag(weights)


@exercise.wrong("only w_i (1 - w_i) on the diagonal is computed: that treats each score as a sigmoid of its own")
def sigmoid_rule(weights):
    return np.diag(weights * (1 - weights))


@exercise.wrong("a vector w_i (1 - w_i) is returned instead of a matrix")
def vector(weights):
    return weights * (1 - weights)


@exercise.wrong("the two terms are added instead of subtracted")
def added(weights):
    return np.diag(weights) + np.outer(weights, weights)


@exercise.wrong("the diagonal lacks -w_i squared: it holds w_i instead of w_i - w_i w_i, as after `np.fill_diagonal`")
def diagonal_overwritten(weights):
    jacobian = -np.outer(weights, weights)
    np.fill_diagonal(jacobian, weights)
    return jacobian


@exercise.wrong("the result is always float64, as `np.eye` and `np.zeros` make it unless they get `dtype=weights.dtype`")
def always_float64(weights):
    return np.eye(len(weights)) * weights - np.outer(weights, weights)


@exercise.wrong("the whole matrix has the wrong sign")
def wrong_sign(weights):
    return np.outer(weights, weights) - np.diag(weights)


@exercise.wrong("the identity stands where the weights should stand on the diagonal")
def identity(weights):
    return np.eye(len(weights), dtype=weights.dtype) - np.outer(weights, weights)


@exercise.wrong("w · w, one number, is subtracted instead of the matrix of all products w_i w_j")
def inner_product(weights):
    return np.diag(weights) - weights @ weights


@exercise.wrong("`weights * weights` is subtracted, which is a vector: each row loses w_j squared")
def elementwise(weights):
    return np.diag(weights) - weights * weights


@exercise.wrong("the diagonal term is missing: only -w_i w_j is returned")
def outer_only(weights):
    return -np.outer(weights, weights)


@exercise.wrong("softmax is taken of the weights again: they are weights already")
def softmax_again(weights):
    w = np.exp(weights) / np.exp(weights).sum()
    return np.diag(w) - np.outer(w, w)


@exercise.wrong("each row is divided by its weight: that is the Jacobian of log-softmax")
def log_softmax(weights):
    return np.eye(len(weights), dtype=weights.dtype) - weights


@exercise.wrong("weights stand in every column of the first term, instead of on the diagonal only")
def broadcast(weights):
    return weights[:, None] - np.outer(weights, weights)


@exercise.wrong("the entries off the diagonal lack their minus sign")
def plus_off_diagonal(weights):
    return np.outer(weights, weights) + np.diag(weights - 2 * weights**2)


@exercise.wrong("for a single weight the shape is (), perhaps from a `squeeze`: it should be (1, 1)")
def squeezed(weights):
    return softmax_jacobian(weights).squeeze()


@exercise.wrong("only the upper triangle is filled: the matrix should be symmetric")
def upper_triangle(weights):
    return np.triu(softmax_jacobian(weights))


@exercise.wrong("each row i loses w_i squared, as `weights[:, None] ** 2` does, instead of the products w_i w_j")
def columns_alike(weights):
    return np.diag(weights) - weights[:, None] * weights[:, None]


@exercise.wrong("the diagonal is computed in `weights` itself, which changes the caller's array")
def in_place(weights):
    jacobian = -np.outer(weights, weights)
    weights *= 1 - weights
    np.fill_diagonal(jacobian, weights)
    return jacobian


@exercise.wrong("the result is all zeros")
def zeros(weights):
    return np.zeros((len(weights), len(weights)), weights.dtype)


@exercise.right
def loop(weights):
    n = len(weights)
    out = np.zeros((n, n), weights.dtype)
    for i in range(n):
        for j in range(n):
            out[i, j] = weights[i] * ((i == j) - weights[j])
    return out


@exercise.right
def einsum(weights):
    return np.einsum("i,ij->ij", weights, np.eye(len(weights), dtype=weights.dtype)) - np.einsum("i,j->ij", weights, weights)


@exercise.wrong("the logarithm of the weights is taken on the way: a weight of 0 then gives NaN")
def by_logarithms(weights):
    logs = np.log(weights)
    return np.diag(np.exp(logs)) - np.exp(logs[:, None] + logs) * (1 + 0 * logs)
