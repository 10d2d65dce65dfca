import torch

from autograder.authoring import Array, Exercise, array


def spread(x):
    """How far the tokens lie from their mean, as a share of their size: ‖X − mean‖ / ‖X‖.

    The mean is one row, the average of all rows of X. ‖·‖ is the Frobenius norm, the root of
    the sum of all squares. 0 says that all tokens are equal, and 1 that their mean is 0.

    Parameters
    ----------
    x : float32 or float64 tensor (n, d), one token a row.

    Returns
    -------
    a float from 0 to 1, or a tensor without dimensions; 0 where X is all zeros.

    x is left as it was. Source: Dong et al. 2021, arXiv 2103.03404, which measures the part of
    X that is not one row repeated (with another norm).
    """
    size = x.norm()  # ()
    apart = (x - x.mean(dim=0)).norm()  # ()
    return (apart / size).item() if size > 0 else 0.0


def inputs(draw):
    yield "values", by_hand([[1.0, 0.0], [0.0, 1.0]]), "two tokens at right angles"
    yield "values", by_hand([[3.0, 1.0], [1.0, 3.0], [2.0, 5.0]]), "three tokens of two features, all above 0"
    yield "values", by_hand([[0.125, 0.0], [0.25, -0.125]]), "two tokens of small numbers"
    yield "values", draw(n=5, d=3), "five tokens"
    yield "values", draw(n=3, d=6), "more features than tokens"
    yield "equal tokens", by_hand([[1.0, 2.0, -4.0]] * 4), "four equal tokens"
    yield "equal tokens", by_hand([[0.5, 2.0, 8.0]]), "a single token"
    yield "zeros", by_hand([[0.0, 0.0]] * 3), "three tokens of zeros"


def by_hand(rows):
    return {"x": array(rows, backend="torch")}


exercise = Exercise(
    spread,
    points={"values": 2, "equal tokens": 1, "zeros": 1, "dtypes": 1, "side effects": 1},
    takes={"x": Array("n d")},
    gives=("",),
    inputs=inputs,
    backend="torch",
    difficulty=1,
    minutes=4,
    opts_out={
        "zeros": "the aspect 'zeros' has this input",
        "gradients": "a float has none",
        "half": "a float is held to more digits than half precision has",
    },
    hints=(
        "Which average is meant: one number for each token, or one row for all tokens? On which dimension do tokens stand?",
        "`x.mean(dim=0)` is the mean row. Take it off every row and measure what is left with `.norm()`, then x itself.",
        "One norm divided by the other. Where x is all zeros that is 0/0: look at the size first, and return 0.0 there.",
    ),
)


exercise.equivalent("body line 2: x - x.mean(dim=0) → x.mean(dim=0) - x", because="a norm has no sign")
exercise.equivalent("body line 3: (apart / size).item() → apart / size", because="a tensor without dimensions will do")


@exercise.wrong("each token's own mean over its features is taken off, where one mean row over all tokens is meant")
def over_features(x):
    return divided((x - x.mean(dim=-1, keepdim=True)).norm(), x)


def divided(apart, x):
    return apart / x.norm() if x.any() else 0.0


@exercise.wrong("one mean of all entries is taken off, where each feature has a mean of its own")
def total_mean(x):
    return divided((x - x.mean()).norm(), x)


@exercise.wrong("both norms are squared")
def squared(x):
    return (x - x.mean(0)).square().sum() / x.square().sum() if x.any() else 0.0


@exercise.wrong("the distance is not divided by the size of X")
def not_divided(x):
    return (x - x.mean(0)).norm()


@exercise.wrong("the distance is divided by the size of the mean row, and not by that of X")
def by_mean_row(x):
    return (x - x.mean(0)).norm() / x.mean(0).norm() if x.any() else 0.0


@exercise.wrong("the distance is divided by the size of the mean row repeated for each token, and not by that of X")
def by_mean_matrix(x):
    return (x - x.mean(0)).norm() / x.mean(0).expand_as(x).norm() if x.any() else 0.0


@exercise.wrong("each token has a ratio of its own, and their mean is returned")
def mean_of_ratios(x):
    ratios = (x - x.mean(0)).norm(dim=-1) / x.norm(dim=-1)
    return ratios.nan_to_num().mean()


@exercise.wrong("the mean cosine of the tokens is returned")
def mean_cosine(x):
    rows = torch.nn.functional.normalize(x, dim=-1)
    return (rows @ rows.T).mean()


@exercise.wrong("1 minus the ratio is returned: equal tokens give 1")
def one_minus(x):
    return 1 - divided((x - x.mean(0)).norm(), x)


@exercise.wrong("the mean row, repeated, is measured, and not what is left without it")
def part_of_the_mean(x):
    return divided(x.mean(0).expand_as(x).norm(), x)


@exercise.wrong("the norm is the sum of absolute values, where the root of the sum of squares is meant")
def absolute_sizes(x):
    return (x - x.mean(0)).abs().sum() / x.abs().sum() if x.any() else 0.0


@exercise.wrong("tokens of zeros give 0/0, which is NaN")
def nan_on_zeros(x):
    return (x - x.mean(0)).norm() / x.norm()


@exercise.wrong("tokens of zeros give 1 instead of 0")
def one_on_zeros(x):
    return (x - x.mean(0)).norm() / x.norm() if x.any() else 1.0


@exercise.wrong("the mean is taken off x itself (`-=`), so x is not what it was")
def in_place(x):
    size = x.norm()
    x -= x.mean(0)
    return x.norm() / size if size > 0 else 0.0


@exercise.right
def by_variances(x):
    squares = x.double().square().sum()
    left = x.double().var(dim=0, correction=0).sum() * len(x)
    return (left / squares).sqrt().item() if squares > 0 else 0.0


@exercise.right
def with_a_projection(x):
    n = len(x)
    centring = torch.eye(n, dtype=x.dtype) - torch.ones(n, n, dtype=x.dtype) / n
    return (centring @ x).norm() / x.norm() if x.any() else torch.zeros((), dtype=x.dtype)
