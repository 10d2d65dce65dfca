import math

import numpy as np

from autograder.authoring import Exercise, Number


def gap_for_weight(weight, n):
    """By how much must one score exceed n - 1 equal others, for softmax to give it this
    weight?

    Parameters
    ----------
    weight : a number between 0 and 1, both excluded.
    n : the number of scores, at least 2, the one that stands out included.

    Returns
    -------
    a number, the gap. It is negative where the weight is below 1 / n.

    Raises
    ------
    ValueError : where weight or n is outside its range.
    """
    if not 0 < weight < 1:
        raise ValueError(f"weight must lie between 0 and 1, found {weight}")
    if n < 2:
        raise ValueError(f"n must be at least 2, found {n}")
    return np.log(weight / (1 - weight)) + np.log(n - 1)


def inputs(draw):
    yield "values", draw() | {"n": 2}, "two scores"
    yield "values", draw() | {"n": 3}, "three scores"
    yield "values", draw(), "several scores"
    yield "values", draw() | {"weight": 0.5}, "half of all the weight"
    yield "values", draw() | {"n": 1000}, "a thousand scores"
    yield "values", draw() | {"weight": 0.999}, "nearly all the weight"
    yield "values", draw() | {"weight": 0.001, "n": 5}, "less than the fair share"
    yield "values", draw() | {"weight": 1e-12, "n": 2}, "next to nothing of all the weight"
    yield "errors", draw() | {"weight": 1.0}, "a weight of 1", "ValueError"
    yield "errors", draw() | {"weight": 0.0}, "a weight of 0", "ValueError"
    yield "errors", draw() | {"n": 1}, "a single score", "ValueError"
    yield "errors", draw() | {"weight": 1.5}, "a weight above 1", "ValueError"
    yield "errors", draw() | {"weight": -0.25}, "a weight below 0", "ValueError"
    yield "errors", draw() | {"n": 0}, "no score at all", "ValueError"


exercise = Exercise(
    gap_for_weight,
    points={"values": 3, "errors": 1},
    takes={
        "weight": Number(lambda rng: float(rng.integers(3, 30)) / 32),
        "n": Number(lambda rng: int(rng.integers(4, 40))),
    },
    gives=("",),
    inputs=inputs,
    difficulty=2,
    minutes=8,
    hints=(
        "Try n = 2 first. How large is one weight divided by the other? In log terms, that is the gap. For larger n, compare the "
        "weight with the weight of ONE of the others: n - 1 of them share what is left.",
        "The others share 1 - weight among n - 1. So each of them gets (1 - weight) / (n - 1). The ratio of two weights is e^gap.",
        "e^g = weight (n - 1) / (1 - weight). The gap is the natural logarithm of that.",
    ),
)


def checked(weight, n):
    if not 0 < weight < 1 or n < 2:
        raise ValueError("out of range")


@exercise.wrong("the number of scores is not used: log(w / (1 - w)) is right for two scores only")
def n_ignored(weight, n):
    checked(weight, n)
    return math.log(weight / (1 - weight))


@exercise.wrong("n is used where n - 1 is needed: the large score is not one of the others")
def n_not_minus_one(weight, n):
    checked(weight, n)
    return math.log(weight * n / (1 - weight))


@exercise.wrong("the sign is reversed")
def reversed_sign(weight, n):
    checked(weight, n)
    return -math.log(weight * (n - 1) / (1 - weight))


@exercise.wrong("the sign is dropped: a score that gets less than 1 / n lies below the others, and its gap is negative")
def absolute_value(weight, n):
    checked(weight, n)
    return abs(math.log(weight * (n - 1) / (1 - weight)))


@exercise.wrong("the logarithm is missing: e to the gap is returned instead of the gap")
def no_log(weight, n):
    checked(weight, n)
    return weight * (n - 1) / (1 - weight)


@exercise.wrong("the logarithm is taken to base 2")
def base_two(weight, n):
    checked(weight, n)
    return math.log2(weight * (n - 1) / (1 - weight))


@exercise.wrong("the logarithm is taken to base 10")
def base_ten(weight, n):
    checked(weight, n)
    return math.log10(weight * (n - 1) / (1 - weight))


@exercise.wrong("n - 1 divides where it should multiply")
def divided(weight, n):
    checked(weight, n)
    return math.log(weight / (1 - weight) / (n - 1))


@exercise.wrong("the share of the others, 1 - w, is missing")
def others_missing(weight, n):
    checked(weight, n)
    return math.log(weight * (n - 1))


@exercise.wrong("weight and 1 - weight have changed places")
def swapped(weight, n):
    checked(weight, n)
    return math.log((1 - weight) * (n - 1) / weight)


@exercise.wrong("the logarithm of the weight alone is returned")
def log_weight(weight, n):
    checked(weight, n)
    return math.log(weight)


@exercise.wrong("the weight is compared with a fair share: log(w n)")
def fair_share(weight, n):
    checked(weight, n)
    return math.log(weight * n)


@exercise.wrong("weights are taken as proportional to the scores, without exp")
def linear(weight, n):
    checked(weight, n)
    return weight - (1 - weight) / (n - 1)


@exercise.wrong("a weight or n outside its range is accepted without an error")
def no_errors(weight, n):
    if not 0 < weight < 1 or n < 2:
        return float("inf")
    return math.log(weight * (n - 1) / (1 - weight))


@exercise.wrong("a weight of exactly 0 or 1 is accepted without an error, though both are excluded")
def ends_accepted(weight, n):
    checked(0.5 if weight in (0, 1) else weight, n)
    return gap_for_weight(min(max(weight, 1e-9), 1 - 1e-9), n)


@exercise.wrong("a weight of 0 or 1 raises an error, but one below 0 or above 1 does not")
def outside_accepted(weight, n):
    checked(weight if weight in (0, 1) else 0.5, n)
    return float(np.log(abs(weight / (1 - weight))) + np.log(n - 1))


@exercise.wrong("n is not checked: below 2 there is no other score")
def n_not_checked(weight, n):
    checked(weight, 2)
    return gap_for_weight(weight, max(n, 2))


@exercise.wrong("the weight is not checked, only n")
def weight_not_checked(weight, n):
    checked(0.5, n)
    return gap_for_weight(min(max(weight, 1e-9), 1 - 1e-9), n)


@exercise.wrong("n = 1 is accepted without an error: the smallest n is 2")
def one_score_accepted(weight, n):
    checked(weight, n + 1)
    return gap_for_weight(weight, max(n, 2))


@exercise.wrong("`assert` makes the check, and raises AssertionError instead of ValueError")
def asserted(weight, n):
    assert 0 < weight < 1
    assert n >= 2
    return gap_for_weight(weight, n)


@exercise.wrong("the result is rounded to two decimals")
def rounded(weight, n):
    checked(weight, n)
    return round(math.log(weight * (n - 1) / (1 - weight)), 2)


@exercise.wrong("the result is always 0")
def zero(weight, n):
    checked(weight, n)
    return 0.0


@exercise.right
def with_numpy(weight, n):
    checked(weight, n)
    return np.log(weight) - np.log1p(-weight) + np.log(n - 1)


@exercise.right
def one_fraction(weight, n):
    checked(weight, n)
    return math.log((n - 1) / (1 / weight - 1))
