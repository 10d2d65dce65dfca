import torch

from autograder.authoring import Exercise, Held


def is_position_wise(layer):
    """True where a layer that somebody else wrote is position-wise, False where it is not.

    It is position-wise where one function makes each row of the output from the row of the
    input that stands there: whatever the other rows are, however many there are, and wherever
    the row stands.

    Parameters
    ----------
    layer : a function of a float32 or float64 tensor (n, 8) with n from 1 to 16, that returns
        a tensor (n, 8). It always gives the same output for the same input.

    Returns
    -------
    True or False.

    Some layers show what they do at a few positions only, all of them at n = 16. With
    `torch.randn` entries rounding moves a number by less than 0.00001, and what breaks the
    rule by more than 0.001. Take random numbers from a `torch.Generator()` of your own: the
    global random state stays as it was.
    """
    x = torch.randn(16, 8, generator=torch.Generator())  # (n, d)
    alone = torch.cat([layer(row) for row in x.split(1)])  # (n, d): each row by itself, so it stands first
    return torch.allclose(layer(x), alone, atol=1e-4)


# -- what the judge holds: layers, each with features in an order of its own --------------------------------------------


def _turned(x, turn):
    if x.ndim != 2 or x.shape[-1] != 8 or not 1 <= len(x) <= 16:
        raise ValueError(f"expected shape (n, 8) with n from 1 to 16, found {tuple(x.shape)}")
    return x[:, turn]


def _matrix(x, shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(x.dtype) / 3


def _places(x):
    return torch.arange(len(x), dtype=x.dtype)[:, None]


def _attend(q, k):
    return torch.softmax(torch.einsum("id,jd->ij", q, k), -1)


# position-wise
def ada(x, *, turn):
    x = _turned(x, turn)
    return torch.relu(x @ _matrix(x, (8, 16), 1)) @ _matrix(x, (16, 8), 2)


def ben(x, *, turn):
    return torch.nn.functional.layer_norm(_turned(x, turn), (8,))


def chloe(x, *, turn):
    return 2 * _turned(x, turn)


def dev(x, *, turn):
    return torch.zeros_like(x) + torch.tensor(turn, dtype=x.dtype)


def eli(x, *, turn):
    return torch.softmax(_turned(x, turn), dim=-1)


def fay(x, *, turn):
    x = _turned(x, turn)
    return torch.nn.functional.silu(x @ _matrix(x, (8, 8), 3)) * (x @ _matrix(x, (8, 8), 4))


def gus(x, *, turn):
    return _turned(x, turn).sort(dim=-1).values


def hana(x, *, turn):
    x = _turned(x, turn)
    return (x - 40 * x.mean(0)) + 40 * x.mean(0)


def lou(x):
    return _turned(x, list(range(8)))


# not position-wise: other rows are read
def ines(x, *, turn):
    x = _turned(x, turn)
    return _attend(x, x) @ x


def jon(x, *, turn):
    x = _turned(x, turn)
    return torch.relu(x) + x.mean(0) / 4


def kim(x, *, turn):
    x = _turned(x, turn)
    return x.cumsum(0) / (_places(x) + 1)


def lea(x, *, turn):
    x = _turned(x, turn)
    return x + x.roll(1, 0) / 4


def mia(x, *, turn):
    x = _turned(x, turn)
    return torch.cat([x[:15], x[15:] + x[:1] / 4])


def noor(x, *, turn):
    x = _turned(x, turn)
    return (x - x.mean(0)) / (x.var(0, correction=0) + 1e-5).sqrt()


def otto(x, *, turn):
    x = _turned(x, turn)
    return x.sort(dim=0).values


def pia(x, *, turn):
    x = _turned(x, turn)
    return x / x.abs().max()


def quin(x, *, turn):
    x = _turned(x, turn)
    return torch.nn.functional.layer_norm(x, x.shape)


def ravi(x, *, turn, place):
    x = _turned(x, turn).clone()
    x[place : place + 1] += x[place - 1 : place][: len(x[place:])] / 4
    return x


def rosa(x, *, turn):
    x = _turned(x, turn)
    return x + x[8:].sum(0) / 8


def sara(x, *, turn):
    x = _turned(x, turn)
    return x + x.sum(0).sin() / 250


def tom(x, *, turn):
    x, places = _turned(x, turn), _places(x)
    return x + x.roll(-1, 0) * ((places % 2 == 0) & (places + 1 < len(x))) / 4


# not position-wise: the position counts, or how many there are
def uma(x, *, turn):
    return _turned(x, turn) + _places(x) / 8


def vik(x, *, turn):
    return _turned(x, turn) * (1 + _places(x))


def wen(x, *, turn):
    return _turned(x, turn).flip(0)


def xia(x, *, turn):
    return _turned(x, turn) / len(x)


def yara(x, *, turn, place):
    x = _turned(x, turn)
    return torch.where(_places(x) == place, torch.relu(x), x)


def zoe(x, *, turn):
    x = _turned(x, turn)
    return torch.where(_places(x) == 0, torch.relu(x), x)


def inputs(draw):
    for aspect, function, what in (
        ("basics", ada, "position-wise: a feed-forward layer, after the features were put in another order"),
        ("basics", jon, "not: a part of the mean of all rows is added to each row"),
        ("position-wise ones", ben, "position-wise: each row is normalised by its own mean and variance"),
        ("position-wise ones", chloe, "position-wise: each row is doubled"),
        ("position-wise ones", dev, "position-wise: each output is the same constant row"),
        ("position-wise ones", eli, "position-wise: a softmax over the features of each row"),
        ("position-wise ones", fay, "position-wise: a gated layer"),
        ("position-wise ones", gus, "position-wise: the features of each row are sorted"),
        ("position-wise ones", hana, "position-wise: 40 times the mean of all rows is taken off and added again, which cancels up to rounding"),
        ("position-wise ones", lou, "position-wise: the rows come out as they went in"),
        ("other rows", ines, "not: attention without positions"),
        ("other rows", kim, "not: each row is averaged with all before it"),
        ("other rows", lea, "not: a part of the row before it is added to each row"),
        ("other rows", mia, "not: where n is 16 the last row reads the first, and the others keep to themselves"),
        ("other rows", noor, "not: each feature is normalised over all rows"),
        ("other rows", otto, "not: each feature is sorted over all rows"),
        ("other rows", pia, "not: all numbers are divided by the largest of all"),
        ("other rows", quin, "not: all numbers are normalised by the mean and variance of all"),
        ("other rows", ravi, "not: one row, somewhere in the middle, reads the row before it"),
        ("other rows", rosa, "not: each row reads all rows from number 8 on, where there are as many"),
        ("other rows", sara, "not: less than 0.01 is added, the sine of the sum of all rows"),
        ("other rows", tom, "not: every other row reads the row after it"),
        ("positions", uma, "not: a number that grows with the position is added"),
        ("positions", vik, "not: each row is multiplied by a number that grows with the position"),
        ("positions", wen, "not: the rows come out in reverse order"),
        ("positions", xia, "not: each row is divided by how many rows there are"),
        ("positions", yara, "not: at one position, somewhere in the middle, another function is used"),
        ("positions", zoe, "not: at the first position another function is used"),
    ):  # fmt: skip
        yield aspect, {"layer": Held(function.__name__)}, what


exercise = Exercise(
    is_position_wise,
    points={"basics": 2, "position-wise ones": 2, "other rows": 2, "positions": 2, "side effects": 1},
    takes={"layer": None},
    gives=("",),
    inputs=inputs,
    held=(
        *(ada, ben, chloe, dev, eli, fay, gus, hana, lou, ines, jon, kim, lea, mia),
        *(noor, otto, pia, quin, ravi, rosa, sara, tom, uma, vik, wen, xia, yara, zoe),
    ),
    details={
        "turn": lambda rng: rng.permutation(8).tolist(),  # in which order the features are taken
        "place": lambda rng: int(rng.integers(4, 12)),
    },
    backend="torch",
    difficulty=3,
    minutes=12,
    hints=(
        "Do not ask how it is written. Take one row: what may you change around it without its output moving? There are three "
        "things to change.",
        "Change the other rows, change where the row stands, change how many rows there are. A row that stands alone, as an input "
        "(1, 8), has all three changed at once.",
        "Compare the output of 16 rows with the outputs of each of them alone. Try all 16, and leave room for rounding.",
        "Draw x (16, 8) from a `torch.Generator()`. Call the layer on x, and on `x[i : i + 1]` for each i. Where any row differs by "
        "more than 0.0001: False.",
    ),
)

exercise.equivalent("body line 3: 0.0001 → 0.0002", because="both lie between rounding and what breaks the rule")
exercise.equivalent(
    "body line 3: torch.allclose(layer(x), alone, atol=0.0001) → torch.allclose(alone, layer(x), atol=0.0001)",
    because="which of the two comes first matters to the relative room alone, and that is far smaller",
)


def rows(n=16, seed=3):
    return torch.randn(n, 8, generator=torch.Generator().manual_seed(seed))


def same(a, b, room=1e-4):
    return bool((a - b).abs().max() <= room)


@exercise.wrong("the answer is True for every layer. Are shapes alone compared, or a result with itself?")
def always_true(layer):
    return layer(rows()).shape == (16, 8)


@exercise.wrong("the answer is False for every layer")
def always_false(layer):
    return False


@exercise.wrong("the answers are exchanged: True means position-wise")
def exchanged(layer):
    return not is_position_wise(layer)


@exercise.wrong(
    "attention and the like pass. Are the rows put in another order, and no more? Then what treats all rows alike passes"
)
def permuted(layer):
    order = torch.randperm(16, generator=torch.Generator().manual_seed(1))
    return same(layer(rows()[order]), layer(rows())[order])


@exercise.wrong(
    "layers that depend on the position pass. Are the other rows changed, while the row that is compared stays where it is?"
)
def others_changed(layer):
    x, y = rows(), rows(seed=4)
    for i in range(16):
        changed = y.clone()
        changed[i] = x[i]
        if not same(layer(changed)[i], layer(x)[i]):
            return False
    return True


@exercise.wrong("layers that mix rows pass. Are all rows of the input equal, so that only positions show?")
def equal_rows(layer):
    out = layer(rows()[:1].expand(16, 8))
    return same(out, out[:1].expand(16, 8))


@exercise.wrong("layers in which the first row keeps to itself pass. Is the first row alone tried by itself?")
def first_row_alone(layer):
    return same(layer(rows()[:1]), layer(rows())[:1])


@exercise.wrong("layers in which the last row keeps to itself pass. Is the last row alone tried by itself?")
def last_row_alone(layer):
    return same(layer(rows()[-1:]), layer(rows())[-1:])


@exercise.wrong("layers in which rows read only what stands before them pass. Is the last row changed, and no other?")
def last_changed(layer):
    x = rows()
    x[-1] += 1
    return same(layer(x)[:-1], layer(rows())[:-1])


@exercise.wrong(
    "layers in which rows read only what stands after them, or only the last, pass. Is the first row changed, and no other?"
)
def first_changed(layer):
    x = rows()
    x[0] += 1
    return same(layer(x)[1:], layer(rows())[1:])


@exercise.wrong("a layer that uses how many rows there are passes. Does every input have the same number of rows?")
def same_number(layer):
    x, y = rows(), rows(seed=4)
    for i in range(16):
        changed = y.clone()
        changed[15 - i] = x[i]
        if not same(layer(changed)[15 - i], layer(x)[i]):
            return False
    return permuted(layer) and others_changed(layer)


@exercise.wrong("what happens at one place in the middle does not show. Are a few rows near the ends tried by themselves?")
def ends_only(layer):
    x = rows()
    return all(same(layer(x[i : i + 1]), layer(x)[i : i + 1]) for i in (0, 1, 14, 15))


@exercise.wrong("the input is cut in two halves, and what happens inside each half does not show")
def halves(layer):
    x = rows()
    return same(torch.cat([layer(x[:8]), layer(x[8:])]), layer(x))


@exercise.wrong("the input is too short for what happens further back. Has it 4 rows or fewer?")
def short(layer):
    x = rows(4)
    return same(torch.cat([layer(row) for row in x.split(1)]), layer(x))


@exercise.wrong("rounding is taken for a difference. Must the rows be equal to the last bit?")
def no_room(layer):
    x = rows()
    return bool(torch.equal(torch.cat([layer(row) for row in x.split(1)]), layer(x)))


@exercise.wrong("the smallest difference, of less than 0.01, does not show. Is more room left than 0.001?")
def too_much_room(layer):
    x = rows()
    return same(torch.cat([layer(row) for row in x.split(1)]), layer(x), room=0.02)


@exercise.wrong("outputs are compared with inputs, so that a layer which changes its rows at all is not position-wise")
def compared_with_input(layer):
    return same(layer(rows()), rows())


@exercise.wrong("each feature alone is tried, and not each row: a layer may mix the features of a row as it likes")
def features_changed(layer):
    x = rows()
    x[:, 0] += 1
    moved = (layer(x) - layer(rows())).abs() > 1e-4
    return int(moved.any(0).sum()) <= 1


@exercise.wrong(
    "random numbers are taken from the global generator, or it is seeded, which changes everyone's random numbers"
)
def global_generator(layer):
    torch.manual_seed(0)
    torch.randn(16, 8)
    return is_position_wise(layer)


@exercise.wrong("the largest difference is returned instead of True or False")
def returns_a_number(layer):
    x = rows()
    return (torch.cat([layer(row) for row in x.split(1)]) - layer(x)).abs().max().item()


@exercise.wrong("a row by itself is handed over without its first dimension, as (8,): the layer takes (n, 8)")
def row_without_dimension(layer):
    x = rows()
    return same(torch.stack([layer(row) for row in x]), layer(x))


@exercise.right
def kept_elsewhere(layer):
    """Row i alone is kept, at another place, among other rows, of which there are fewer."""
    generator = torch.Generator().manual_seed(11)
    x, y = torch.randn(2, 16, 8, generator=generator, dtype=torch.float64)
    out = layer(x)
    for i in range(16):
        for n, place in ((16, (5 * i + 3) % 16), (3, 1)):
            z = y[:n].clone()
            z[place] = x[i]
            if (layer(z)[place] - out[i]).abs().max() > 1e-5:
                return False
    return True


@exercise.right
def growing(layer):
    """Each row by itself against each prefix."""
    x = rows(seed=5)
    alone = torch.cat([layer(row) for row in x.split(1)])
    return torch.tensor(all(same(layer(x[:n]), alone[:n]) for n in range(1, 17)))


@exercise.right
def turned_round(layer):
    x = rows(seed=6)
    alone = torch.cat([layer(row) for row in x.split(1)])
    return same(layer(x.flip(0)), alone.flip(0)) and same(layer(x), alone)
