import math

import numpy as np

from autograder.authoring import Exercise, Number


def cosine_spread(d, mean):
    """Standard deviation of the cosine between two random vectors, for large d.

    The 2 d entries are independent and normal, with variance 1 and this mean m. For large d
    the cosine is a constant plus the average over all d entries, x = m + u of one vector and
    y = m + v of the other, of

        (m (1 - c) (u + v)  +  u v  -  c (u² + v²) / 2) / (1 + m²),    where c = m² / (1 + m²),

    plus terms that shrink faster with d. Return the standard deviation of that average: a
    formula, not a simulated value. At mean 0 it is exact. The three parts in the bracket are
    uncorrelated.

    Parameters
    ----------
    d : a whole number of at least 1, the length of the vectors.
    mean : any number, the mean of each entry.

    Returns
    -------
    a number, the standard deviation.

    Raises
    ------
    ValueError : where d is below 1.
    """
    if d < 1:
        raise ValueError(f"d must be at least 1, found {d}")
    c = mean**2 / (1 + mean**2)
    variance = 1 + 2 * (mean / (1 + mean**2)) ** 2 + c**2  # u v, u + v, u² + v²
    return np.sqrt(variance / d) / (1 + mean**2)


def inputs(draw):
    yield "mean 0", draw() | {"d": 4, "mean": 0.0}, "vectors of length 4, mean 0"
    yield "mean 0", draw() | {"mean": 0.0}, "mean 0"
    yield "mean 0", draw() | {"d": 1, "mean": 0.0}, "vectors of length 1, mean 0"
    yield "mean 0", draw() | {"d": 400, "mean": 0}, "long vectors, mean 0"
    yield "another mean", draw() | {"d": 4, "mean": 1.0}, "vectors of length 4, mean 1"
    yield "another mean", draw() | {"d": 100, "mean": 2.0}, "vectors of length 100, mean 2"
    yield "another mean", draw(), "another mean"
    yield "another mean", draw() | {"mean": -1.5}, "a mean below 0"
    yield "another mean", draw() | {"mean": 0.1}, "a small mean"
    yield "another mean", draw() | {"d": 64, "mean": 20.0}, "a large mean"
    yield "errors", draw() | {"d": 0}, "d = 0", "ValueError"
    yield "errors", draw() | {"d": -3}, "d below 0", "ValueError"


exercise = Exercise(
    cosine_spread,
    points={"mean 0": 2, "another mean": 2, "errors": 1},
    takes={
        "d": Number(lambda rng: int(rng.integers(5, 90))),
        "mean": Number(lambda rng: float(rng.integers(3, 14)) / 8 + 0.0625),
    },
    gives=("",),
    inputs=inputs,
    difficulty=3,
    minutes=12,
    optional=True,
    hints=(
        "Begin with mean 0: then c is 0 and the average of u v is left. What is the variance of one product u v, and of an "
        "average of d of them?",
        "For another mean, take the three parts one by one. They are uncorrelated, so their variances add. What are the "
        "variances of u + v, of u v and of u² + v², and what does a factor in front do to a variance?",
        "u + v has variance 2, u v has variance 1, and u² + v² has variance 4, for u² has variance 2.",
        "Each part's factor counts squared: the variances are 2 m² (1 - c)², 1 and c². Add them, divide by d, take the root, "
        "and divide by 1 + m².",
    ),
)


def checked(d):
    if d < 1:
        raise ValueError("d below 1")


def spread(d, mean, first=1.0, second=1.0, third=1.0):
    checked(d)
    c = mean**2 / (1 + mean**2)
    return math.sqrt((first + second * 2 * mean**2 * (1 - c) ** 2 + third * c**2) / d) / (1 + mean**2)


@exercise.wrong("the mean is not used: 1 / √d is right for mean 0 only")
def mean_ignored(d, mean):
    checked(d)
    return 1 / math.sqrt(d)


@exercise.wrong("the square root is missing: this is the variance, 1 / d at mean 0, and its root is asked for")
def variance(d, mean):
    return spread(d, mean) ** 2


@exercise.wrong("the square root of variance / d is forgotten")
def root_forgotten(d, mean):
    return spread(d, mean) ** 2 * (1 + mean**2)


@exercise.wrong("the root is taken of the variance, but not of d")
def d_not_rooted(d, mean):
    return spread(d, mean) / math.sqrt(d)


@exercise.wrong("√d multiplies where it should divide: that is how the spread of the dot product grows")
def times_root_d(d, mean):
    return spread(d, mean) * d


@exercise.wrong("d is not used at all")
def d_ignored(d, mean):
    checked(d)
    return spread(1, mean)


@exercise.wrong("d - 1 is used where d is needed")
def d_minus_one(d, mean):
    checked(d)
    return spread(max(d - 1, 1), mean) if d != 1 else float("inf")


@exercise.wrong("the average cosine is returned, and not how far cosines spread around it")
def average_cosine(d, mean):
    checked(d)
    return mean**2 / (1 + mean**2)


@exercise.wrong("the spread of the dot product is returned, with no division by the lengths")
def of_the_dot_product(d, mean):
    checked(d)
    return math.sqrt(d * (1 + 2 * mean**2))


@exercise.wrong("c is taken as 0: the lengths count as fixed, so that only the dot product varies")
def lengths_fixed(d, mean):
    checked(d)
    return math.sqrt((1 + 2 * mean**2) / d) / (1 + mean**2)


@exercise.wrong("the factor 1 - c in front of u + v is left out")
def factor_left_out(d, mean):
    checked(d)
    c = mean**2 / (1 + mean**2)
    return math.sqrt((1 + 2 * mean**2 + c**2) / d) / (1 + mean**2)


@exercise.wrong("only the variance of u v is counted, and the two other parts are left out")
def only_the_product(d, mean):
    return spread(d, mean, second=0, third=0)


@exercise.wrong("the part with u² + v² is left out")
def squares_left_out(d, mean):
    return spread(d, mean, third=0)


@exercise.wrong("the part with u + v is left out")
def sum_left_out(d, mean):
    return spread(d, mean, second=0)


@exercise.wrong("the variance of u + v is taken as 1: u and v each add 1")
def sum_counted_once(d, mean):
    return spread(d, mean, second=0.5)


@exercise.wrong("the variance of u² is taken as 1, and it is 2")
def square_counted_half(d, mean):
    return spread(d, mean, third=0.5)


@exercise.wrong("the variance of u² is taken as 3, its fourth moment, without subtracting 1")
def fourth_moment(d, mean):
    return spread(d, mean, third=1.5)


@exercise.wrong("the factors in front of the parts are not squared")
def factors_not_squared(d, mean):
    checked(d)
    c = mean**2 / (1 + mean**2)
    return math.sqrt(max(0.0, 1 + 2 * mean * (1 - c) + 2 * c) / d) / (1 + mean**2)


@exercise.wrong("the standard deviations of the three parts are added, and not their variances")
def deviations_added(d, mean):
    checked(d)
    c = mean**2 / (1 + mean**2)
    return (1 + math.sqrt(2) * mean * (1 - c) + c) / math.sqrt(d) / (1 + mean**2)


@exercise.wrong("the division by 1 + mean² is missing")
def not_divided(d, mean):
    return spread(d, mean) * (1 + mean**2)


@exercise.wrong("the division by 1 + mean² is done twice")
def divided_twice(d, mean):
    return spread(d, mean) / (1 + mean**2)


@exercise.wrong("the mean is used where its square is needed")
def mean_not_squared(d, mean):
    checked(d)
    m = abs(mean)
    c = m / (1 + m)
    return math.sqrt((1 + 2 * m * (1 - c) ** 2 + c**2) / d) / (1 + m)


@exercise.wrong("a d below 1 is accepted without an error")
def no_error(d, mean):
    return spread(d, mean) if d >= 1 else 0.0


@exercise.wrong("only d = 0 is refused, and a negative d is not")
def only_zero_refused(d, mean):
    if d == 0:
        raise ValueError("d is 0")
    return spread(abs(d), mean)


@exercise.wrong("the result is rounded")
def rounded(d, mean):
    return round(spread(d, mean), 3)


@exercise.wrong("the value is simulated with a few hundred pairs, which is off by some percent")
def simulated(d, mean):
    checked(d)
    pairs = np.random.default_rng(0).normal(mean, 1, (2, 400, d))
    lengths = np.linalg.norm(pairs, axis=-1)
    return float(((pairs[0] * pairs[1]).sum(-1) / lengths.prod(axis=0)).std())


@exercise.wrong("the result is always 0")
def zero(d, mean):
    checked(d)
    return 0.0


@exercise.wrong("the factor ½ in front of u² + v² is not squared, and a factor counts squared in a variance")
def half_not_squared(d, mean):
    return spread(d, mean, third=2.0)


@exercise.wrong("the factor c in front of u² + v² is not squared, and a factor counts squared in a variance")
def c_not_squared(d, mean):
    checked(d)
    c = mean**2 / (1 + mean**2)
    return math.sqrt((1 + 2 * mean**2 * (1 - c) ** 2 + c) / d) / (1 + mean**2)


@exercise.wrong("the factor 1 - c in front of u + v is not squared, and a factor counts squared in a variance")
def one_minus_c_not_squared(d, mean):
    checked(d)
    c = mean**2 / (1 + mean**2)
    return math.sqrt((1 + 2 * mean**2 * (1 - c) + c**2) / d) / (1 + mean**2)


@exercise.right
def one_fraction(d, mean):
    checked(d)
    m2 = np.float64(mean) * mean
    return np.sqrt((1 + 4 * m2 + 2 * m2 * m2) / d) / (1 + m2) ** 2


@exercise.right
def by_quadrature(d, mean):
    checked(d)
    points, weights = np.polynomial.hermite_e.hermegauss(8)
    weights = np.outer(weights, weights) / weights.sum() ** 2
    x, y = mean + points[:, None], mean + points[None, :]
    c = mean * mean / (1 + mean * mean)
    one = x * y - c * (x * x + y * y) / 2
    centred = one - (weights * one).sum()
    return float(np.sqrt((weights * centred**2).sum() / d) / (1 + mean * mean))


@exercise.right
def by_the_gradient(d, mean):
    if not d >= 1:
        raise ValueError("d")
    far = 1 + mean**2
    parts = np.array([1.0, np.sqrt(2) * mean / far, mean**2 / far])
    return np.linalg.norm(parts) / far / d**0.5


@exercise.right
def as_an_array(d, mean):
    checked(d)
    c = 1 - 1 / (1 + mean**2)
    return np.asarray((1 - c) * np.sqrt((1 + 2 * c * (1 - c) + c * c) / d))
