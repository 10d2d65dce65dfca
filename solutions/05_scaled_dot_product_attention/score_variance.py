import numpy as np
import torch

from autograder.authoring import Exercise, Number


def score_variance(d_k, mean, variance):
    """The variance of one score q · k with independent entries, by formula.

    Parameters
    ----------
    d_k : the number of entries of q, and of k: a whole number of at least 1.
    mean : a number, the mean of every entry of q and k.
    variance : a number of at least 0, the variance of every entry of q and k. It is
        not the standard deviation.

    Returns
    -------
    a number. No random numbers are drawn.

    Raises
    ------
    ValueError : where d_k is below 1 or variance below 0.
    """
    if d_k < 1 or variance < 0:
        raise ValueError(f"d_k must be at least 1 and variance at least 0, found {d_k} and {variance}")
    return d_k * (variance**2 + 2 * variance * mean**2)


def inputs(draw):
    yield "mean 0", {"d_k": 1, "mean": 0.0, "variance": 3.0}, "one entry, mean 0, variance 3"
    yield "mean 0", {"d_k": 4, "mean": 0.0, "variance": 1.0}, "four entries, mean 0, variance 1"
    yield "mean 0", {"d_k": 3, "mean": 0.0, "variance": 0.5}, "three entries, mean 0, variance 0.5"
    yield "mean 0", draw() | {"mean": 0.0}, "several entries, mean 0"
    yield "mean 0", {"d_k": 5, "mean": 0.0, "variance": 0.0}, "entries that do not vary at all"
    yield "any mean", {"d_k": 1, "mean": 1.0, "variance": 1.0}, "one entry, mean 1, variance 1"
    yield "any mean", {"d_k": 2, "mean": -3.0, "variance": 0.5}, "two entries, a negative mean"
    yield "any mean", {"d_k": 2, "mean": 3.0, "variance": 0.0}, "entries that are all 3"
    yield "any mean", draw(), "any mean and variance"
    yield "any mean", draw(), "another mean and variance"
    yield "errors", draw() | {"d_k": 0}, "no entries", "ValueError"
    yield "errors", draw() | {"d_k": -2}, "fewer than no entries", "ValueError"
    yield "errors", draw() | {"variance": -0.5}, "a negative variance", "ValueError"
    yield "errors", draw() | {"d_k": 0, "variance": -0.5}, "no entries, and a negative variance", "ValueError"


exercise = Exercise(
    score_variance,
    points={"mean 0": 2, "any mean": 2, "errors": 1},
    takes={
        "d_k": Number(lambda rng: int(rng.integers(5, 40))),
        "mean": Number(lambda rng: float(rng.choice([0.75, 1.25, 1.5, 2.5, 3.5]))),
        "variance": Number(lambda rng: float(rng.choice([0.25, 1.5, 2.5, 3.0, 5.0]))),
    },
    gives=("",),
    inputs=inputs,
    backend="torch",  # where a number may have been float32 on the way
    difficulty=2,
    minutes=6,
    hints=(
        "Start with one entry, so d_k = 1. The score is one product, a b. What is the mean of (a b)², and what is the mean "
        "of a b?",
        "Variance is the mean of the square minus the square of the mean. The mean of a² is variance + mean². For independent "
        "a and b, the mean of a² b² is the product of the two means.",
        "One product has variance (variance + mean²)² − mean⁴. Multiply it out: two terms are left. Then add up d_k "
        "independent products.",
    ),
)


def checked(d_k, variance):
    if d_k < 1 or variance < 0:
        raise ValueError("out of range")


@exercise.wrong("`d_k` alone is returned: that is right for mean 0 and variance 1 only")
def d_k_alone(d_k, mean, variance):
    checked(d_k, variance)
    return d_k


@exercise.wrong("`d_k` times the variance of one entry: but what is added up are products of two entries")
def entries_added(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * variance


@exercise.wrong("the squares of variance and mean are added up, and the mean of (a b)² is the product of two sums")
def squares_added(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance**2 + mean**2)


@exercise.wrong("the mean is not used: `d_k` times the squared variance is right for mean 0 only")
def mean_ignored(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * variance**2


@exercise.wrong("the variance is not squared: a product of two entries has the product of their variances")
def not_squared(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance + 2 * variance * mean**2)


@exercise.wrong("the standard deviation of the score is returned instead of its variance")
def standard_deviation(d_k, mean, variance):
    checked(d_k, variance)
    return float(np.sqrt(score_variance(d_k, mean, variance)))


@exercise.wrong("`variance` is squared before use, as if it were a standard deviation")
def taken_for_deviation(d_k, mean, variance):
    checked(d_k, variance)
    return score_variance(d_k, mean, variance**2)


@exercise.wrong("the square root of `variance` is used in its place")
def root_taken(d_k, mean, variance):
    checked(d_k, variance)
    return score_variance(d_k, mean, float(np.sqrt(variance)))


@exercise.wrong(
    "the squared mean of the whole score, (d_k mean²)², is taken off; add up d_k variances, each with its own mean⁴ off"
)
def whole_mean_off(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance + mean**2) ** 2 - (d_k * mean**2) ** 2


@exercise.wrong("the mean of the squared products is added up, and the squared mean, mean⁴, is never taken off")
def second_moment(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance + mean**2) ** 2


@exercise.wrong("only mean² is taken off, but the mean of a product is mean², and its square mean⁴")
def mean_squared_off(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * ((variance + mean**2) ** 2 - mean**2)


@exercise.wrong("the term with the mean counts once: it must count twice, once for q and once for k")
def mean_counted_once(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance**2 + variance * mean**2)


@exercise.wrong("the mean enters as it is and not squared, so a negative mean would make the variance smaller")
def mean_not_squared(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance**2 + 2 * variance * mean)


@exercise.wrong("`d_k` is squared: variances of independent products add up, so it enters once")
def d_k_squared(d_k, mean, variance):
    checked(d_k, variance)
    return d_k**2 * (variance**2 + 2 * variance * mean**2)


@exercise.wrong("the variances of the entries of q and k are added up, as if the score were a sum of entries")
def sum_of_entries(d_k, mean, variance):
    checked(d_k, variance)
    return 2 * d_k * variance


@exercise.wrong("the result is divided by `d_k`: that is the variance of the scaled score")
def scaled_already(d_k, mean, variance):
    checked(d_k, variance)
    return variance**2 + 2 * variance * mean**2


@exercise.wrong("the result is estimated from random draws, so it is near the right number and never exact")
def estimated(d_k, mean, variance):
    checked(d_k, variance)
    rng = np.random.default_rng(0)
    q, k = mean + np.sqrt(variance) * rng.normal(size=(2, 20_000, d_k))
    return float((q * k).sum(-1).var())


@exercise.wrong("`d_k` below 1 or a negative variance is accepted without an error")
def no_error(d_k, mean, variance):
    return d_k * (variance**2 + 2 * variance * mean**2)


@exercise.wrong("a negative variance is accepted without an error")
def variance_not_checked(d_k, mean, variance):
    checked(d_k, 1)
    return d_k * (variance**2 + 2 * variance * mean**2)


@exercise.wrong("`d_k` is not checked: below 1 there is no score")
def d_k_not_checked(d_k, mean, variance):
    checked(1, variance)
    return d_k * (variance**2 + 2 * variance * mean**2)


@exercise.wrong("an error is raised where both `d_k` and the variance are out of range: `and` stands where `or` is needed")
def both_needed(d_k, mean, variance):
    if d_k < 1 and variance < 0:
        raise ValueError("out of range")
    return d_k * (variance**2 + 2 * variance * mean**2)


@exercise.wrong("`d_k` of 1 raises an error: one entry is enough")
def one_entry_refused(d_k, mean, variance):
    checked(d_k - 1, variance)
    return score_variance(d_k, mean, variance)


@exercise.wrong("`assert` makes the check, and raises AssertionError instead of ValueError")
def asserted(d_k, mean, variance):
    assert d_k >= 1
    assert variance >= 0
    return score_variance(d_k, mean, variance)


@exercise.wrong("a negative mean is treated otherwise than a positive one: it enters squared, so its sign does not matter")
def sign_kept(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance**2 + 2 * variance * mean * abs(mean))


@exercise.wrong("the term with the mean is subtracted instead of added")
def mean_subtracted(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance**2 - 2 * variance * mean**2)


@exercise.wrong(
    "the 2 is squared too, as in `(2 * variance * mean) ** 2`: both means and the variance stand there once each"
)
def all_of_it_squared(d_k, mean, variance):
    checked(d_k, variance)
    return d_k * (variance**2 + (2 * variance * mean) ** 2)


@exercise.wrong("`d_k` of 0 is accepted without an error: it must be at least 1")
def zero_accepted(d_k, mean, variance):
    if d_k < 0 or variance < 0:
        raise ValueError("out of range")
    return d_k * (variance**2 + 2 * variance * mean**2)


@exercise.wrong("a variance of 0 raises an error: entries that do not vary are allowed")
def no_variance_refused(d_k, mean, variance):
    checked(d_k, variance)
    if variance == 0:
        raise ValueError("out of range")
    return score_variance(d_k, mean, variance)


@exercise.wrong("the result is rounded to a whole number")
def rounded(d_k, mean, variance):
    return round(score_variance(d_k, mean, variance))


@exercise.right
def moments(d_k, mean, variance):
    checked(d_k, variance)
    second = variance + mean * mean
    return d_k * second * second - d_k * mean**4


@exercise.right
def in_float32(d_k, mean, variance):
    checked(d_k, variance)
    mean, variance = torch.tensor(float(mean)), torch.tensor(float(variance))
    return (d_k * variance * (variance + 2 * mean**2)).item()


@exercise.right
def added_up(d_k, mean, variance):
    checked(d_k, variance)
    return sum(variance * variance + mean * mean * variance + variance * mean * mean for _ in range(d_k))


@exercise.right
def with_numpy(d_k, mean, variance):
    if not (d_k >= 1 and variance >= 0):
        raise ValueError
    of_q = np.full(d_k, variance, dtype=np.float64)
    return np.sum(of_q * (of_q + 2 * np.square(mean)))


@exercise.right
def given_q_then_k(d_k, mean, variance):
    """The law of total variance: what k adds for a fixed q, and what q adds to the mean."""
    checked(d_k, variance)
    within = d_k * variance * (variance + mean**2)
    between = d_k * mean**2 * variance
    return np.float64(within + between)
