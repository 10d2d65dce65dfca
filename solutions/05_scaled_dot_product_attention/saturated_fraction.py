import numpy as np
import torch

from autograder.authoring import Array, Exercise, Number, array


def saturated_fraction(weights, threshold):
    """The share of rows whose softmax Jacobian has a norm below the threshold.

    Each row w has a Jacobian of its own, J[i, j] = w_i (1 if i = j else 0) - w_i w_j, and
    ‖J‖ is the root of the sum of its squared entries. `weights.diag_embed()` puts each
    row on the diagonal of a matrix of its own.

    Parameters
    ----------
    weights : float tensor (..., n_q, n_k), float32 or float64; the last dimension holds
        the weights of one query and sums to 1. It is left as it was.
    threshold : a number above 0. A row whose ‖J‖ equals it does not count.

    Returns
    -------
    a number from 0 to 1: one share for all rows of all items together. A tensor with no
    dimensions will do.
    """
    jacobian = weights.diag_embed() - weights[..., None] * weights[..., None, :]  # (..., n_q, n_k, n_k)
    norms = torch.linalg.matrix_norm(jacobian)  # (..., n_q)
    below = norms < threshold  # (..., n_q)
    return below.sum().item() / below.numel()


def simplex(rng, shape):
    """Rows in 64ths that sum to 1: about half with one weight far ahead (‖J‖ about .1), half with two large ones (about .5)."""
    n = shape[-1]
    rows = np.ones((int(np.prod(shape[:-1])), n))
    for i, row in enumerate(rows):
        first, second = rng.permutation(n)[:2] if n > 1 else (0, 0)
        rest = 64 - n
        row[first] += rest if i % 3 == 0 else rest - rng.integers(20, 28)
        row[second] += 64 - row.sum()
    return rows.reshape(shape) / 64


def ever_flatter(args):
    """The rows mixed with more and more equal weights, so that their norms are spread out."""
    rows = args["weights"].data
    flat = np.arange(len(rows))[:, None] / 16
    return {"weights": array((1 - flat) * rows + flat / rows.shape[-1], "float64", "torch")}


def rows(*numbers):
    return {"weights": array(numbers, "float64", "torch")}


NEARLY_SURE = {
    "float32": ((0.00012233119923621416, 0.9998776912689209), (0.9998568296432495, 0.000143155746627599)),
    "float64": ((6.357075406549638e-09, 0.9999999936429245), (0.9999999936857324, 6.314267533070153e-09)),
}
"""Rows for which Σw² - 2 Σw³ + (Σw²)², which is ‖J‖² and so above 0, is rounded to a number below 0."""


def inputs(draw):
    flat, sharp = (0.5, 0.5), (0.96875, 0.03125)
    yield "values", rows(flat, sharp) | {"threshold": 0.25}, "a flat row and a sharp one"
    yield "values", rows(sharp, sharp) | {"threshold": 0.0625}, "two sharp rows, both below the threshold"
    yield "values", rows(sharp, flat, flat) | {"threshold": 0.25}, "one sharp row and two flat ones"
    yield "values", rows(flat, flat, sharp) | {"threshold": 0.5}, "two rows whose ‖J‖ equals the threshold, and a sharp one"
    yield "values", rows((1.0, 0.0), (0.0, 1.0), flat) | {"threshold": 0.01}, "two rows of 1 and 0, and a flat one"
    for _ in range(2):
        yield "values", ever_flatter(draw(n_q=12, n_k=4)) | {"threshold": 0.3}, "twelve rows, from sharp to flat"
    yield "values", rows((0.5, 0.25, 0.25), (0.875, 0.0625, 0.0625)) | {"threshold": 0.2}, "a threshold between the two"
    yield "values", rows((0.5, 0.25, 0.25), (0.875, 0.0625, 0.0625)) | {"threshold": 0.1}, "the same below both"
    yield "values", rows((0.5, 0.25, 0.25), (0.875, 0.0625, 0.0625)) | {"threshold": 0.40625}, "the same, a larger threshold"
    yield "values", rows((0.6875, 0.3125), (0.75, 0.25), flat) | {"threshold": 0.4}, "three rows of two weights"
    yield "values", rows(*[(0.25,) * 4] * 8) | {"threshold": 0.8}, "eight rows of four equal weights"
    half, quarter = (0.5, 0.25, 0.25), (0.25, 0.25, 0.5)
    yield "values", rows(half, quarter) | {"threshold": 0.64}, "two rows of three weights, a large threshold"
    yield "values", rows(half, quarter) | {"threshold": 0.8}, "the same, an even larger threshold"
    yield "values", rows((0.53125, 0.46875), flat) | {"threshold": 0.4985}, "a row just below the threshold, one just above"
    yield "values", rows((0.5, 0.25, 0.125, 0.125), (0.25,) * 4) | {"threshold": 0.44}, "rows of four weights"
    yield "values", rows((1 / 64,) * 64, flat + (0.0,) * 62) | {"threshold": 0.25}, "64 equal weights, and two equal ones"
    yield "values", rows((0.90625, 0.09375)) | {"threshold": 0.125}, "a row a little above the threshold"
    yield "values", rows((1.0,), (1.0,)) | {"threshold": 0.1}, "a single key: its weight is always 1"
    for dtype, numbers in NEARLY_SURE.items():
        weights = {"weights": array(numbers, dtype, "torch")}
        yield "dtypes", weights | {"threshold": 0.01}, f"two rows of nearly 1 and 0 ({dtype})"
    yield "values", draw(n_q=7, n_k=5), "seven rows"
    yield "values", draw(n_q=6, n_k=3), "six rows"
    yield "batches", draw(lead=(2,), n_q=5, n_k=4), "two items of five rows"
    yield "batches", draw(lead=(2, 3), n_q=4, n_k=5), "two by three items of four rows"


exercise = Exercise(
    saturated_fraction,
    points={"values": 2, "batches": 1, "dtypes": 1, "side effects": 1},
    takes={
        "weights": Array("... n_q n_k", draw=simplex),
        "threshold": Number(lambda rng: float(rng.choice([0.25, 0.28125, 0.3125]))),
    },
    gives=("",),
    inputs=inputs,
    backend="torch",
    difficulty=2,
    minutes=7,
    hints=(
        "Do one row first: in lesson 4 J was a difference of two matrices, the weights on a diagonal minus the products "
        "w_i w_j. Here the last dimension of `weights` is the row, and J needs one dimension more.",
        "`weights.diag_embed()` puts each row on the diagonal of a matrix of its own. For the products, give weights the shapes "
        "(..., n_k, 1) and (..., 1, n_k) and multiply.",
        "Square J, sum over its last two dimensions, take the root: one number a row. Compare with the threshold, and take the "
        "mean of the Trues: they need `.double()` first. `.item()` makes a plain number of a tensor.",
    ),
    opts_out={
        "half": "the docstring asks for float32 or float64",
        "extremes": "weights lie between 0 and 1",
        "gradients": "a share has none",
    },
)
exercise.equivalent(
    "body line 1: weights.diag_embed() - weights[..., None] * weights[..., None, :] → "
    "weights[..., None] * weights[..., None, :] - weights.diag_embed()",
    because="a norm does not see the sign",
)
exercise.equivalent("body line 4: below.sum().item() → below.sum()", because="a tensor of one number is a number too")


def norms_of(weights):
    jacobian = weights.diag_embed() - weights[..., :, None] * weights[..., None, :]
    return jacobian.square().sum(dim=(-2, -1)).sqrt()


def share(found):
    return found.double().mean().item()


@exercise.wrong("`weights @ weights.mT` stands for the products: that compares queries, and w_i w_j belongs to one row")
def product_of_rows(weights, threshold):
    return share(torch.linalg.matrix_norm(weights.diag_embed() - weights @ weights.mT) < threshold)


@exercise.wrong("J is taken to be w_i (1 - w_j) everywhere: off the diagonal it is -w_i w_j")
def one_minus_everywhere(weights, threshold):
    jacobian = weights[..., :, None] * (1 - weights[..., None, :])
    return share(torch.linalg.matrix_norm(jacobian) < threshold)


@exercise.wrong(
    "the norm is taken over the last dimension of J only: a row of weights has a matrix, and one norm for all of it"
)
def last_dimension_only(weights, threshold):
    jacobian = weights.diag_embed() - weights[..., :, None] * weights[..., None, :]
    return share(jacobian.norm(dim=-1) < threshold)


@exercise.wrong("the last key is left out of J, as with `range(n_k - 1)`")
def last_key_left_out(weights, threshold):
    jacobian = weights.diag_embed() - weights[..., :, None] * weights[..., None, :]
    return share(jacobian[..., :-1, :-1].square().sum(dim=(-2, -1)).sqrt() < threshold)


@exercise.wrong("the last row is left out, as with `range(len(weights) - 1)`")
def last_row_left_out(weights, threshold):
    found = norms_of(weights) < threshold
    return found[..., :-1].sum().item() / found.numel()


@exercise.wrong("the root is missing: the squared norm is compared with the threshold")
def no_root(weights, threshold):
    return share(norms_of(weights) ** 2 < threshold)


@exercise.wrong("rows above the threshold are counted instead of those below it")
def above(weights, threshold):
    return share(norms_of(weights) > threshold)


@exercise.wrong("a row whose norm equals the threshold is counted as well: below means `<`")
def at_most(weights, threshold):
    return share(norms_of(weights) <= threshold)


@exercise.wrong("the rows are counted, and the count is not divided by how many there are")
def counted(weights, threshold):
    return int((norms_of(weights) < threshold).sum())


@exercise.wrong("a percentage is returned instead of a share between 0 and 1")
def percentage(weights, threshold):
    return 100 * saturated_fraction(weights, threshold)


@exercise.wrong("the largest entry of J is compared with the threshold instead of its Frobenius norm")
def largest_entry(weights, threshold):
    jacobian = weights.diag_embed() - weights[..., :, None] * weights[..., None, :]
    return share(jacobian.abs().amax(dim=(-2, -1)) < threshold)


@exercise.wrong("single entries of J are compared with the threshold and counted: a row has one norm, made of all of its J")
def single_entries(weights, threshold):
    jacobian = weights.diag_embed() - weights[..., :, None] * weights[..., None, :]
    return share(jacobian.abs() < threshold)


@exercise.wrong("single entries of J are compared with the threshold, and one share is returned for each item")
def single_entries_by_item(weights, threshold):
    jacobian = weights.diag_embed() - weights[..., :, None] * weights[..., None, :]
    found = (jacobian.abs() < threshold).double().mean(dim=(-3, -2, -1))
    return found.item() if found.ndim == 0 else found


@exercise.wrong("the largest singular value of J is taken instead of the root of the sum of its squared entries")
def spectral(weights, threshold):
    jacobian = weights.diag_embed() - weights[..., :, None] * weights[..., None, :]
    return share(torch.linalg.matrix_norm(jacobian, 2) < threshold)


@exercise.wrong("only the diagonal of J, w_i (1 - w_i), goes into the norm")
def diagonal_only(weights, threshold):
    return share((weights * (1 - weights)).norm(dim=-1) < threshold)


@exercise.wrong("the products w_i w_j are missing: the norm is that of the weights")
def weights_only(weights, threshold):
    return share(weights.norm(dim=-1) < threshold)


def off_diagonal_as_is(weights, diagonal):
    """The norms of J with other numbers on its diagonal."""
    products = weights[..., :, None] * weights[..., None, :]
    off = products - products.diagonal(dim1=-2, dim2=-1).diag_embed()
    return torch.linalg.matrix_norm(diagonal.diag_embed() - off)


@exercise.wrong("the products w_i w_j are added instead of subtracted")
def products_added(weights, threshold):
    return share(off_diagonal_as_is(weights, weights + weights**2) < threshold)


@exercise.wrong("the diagonal of J holds w_i: there, too, the product w_i w_i must be subtracted")
def diagonal_overwritten(weights, threshold):
    return share(off_diagonal_as_is(weights, weights) < threshold)


@exercise.wrong("the identity stands where the weights should stand on the diagonal of J")
def identity(weights, threshold):
    return share(off_diagonal_as_is(weights, 1 - weights**2) < threshold)


@exercise.wrong("`weights * weights` is subtracted, one number for each column: the products w_i w_j are a matrix")
def squares_subtracted(weights, threshold):
    jacobian = weights.diag_embed() - (weights**2)[..., None, :]
    return share(torch.linalg.matrix_norm(jacobian) < threshold)


@exercise.wrong(
    "a root is taken of a difference that rounding makes negative, as of Σw² - 2 Σw³ + (Σw²)²: that is NaN, and NaN is not below "
    "the threshold"
)
def root_of_a_difference(weights, threshold):
    second, third = (weights**2).sum(-1), (weights**3).sum(-1)
    return share((second - 2 * third + second**2).sqrt() < threshold)


@exercise.wrong("a norm that is a little below the threshold does not count. Is it rounded before it is compared?")
def norms_rounded(weights, threshold):
    return share(norms_of(weights).round(decimals=2) < threshold)


@exercise.wrong("a row whose norm is 0 is not counted: 0 is below the threshold, too")
def zeros_left_out(weights, threshold):
    norms = norms_of(weights)
    return share((norms < threshold) & (norms > 0))


@exercise.wrong("the count is divided by the number of weights instead of the number of rows")
def divided_by_weights(weights, threshold):
    return (norms_of(weights) < threshold).sum().item() / weights.numel()


@exercise.wrong("the count is divided by the size of the first dimension, which is the number of rows for one item only")
def divided_by_first_size(weights, threshold):
    return (norms_of(weights) < threshold).sum().item() / len(weights)


@exercise.wrong("the count is divided by n_q, the number of rows of one item, and not of all items")
def divided_by_rows_of_one(weights, threshold):
    return (norms_of(weights) < threshold).sum().item() / weights.shape[-2]


@exercise.wrong("the absolute entries of J are added up, without squares and root")
def sum_of_absolutes(weights, threshold):
    jacobian = weights.diag_embed() - weights[..., :, None] * weights[..., None, :]
    return share(jacobian.abs().sum(dim=(-2, -1)) < threshold)


@exercise.wrong("the mean of J's squared entries is taken instead of their sum")
def mean_of_squares(weights, threshold):
    return share(norms_of(weights) / weights.shape[-1] < threshold)


@exercise.wrong("a row counts where its largest weight is above 1 - threshold: the question is about J")
def largest_weight(weights, threshold):
    return share(weights.amax(dim=-1) > 1 - threshold)


@exercise.wrong("columns are looked at instead of rows: the last dimension holds the weights of one query")
def columns(weights, threshold):
    return share(norms_of(weights.transpose(-2, -1)) < threshold)


@exercise.wrong("one Jacobian norm is taken over all rows together")
def all_rows_together(weights, threshold):
    return float(norms_of(weights).square().sum().sqrt() < threshold)


@exercise.wrong("a share is returned for each item, instead of one for all rows together")
def by_item(weights, threshold):
    found = (norms_of(weights) < threshold).double().mean(-1)
    return found.item() if found.ndim == 0 else found


@exercise.wrong("only the first item is looked at")
def first_item(weights, threshold):
    return saturated_fraction(weights[(0,) * (weights.ndim - 2)], threshold)


@exercise.wrong("the code works for one table (n_q, n_k) only, not with leading dimensions")
def two_dimensions_only(weights, threshold):
    n_q, n_k = weights.shape
    return share(norms_of(weights.reshape(n_q, n_k)) < threshold)


@exercise.wrong("softmax is taken again: these are weights already")
def softmax_again(weights, threshold):
    return saturated_fraction(weights.softmax(-1), threshold)


@exercise.wrong("the products are subtracted in place, which changes the caller's tensor")
def in_place(weights, threshold):
    found = saturated_fraction(weights, threshold)
    weights -= weights.square()
    return found


@exercise.wrong("the mean norm is returned instead of the share of small ones")
def mean_norm(weights, threshold):
    return norms_of(weights).mean().item()


@exercise.wrong("the result is cut to a whole number, so every share but 1 becomes 0")
def whole_number(weights, threshold):
    return int(saturated_fraction(weights, threshold))


@exercise.wrong("the result is always 0")
def zero(weights, threshold):
    return 0.0


@exercise.right
def without_the_matrix(weights, threshold):
    w = weights.double()
    second, third = (w**2).sum(-1), (w**3).sum(-1)
    return ((second - 2 * third + second**2).clamp(min=0).sqrt() < threshold).double().mean()


@exercise.right
def averaged_in_float32(weights, threshold):
    return (norms_of(weights) < threshold).float().mean().item()


@exercise.right
def averaged_in_the_dtype_of_the_weights(weights, threshold):
    return (norms_of(weights) < threshold).to(weights.dtype).mean()


@exercise.right
def all_in_float32(weights, threshold):
    return (norms_of(weights.float()) < threshold).float().mean()


@exercise.right
def loop(weights, threshold):
    flat = weights.reshape(-1, weights.shape[-1]).tolist()
    found = 0
    for row in flat:
        total = sum((a * ((i == j) - b)) ** 2 for i, a in enumerate(row) for j, b in enumerate(row))
        found += total**0.5 < threshold
    return found / len(flat)


@exercise.right
def with_numpy(weights, threshold):
    flat = weights.numpy().reshape(-1, weights.shape[-1])
    return float(np.mean([np.linalg.norm(np.diag(w) - np.outer(w, w)) < threshold for w in flat]))


@exercise.right
def einsum_and_identity(weights, threshold):
    identity = torch.eye(weights.shape[-1], dtype=weights.dtype)
    jacobian = torch.einsum("...i,...ij->...ij", weights, identity - weights[..., None, :])
    below = torch.linalg.matrix_norm(jacobian) < threshold
    return below.sum().item() / below.numel()
