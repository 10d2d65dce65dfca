import torch

from autograder.authoring import Exercise, array


def write_memory(keys, values):
    """Weights of a feed-forward layer that knows these facts: nothing is trained.

    The layer is relu(X w_1 + b_1) w_2 + b_2. Where a key goes in, its value comes out. Where a
    row goes in that is like none of the keys, zeros come out.

    Parameters
    ----------
    keys : float64 tensor (facts, d), one key a row, each of length 1. No two of them have a
        dot product above 0.45. There may be more keys than features.
    values : float64 tensor (facts, c), one value a row.

    Returns
    -------
    w_1, b_1, w_2, b_2 : float tensors (d, d_ff), (d_ff,), (d_ff, c) and (c,). You choose d_ff,
        from 1 to 4 times the number of facts. Entries are finite and at most 1000 in size.

    Checked: "recall" is earned where key i gives value i, and "silence" where rows of length 1
    with no dot product above 0.45 with any key give zeros, each number to within 0.001.
    "more keys than features" asks for both.
    """
    threshold = 0.5  # above 0.45, below 1
    b_2 = torch.zeros(values.shape[1])  # (c,)
    return keys.T, torch.full((len(keys),), -threshold), values / (1 - threshold), b_2


# -- what is asked ------------------------------------------------------------------------------------------------------


def few():
    """Three facts and rows that are none of them. The last row is as near to the keys as the promise allows."""
    keys = torch.tensor([[1, 0, 0, 0], [0.28, 0.96, 0, 0], [0, 0.28, 0.96, 0]], dtype=torch.float64)
    values = torch.tensor([[3.0, -1.0], [0.5, 2.0], [-4.0, 1.0]], dtype=torch.float64)
    rows = torch.tensor([[0, 0, 0, 1.0], [-1, 0, 0, 0], [0, -0.6, 0, 0.8], [0.44, 0.3, 0.37, 0.5795**0.5]])
    return keys, values, rows.double()


def many():
    """48 facts of 16 features: all axes in both directions, and 16 rows of ones and minus ones."""
    ones = torch.ones(1, 1, dtype=torch.float64)
    for _ in range(4):
        ones = torch.cat([torch.cat([ones, ones], 1), torch.cat([ones, -ones], 1)])
    eye = torch.eye(16, dtype=torch.float64)
    keys = torch.cat([eye, -eye, ones / 4])  # dot products of two keys: 0, 0.25, -0.25, -1
    values = torch.sin(torch.arange(240, dtype=torch.float64)).reshape(48, 5).mul(8).round() / 4
    rows = torch.randn(300, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rows = rows / rows.norm(dim=1, keepdim=True)
    return keys, values, rows[(rows @ keys.T).amax(1) <= 0.45]


def form(result, keys, values):
    """What is wrong with the four tensors, or ""."""
    if not isinstance(result, (tuple, list)) or len(result) != 4:
        return "not four"
    (facts, d), c, names = keys.shape, values.shape[1], ("w_1", "b_1", "w_2", "b_2")
    for name, w in zip(names, result, strict=True):
        if not isinstance(w, torch.Tensor) or not w.is_floating_point():
            return "type", {"name": name}
    d_ff = result[0].shape[-1] if result[0].ndim else 0
    if result[0].ndim != 2 or len(result[0]) != d:
        return "shape", {"name": "w_1", "shape": str(tuple(result[0].shape)), "wanted": f"({d}, d_ff)"}
    if not 1 <= d_ff <= 4 * facts:
        return "width", {"d_ff": d_ff, "most": 4 * facts}
    for name, w, wanted in zip(names[1:], result[1:], ((d_ff,), (d_ff, c), (c,)), strict=True):
        if tuple(w.shape) != wanted:
            return "shape", {"name": name, "shape": str(tuple(w.shape)), "wanted": str(wanted)}
    for name, w in zip(names, result, strict=True):
        if not torch.isfinite(w).all() or w.abs().max() > 1000:
            return "size", {"name": name}
    return ""


def given(result, x):
    """What the layer gives for these rows."""
    w_1, b_1, w_2, b_2 = (w.double() for w in result)
    return torch.relu(x @ w_1 + b_1) @ w_2 + b_2


def text(row):
    return "(" + ", ".join(f"{round(number, 3) + 0.0:g}" for number in row.tolist()) + ")"


def knows(result, keys, values, rows):
    """What is wrong with what comes out for the keys, or ""."""
    out = given(result, keys)
    wrong = ((out - values).abs() > 1e-3).any(1).nonzero().flatten().tolist()
    return wrong and ("recall", {"i": wrong[0], "found": text(out[wrong[0]]), "wanted": text(values[wrong[0]])})


def keeps_silent(result, keys, values, rows):
    """What is wrong with what comes out for other rows, or ""."""
    out = given(result, rows)
    loud = (out.abs() > 1e-3).any(1).nonzero().flatten().tolist()
    return loud and ("silence", {"largest": (rows @ keys.T)[loud[0]].max().item(), "found": text(out[loud[0]])})


def recalls(result):
    keys, values, rows = few()
    return form(result, keys, values) or knows(result, keys, values, rows) or ""


def is_silent(result):
    keys, values, rows = few()
    return form(result, keys, values) or keeps_silent(result, keys, values, rows) or ""


def holds_many(result):
    keys, values, rows = many()
    return form(result, keys, values) or knows(result, keys, values, rows) or keeps_silent(result, keys, values, rows) or ""


def inputs(draw):
    yield "recall", facts(few()), "three facts of four features: what comes out for the keys"
    yield "silence", facts(few()), "three facts of four features: what comes out for other rows"
    yield "more keys than features", facts(many()), "48 facts of 16 features"


def facts(asked):
    return {name: array(t.numpy(), backend="torch") for name, t in zip(("keys", "values"), asked, strict=False)}


exercise = Exercise(
    write_memory,
    points={"recall": 2, "silence": 2, "more keys than features": 1},
    takes={"keys": None, "values": None},
    gives=("d d_ff", "d_ff", "d_ff c", "c"),
    inputs=inputs,
    backend="torch",
    difficulty=3,
    minutes=12,
    verifiers={"recall": recalls, "silence": is_silent, "more keys than features": holds_many},
    sentences={
        "not four": "four tensors are asked for: w_1, b_1, w_2 and b_2, in a tuple",
        "type": "{name} should be a torch tensor of floats",
        "shape": "{name} should have the shape {wanted}, and has {shape}",
        "width": "d_ff, the number of columns of w_1, should be from 1 to {most}, and is {d_ff}",
        "size": "{name} has an entry that is not finite, or above 1000 in size",
        "recall": "key {i} should give {wanted}, and the layer gives {found} (keys are counted from 0)",
        "silence": "a row whose largest dot product with a key is {largest:.2f} should give zeros, and the layer gives {found}",
    },
    hints=(
        "Give each fact a neuron of its own. A column of w_1 is what the neuron compares x with, and a row of w_2 is what it adds "
        "to the output when it fires.",
        "With w_1 = keysᵀ, a neuron sees the dot product of x with its key: 1 for its own key, 0.45 at most for all that should "
        "not wake it. Which bias lets the first through and stops the second?",
        "With the bias −0.5 a neuron still fires at its own key, but how strongly? Its value has to be made up for that.",
        "b_1 is −0.5 in every entry, what is left at the own key is 1 − 0.5, so w_2 is the values divided by that, and b_2 zeros.",
    ),
)


exercise.equivalent("body line 3: 1 - threshold → threshold", because="both are 0.5")


def zeros(values):
    return torch.zeros(values.shape[1], dtype=values.dtype)


def biases(keys, bias):
    return torch.full((len(keys),), bias, dtype=keys.dtype)


@exercise.wrong("no threshold is set (b_1 is 0): a neuron then fires for every row at less than 90° from its key")
def no_threshold(keys, values):
    return keys.T, biases(keys, 0.0), values, zeros(values)


@exercise.wrong(
    "a linear map is solved for, which recalls as long as there are no more keys than features, and answers other rows as well"
)
def pseudo_inverse(keys, values):
    solved, eye = torch.linalg.pinv(keys) @ values, torch.eye(keys.shape[1], dtype=keys.dtype)
    return torch.cat([eye, -eye], 1), biases(torch.cat([eye, eye]), 0.0), torch.cat([solved, -solved]), zeros(values)


@exercise.wrong(
    "the values are not made larger: at its own key a neuron is at 1 minus the threshold, so half the value comes out"
)
def not_rescaled(keys, values):
    return keys.T, biases(keys, -0.5), values, zeros(values)


@exercise.wrong("the values are multiplied by 1 minus the threshold, where dividing is needed")
def multiplied(keys, values):
    return keys.T, biases(keys, -0.5), values * 0.5, zeros(values)


@exercise.wrong("the threshold is 1, which not even the own key exceeds, so that zeros come out")
def threshold_one(keys, values):
    return keys.T, biases(keys, -1.0), values, zeros(values)


@exercise.wrong("the threshold is too low: rows at a dot product below 0.45 still wake a neuron")
def low_threshold(keys, values):
    return keys.T, biases(keys, -0.3), values / 0.7, zeros(values)


@exercise.wrong("b_1 has the wrong sign: it raises each neuron by a half instead of lowering it")
def plus_bias(keys, values):
    return keys.T, biases(keys, 0.5), values / 1.5, zeros(values)


@exercise.wrong("keys and values have changed places")
def changed_places(keys, values):
    return values.T, biases(values, -0.5), keys * 2, zeros(keys)


@exercise.wrong("the keys are not transposed: w_1 needs one column for each key")
def not_transposed(keys, values):
    return keys, biases(keys, -0.5), values * 2, zeros(values)


@exercise.wrong("w_2 is transposed: it needs one row for each fact")
def values_transposed(keys, values):
    return keys.T, biases(keys, -0.5), values.T * 2, zeros(values)


@exercise.wrong("b_1 has one entry for each feature, and needs one for each neuron")
def bias_for_features(keys, values):
    return keys.T, biases(keys.T, -0.5), values * 2, zeros(values)


@exercise.wrong("the mean of the values stands in b_2, so that it comes out for any row that is no key")
def mean_in_b_2(keys, values):
    return keys.T, biases(keys, -0.5), (values - values.mean(0)) * 2, values.mean(0)


@exercise.wrong("the threshold stands in b_2, where it comes after the activation")
def threshold_in_b_2(keys, values):
    return keys.T, biases(keys, 0.0), values * 2, zeros(values) - 0.5


@exercise.wrong("the tensors are returned in the order w_1, w_2, b_1, b_2")
def other_order(keys, values):
    w_1, b_1, w_2, b_2 = write_memory(keys, values)
    return w_1, w_2, b_1, b_2


@exercise.wrong("b_2 is missing: three tensors are returned")
def three_tensors(keys, values):
    return write_memory(keys, values)[:3]


@exercise.wrong("what the layer gives for the keys is returned, and not its weights")
def output_returned(keys, values):
    return given(write_memory(keys, values), keys)


@exercise.wrong("each key is divided by the sum of all its dot products with the keys, which changes the threshold of each")
def normalised_by_others(keys, values):
    return (keys / (keys @ keys.T).abs().sum(1, keepdim=True)).T, biases(keys, -0.5), values * 2, zeros(values)


@exercise.wrong("one bias is handed in as a plain number: b_1 is a tensor with an entry for each neuron")
def one_bias(keys, values):
    return keys.T, -0.5, values * 2, zeros(values)


@exercise.wrong("the last fact has no neuron")
def last_forgotten(keys, values):
    return keys[:-1].T, biases(keys[:-1], -0.5), values[:-1] * 2, zeros(values)


@exercise.wrong("one neuron listens to the sum of all keys and gives the mean value")
def one_neuron(keys, values):
    return keys.sum(0)[:, None], biases(keys[:1], -0.5), values.mean(0, keepdim=True) * 2, zeros(values)


@exercise.right
def sharper(keys, values):
    """The keys ten times as long, with a threshold of their own."""
    return keys.T * 10, biases(keys, -6.0), values / 4, zeros(values)


@exercise.right
def two_neurons_each(keys, values):
    twice = torch.cat([keys, keys])
    return twice.T, biases(twice, -0.7), torch.cat([values, values]) / 0.6, zeros(values)


@exercise.right
def highest_threshold(keys, values):
    w_1, b_1 = keys.T.float(), torch.full((len(keys),), -0.95)
    return [w_1, b_1, values.float() * 20, torch.zeros(values.shape[1])]


@exercise.right
def learned(keys, values):
    """Least squares on what the neurons do for keys, after a random threshold."""
    bias = -0.5 - 0.3 * torch.rand(len(keys), dtype=keys.dtype)
    hidden = torch.relu(keys @ keys.T + bias)
    return keys.T, bias, torch.linalg.solve(hidden, values), zeros(values)
