import numpy as np

from autograder.authoring import Array, Exercise, Number, array

from .softmax import LIBRARY, softmax


def softmax_with_temperature(x, temperature, axis=-1):
    """Softmax of x / temperature, along one axis. Call your own `softmax`, and none of a
    library.

    Parameters
    ----------
    x : numpy array of any shape with at least one dimension, floats or int64; every entry is
        finite, integers of at most 2**53 in size. It is left as it was.
    temperature : a number above 0. Below 1 it sharpens the weights, above 1 it flattens them.
    axis : the axis that the weights sum to 1 along; it has at least one entry.

    Returns
    -------
    array of the same shape: the weights. Floats keep their dtype; integers give float64.
    Neither a tiny temperature, such as 0.0001, nor a large score may overflow to NaN, as long
    as x / temperature is finite in the dtype of the result.

    Raises
    ------
    ValueError : where temperature is 0 or below.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0, found {temperature}")
    return softmax(x / temperature, axis)


def inputs(draw):
    yield "values", draw(n=3) | {"temperature": 2.0}, "three scores at temperature 2"
    yield "values", draw(n=3) | {"temperature": 0.5}, "three scores at temperature 0.5"
    yield "values", draw(n=3) | {"temperature": 3.0}, "three scores at temperature 3"
    yield "values", draw(n=4) | {"temperature": 1.0}, "four scores at temperature 1"
    yield "values", draw(lead=(2,), n=4), "two rows of four scores"
    yield "any axis", draw(lead=(2,), n=3) | {"axis": 0}, "two rows of three scores, down the columns"
    yield "any axis", draw(lead=(3, 2), n=4) | {"axis": 1}, "three dimensions, the middle axis"
    yield "large numbers", draw(n=4) | {"temperature": 0.0001}, "four scores at temperature 0.0001"
    yield "large numbers", draw(n=4, scale=1e6), "four scores in the millions"
    yield "large numbers", close_together(draw(n=4)), "four scores near 1, at temperature 0.0001"
    yield "dtypes", {"x": array([3, 1, 2], "int64"), "temperature": draw(n=1)["temperature"]}, "three integers"
    yield "errors", draw(n=3) | {"temperature": 0.0}, "temperature 0", "ValueError"
    yield "errors", draw(n=3) | {"temperature": -1.0}, "a negative temperature", "ValueError"
    yield "errors", draw(n=3) | {"temperature": -0.01}, "a temperature a little below 0", "ValueError"
    yield "errors", draw(n=3) | {"temperature": 2}, "temperature 2, an integer"
    yield "errors", draw(n=3, scale=30) | {"temperature": 100}, "temperature 100, an integer"


def close_together(args):
    """Scores so close that a tiny temperature leaves weight to each of them."""
    return args | {"x": array(1 + args["x"].data / 2**13), "temperature": 0.0001}


exercise = Exercise(
    softmax_with_temperature,
    points={"values": 2, "any axis": 1, "large numbers": 1, "errors": 1, "dtypes": 1, "side effects": 1},
    takes={
        "x": Array("... n", integers=True),
        "temperature": Number(lambda rng: float(rng.choice([0.25, 0.75, 1.25, 3.0, 5.0]))),
        "axis": None,
    },
    ready_made=LIBRARY,
    gives=("... n",),
    inputs=inputs,
    difficulty=1,
    minutes=4,
    needs=("softmax",),
    hints=(
        "You have softmax already. What must happen to the scores before you call it?",
        "Divide every score by the temperature, hand the result and `axis` to `softmax`.",
        "Check the temperature first: `raise ValueError(...)` where it is not above 0.",
    ),
)


def checked(temperature):
    if temperature <= 0:
        raise ValueError("temperature must be above 0")


@exercise.wrong("the scores are multiplied by the temperature instead of divided by it")
def multiplied(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x * temperature, axis)


@exercise.wrong("the temperature is not used at all, or only shifts all scores, which a softmax does not notice")
def temperature_ignored(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x, axis)


@exercise.wrong("`axis` is not handed on to softmax")
def axis_not_passed(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x / temperature)


@exercise.wrong("the weights are divided by the temperature after the softmax, so they do not sum to 1")
def divided_afterwards(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x, axis) / temperature


@exercise.wrong("the scores are divided by the square root of the temperature")
def square_root(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x / float(np.sqrt(temperature)), axis)


@exercise.wrong("the scores are divided by the square of the temperature")
def squared(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x / temperature**2, axis)


@exercise.wrong("exp(x / temperature) overflows: it is taken directly, or the `softmax` that is called does so")
def own_exp(x, temperature, axis=-1):
    checked(temperature)
    e = np.exp(x / temperature)
    return e / e.sum(axis=axis, keepdims=True)


@exercise.wrong("exp(x / temperature) is never divided by its sum")
def never_normalised(x, temperature, axis=-1):
    checked(temperature)
    return np.exp(x / temperature)


@exercise.wrong("the weights are raised to the power 1 / temperature but not divided by their new sum")
def powered(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x, axis) ** (1 / temperature)


@exercise.wrong(
    "softmax comes first and its weights are then raised to the power 1 / temperature: at a tiny temperature all of these powers "
    "are too small for a float, and dividing by their sum is 0 / 0"
)
def power_of_weights(x, temperature, axis=-1):
    checked(temperature)
    powers = softmax(x, axis) ** (1 / temperature)
    return powers / powers.sum(axis=axis, keepdims=True)


@exercise.wrong("`x` is divided in place, which changes the caller's array and fails for integers")
def in_place(x, temperature, axis=-1):
    checked(temperature)
    x /= temperature
    return softmax(x, axis)


@exercise.wrong("the temperature is rounded down to a whole number")
def whole_number(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x / max(int(temperature), 1), axis)


@exercise.wrong("`//` is used: it rounds the scores down to whole numbers")
def floor_division(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x // temperature, axis)


@exercise.wrong("a temperature of 0 or below is accepted without an error")
def no_error(x, temperature, axis=-1):
    return softmax(x / temperature, axis) if temperature > 0 else softmax(x, axis)


@exercise.wrong("a temperature that is allowed is refused: it may be an integer, and as far above 1 as you like")
def integer_refused(x, temperature, axis=-1):
    if not isinstance(temperature, float):
        raise ValueError("expected a float")
    return softmax_with_temperature(x, temperature, axis)


@exercise.wrong("a temperature of 0 raises an error, but one below 0 does not")
def only_0_refused(x, temperature, axis=-1):
    if temperature == 0:
        raise ValueError("temperature is 0")
    return softmax(x / temperature, axis)


@exercise.wrong("a negative temperature raises an error, but 0 does not")
def only_negative_refused(x, temperature, axis=-1):
    if temperature < 0:
        raise ValueError("temperature is below 0")
    with np.errstate(all="ignore"):
        return softmax(x / temperature, axis)


@exercise.wrong("a tiny temperature is raised to a limit, such as 0.01, so it does not sharpen as much as it should")
def limited(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x / max(temperature, 0.01), axis)


@exercise.wrong(
    "at a tiny temperature the largest score gets all the weight, even where others are close enough to get some"
)
def argmax_where_tiny(x, temperature, axis=-1):
    checked(temperature)
    if temperature >= 0.001:
        return softmax(x / temperature, axis)
    hit = x == x.max(axis=axis, keepdims=True)
    return (hit / hit.sum(axis=axis, keepdims=True)).astype(x.dtype)


@exercise.wrong("the divided scores are cast back to integers where `x` holds integers, which cuts them off")
def cut_to_integers(x, temperature, axis=-1):
    checked(temperature)
    return softmax((x / temperature).astype(x.dtype), axis)


@exercise.wrong("the scores are divided by 1 + temperature")
def one_added(x, temperature, axis=-1):
    checked(temperature)
    return softmax(x / (1 + temperature), axis)


@exercise.wrong("the result is all zeros")
def zeros(x, temperature, axis=-1):
    checked(temperature)
    return np.zeros_like(x)


@exercise.right
def shifted_first(x, temperature, axis=-1):
    checked(temperature)
    return softmax((x - x.max(axis=axis, keepdims=True)) / temperature, axis)


@exercise.right
def log_sum_exp(x, temperature, axis=-1):
    checked(temperature)
    x = np.asarray(x)
    logs = x / temperature
    logs = logs - logs.max(axis=axis, keepdims=True)
    return np.exp(logs - np.log(np.exp(logs).sum(axis=axis, keepdims=True)))
