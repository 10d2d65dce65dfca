import torch

from autograder.authoring import Exercise, Held


def what_it_reads(norm):
    """On which other entries of its input an entry of a norm's result depends: a test.

    Parameters
    ----------
    norm : a function that somebody else wrote. It takes a float32 or float64 tensor
        (4, 6, 8), which is 4 sequences of 6 tokens with 8 features each, and returns a tensor
        of this shape. It always gives the same for the same x. A norm with gains, biases or
        remembered statistics has them built in.

    Returns
    -------
    features, tokens, sequences : a tuple of three bools.
        features is True where some entry of the result depends on an entry of x at another
        feature, tokens where on one at another token (another place in the sequence),
        sequences where on one in another sequence. The other entry may differ in more than one
        of the three: at another feature of another token both count. A norm that only
        multiplies each feature by a gain gives (False, False, False).

    Some norms depend on others at one place only, wherever that is. With `torch.randn` entries
    rounding moves an entry by less than 0.00001, and other such numbers in place of all that
    an entry depends on move it by more than 0.001. Take random numbers from a
    `torch.Generator()` of your own: the global random state stays as it was.
    """
    generator = torch.Generator()  # it starts with the same seed each time
    x, other = torch.randn(2, 4, 6, 8, generator=generator)  # (sequences, tokens, features) each
    before = norm(x)  # (4, 6, 8)
    depends = {}
    for dim in (2, 1, 0):
        moved = []
        for i in range(x.shape[dim]):
            changed = other.clone()  # (4, 6, 8): other numbers everywhere
            changed.select(dim, i).copy_(x.select(dim, i))  # but at place i of this dimension
            after = norm(changed)  # (4, 6, 8)
            moved.append(not torch.allclose(after.select(dim, i), before.select(dim, i), atol=1e-4))
        depends[dim] = any(moved)
    return depends[2], depends[1], depends[0]


# -- what the judge holds ----------------------------------------------------------------------------------------------


def _gain(x, wave):
    if tuple(x.shape) != (4, 6, 8):
        raise ValueError(f"expected shape (4, 6, 8), found {tuple(x.shape)}")
    return 1.5 + torch.sin(wave * torch.arange(8, dtype=x.dtype))


def _level(x, dims):
    variance, mean = torch.var_mean(x, dim=dims, keepdim=True, correction=0)
    return (x - mean) / (variance + 1e-5).sqrt()


def ada(x, *, wave):
    return _gain(x, wave) * _level(x, 2)


def ben(x, *, wave):
    return _gain(x, wave) * _level(x, (0, 1))


def chloe(x, *, wave):
    gain = _gain(x, wave)
    return (x - gain.flip(0)) / gain


def dev(x, *, wave):
    return _gain(x, wave) * _level(x, 1)


def eli(x, *, wave):
    return _gain(x, wave) * _level(x, (1, 2))


def fay(x, *, wave):
    return _gain(x, wave) * _level(x.unflatten(2, (2, 4)), (1, 3)).flatten(2)


def gus(x, *, wave):
    return _gain(x, wave) * _level(x, (0, 1, 2))


def hana(x, *, wave):
    return _gain(x, wave) * _level(x, 0)


def ines(x, *, wave):
    return _gain(x, wave) * _level(x, (0, 2))


def jon(x, *, wave):
    return _gain(x, wave) * torch.nn.functional.rms_norm(x, (8,), eps=1e-6)


def kim(x, *, wave):
    return _gain(x, wave) * x


def lea(x, *, wave):
    return _gain(x, wave) * (x - x.cumsum(1) / torch.arange(1, 7, dtype=x.dtype)[:, None])


def mia(x, *, wave):
    return _gain(x, wave) * _level(x.unflatten(2, (2, 4)), 3).flatten(2)


def noor(x, *, wave):
    return _gain(x, wave) * x / x.abs().max()


def otto(x, *, wave):
    return _gain(x, wave) * _level(x - 60 * x.mean(), 2)


def _one_place(x, wave, dim, places):
    to, source = places
    y = _gain(x, wave) * x
    y.select(dim, to).add_(x.select(dim, source), alpha=0.1)
    return y


def pia(x, *, wave, features):
    return _one_place(x, wave, 2, features)


def quin(x, *, wave, tokens):
    return _one_place(x, wave, 1, tokens)


def ravi(x, *, wave, sequences):
    return _one_place(x, wave, 0, sequences)


def sol(x, *, wave, tokens):
    """The later of the two tokens reads the earlier one."""
    return _one_place(x, wave, 1, sorted(tokens, reverse=True))


def tom(x, *, wave, features):
    """A feature of each token reads another feature of the token before it."""
    y = _gain(x, wave) * x
    y[:, 1:, features[0]] += 0.1 * x[:, :-1, features[1]]
    return y


def uma(x, *, wave):
    return _one_place(x, wave, 1, (0, 5))


def vik(x, *, wave, inside):
    return _one_place(x, wave, 1, (inside, inside + 1))


def inputs(draw):
    for aspect, function, what in (
        ("two norms", ada, "LayerNorm, over the features of each token: (True, False, False)"),
        ("two norms", ben, "BatchNorm in training, over all tokens of the batch for each feature: (False, True, True)"),
        ("other norms", chloe, "BatchNorm in evaluation, with remembered statistics: (False, False, False)"),
        ("other norms", dev, "InstanceNorm, over the tokens of a sequence for each feature: (False, True, False)"),
        ("other norms", eli, "GroupNorm with one group, over a whole sequence: (True, True, False)"),
        ("other norms", fay, "GroupNorm with two groups of four features: (True, True, False)"),
        ("other norms", gus, "one mean and variance for the whole batch: (True, True, True)"),
        ("other norms", hana, "over the sequences, for each token and feature: (False, False, True)"),
        ("other norms", ines, "over sequences and features, for each token: (True, False, True)"),
        ("other norms", jon, "RMSNorm: (True, False, False)"),
        ("other norms", kim, "a gain for each feature and nothing else: (False, False, False)"),
        ("other norms", lea, "the mean of the tokens so far is taken off: (False, True, False)"),
        ("other norms", mia, "LayerNorm in two halves of four features: (True, False, False)"),
        ("other norms", noor, "division by the largest entry of the batch: (True, True, True)"),
        (
            "other norms",
            otto,
            "LayerNorm, which cancels up to rounding what was taken off before: (True, False, False)",
        ),
        ("one place", pia, "one feature reads another: (True, False, False)"),
        ("one place", quin, "one token reads another: (False, True, False)"),
        ("one place", ravi, "one sequence reads another: (False, False, True)"),
        ("one place", sol, "one token reads an earlier one: (False, True, False)"),
        ("one place", uma, "the first token reads the last: (False, True, False)"),
        ("one place", vik, "a token reads the next: (False, True, False)"),
        ("one place", tom, "one feature reads another of the token before: (True, True, False)"),
    ):
        yield aspect, {"norm": Held(function.__name__)}, what


def _two(n):
    return lambda rng: rng.choice(n, 2, replace=False).tolist()


exercise = Exercise(
    what_it_reads,
    points={"two norms": 2, "other norms": 2, "one place": 2, "side effects": 1},
    takes={"norm": None},
    gives=("", "", ""),
    inputs=inputs,
    held=(
        ada,
        ben,
        chloe,
        dev,
        eli,
        fay,
        gus,
        hana,
        ines,
        jon,
        kim,
        lea,
        mia,
        noor,
        otto,
        pia,
        quin,
        ravi,
        sol,
        tom,
        uma,
        vik,
    ),
    details={
        "wave": lambda rng: float(rng.integers(8, 60)) / 8,
        "features": _two(8),  # which one reads, and which it reads
        "tokens": _two(6),
        "sequences": _two(4),
        "inside": lambda rng: int(rng.integers(1, 4)),
    },
    backend="torch",
    difficulty=3,
    minutes=14,
    hints=(
        "You need not know how the norm is written. Keep something of x, change something else, and see whether the result moved "
        "where you kept it.",
        "For `tokens`: keep one token in all sequences, put other random numbers at all other tokens, and compare the result at "
        "the token that you kept. Which question does the same experiment with features answer?",
        "One place is not enough: keep every token in turn, every feature in turn, every sequence in turn. Never compare an entry "
        "that you changed, for that may move.",
        "Draw two inputs (4, 6, 8). For dim in (2, 1, 0) and each i, start from a clone of the second, copy the first one's "
        "`select(dim, i)` into it, call norm, and compare `select(dim, i)` of both results. Any that moved by more than 0.0001 "
        "makes that answer True.",
    ),
)


def two_inputs():
    return torch.randn(2, 4, 6, 8, generator=torch.Generator().manual_seed(5))


def kept_at(norm, dim, places, change=None, room=1e-4):
    """Whether the result moves at a kept place of this dimension when all else is changed."""
    x, other = two_inputs()
    before = norm(x)
    other = change(x) if change else other
    for i in places:
        changed = other.clone()
        changed.select(dim, i).copy_(x.select(dim, i))
        now, then = norm(changed).select(dim, i), before.select(dim, i)
        if (now - then).abs().max() > room:
            return True
    return False


SIZES = {2: 8, 1: 6, 0: 4}


def tried(norm, places=lambda dim: range(SIZES[dim]), **how):
    return tuple(kept_at(norm, dim, places(dim), **how) for dim in (2, 1, 0))


@exercise.wrong("the answers stand in the order of the dimensions, sequences first: features come first")
def other_order(norm):
    return what_it_reads(norm)[::-1]


@exercise.wrong("tokens and sequences are exchanged")
def tokens_and_sequences(norm):
    features, tokens, sequences = what_it_reads(norm)
    return features, sequences, tokens


@exercise.wrong("features and tokens are exchanged")
def features_and_tokens(norm):
    features, tokens, sequences = what_it_reads(norm)
    return tokens, features, sequences


@exercise.wrong("the answers say what it does not depend on")
def negated(norm):
    return tuple(not answer for answer in what_it_reads(norm))


@exercise.wrong("entries that were changed are compared as well: those may move, and every answer becomes True")
def all_compared(norm):
    x, other = two_inputs()
    moved = (norm(x) - norm(other)).abs().max() > 1e-4
    return (bool(moved),) * 3


@exercise.wrong("the answers are those of LayerNorm, whatever the norm does")
def always_layer_norm(norm):
    return True, False, False


@exercise.wrong("what happens at a single place is not seen. Is the first one alone ever kept?")
def first_kept(norm):
    return tried(norm, lambda dim: [0])


@exercise.wrong("what happens at a single place is not seen. Is the last one alone ever kept?")
def last_kept(norm):
    return tried(norm, lambda dim: [SIZES[dim] - 1])


@exercise.wrong(
    "every feature gets the same number more, the one that is watched included: a norm that takes the mean off cancels that"
)
def all_features_shifted(norm):
    x, _ = two_inputs()
    shift = (norm(x + 1) - norm(x)).abs().max() > 1e-4
    return bool(shift), *what_it_reads(norm)[1:]


@exercise.wrong("the other entries are put in another order, and no more: mean and variance do not depend on the order")
def reordered(norm):
    def moved_at(dim, i):
        x, _ = two_inputs()
        others = [j for j in range(SIZES[dim]) if j != i]
        changed = x.index_select(dim, torch.tensor(sorted([*others, i], key=lambda j: (j != i, -j))))
        order = [j for j in others[::-1]]
        order.insert(i, i)
        changed = x.index_select(dim, torch.tensor(order))
        return (norm(changed) - norm(x)).select(dim, i).abs().max() > 1e-4

    return tuple(any(moved_at(dim, i) for i in range(SIZES[dim])) for dim in (2, 1, 0))


@exercise.wrong("later entries are changed and earlier ones are not, so what depends on earlier ones is not seen")
def later_changed(norm):
    x, other = two_inputs()
    before, answers = norm(x), []
    for dim in (2, 1, 0):
        moved = False
        for i in range(1, SIZES[dim]):
            first = [slice(None)] * 3
            first[dim] = slice(0, i)
            changed = other.clone()
            changed[tuple(first)] = x[tuple(first)]
            moved |= not torch.allclose(norm(changed)[tuple(first)], before[tuple(first)], atol=1e-4)
        answers.append(moved)
    return tuple(answers)


@exercise.wrong("only one entry in the corner is watched")
def corner_watched(norm):
    x, other = two_inputs()
    before, answers = norm(x)[0, 0, 0], []
    for dim in (2, 1, 0):
        changed = other.clone()
        changed.select(dim, 0).copy_(x.select(dim, 0))
        answers.append(bool((norm(changed)[0, 0, 0] - before).abs() > 1e-4))
    return tuple(answers)


exercise.same("first_kept", "corner_watched", because="a place that is not kept is not seen by either")


@exercise.wrong("rounding is taken for a dependence. Must the results be equal to the last bit?")
def no_room(norm):
    return tried(norm, room=0.0)


@exercise.wrong("the room for rounding is so large that small effects are lost in it")
def too_much_room(norm):
    return tried(norm, room=0.5)


@exercise.wrong("the other entries are filled with NaN, and what a norm cancels up to rounding is NaN then, too")
def filled_with_nan(norm):
    x, _ = two_inputs()
    answers = []
    for dim in (2, 1, 0):
        moved = False
        for i in range(SIZES[dim]):
            changed = torch.full_like(x, torch.nan)
            changed.select(dim, i).copy_(x.select(dim, i))
            moved |= bool(norm(changed).select(dim, i).isnan().any())
        answers.append(moved)
    return tuple(answers)


exercise.same("no_room", "filled_with_nan", because="both go wrong where something cancels, and there alone")


@exercise.wrong("the statistics of the result are looked at (mean 0, variance 1), and not what moves it")
def by_the_statistics(norm):
    y = norm(two_inputs()[0])

    def level(dims):
        return bool(y.mean(dims).abs().max() < 1e-4)

    return level(-1), level(1) or level((0, 1)), level((0, 1))


@exercise.wrong(
    "the rest of an entry's own token, sequence or batch is changed all at once, so the three are not told apart"
)
def nested(norm):
    x, other = two_inputs()
    before, answers = norm(x), [False, False, False]
    for b in range(4):
        for t in range(6):
            kept = other.clone()
            kept[b, t] = x[b, t]
            token_kept = not torch.allclose(norm(kept)[b, t], before[b, t], atol=1e-4)
            answers[1] |= token_kept
        kept = other.clone()
        kept[b] = x[b]
        answers[2] |= not torch.allclose(norm(kept)[b], before[b], atol=1e-4)
        for f in range(8):
            kept = other.clone()
            kept[b, 0, f] = x[b, 0, f]
            answers[0] |= not torch.allclose(norm(kept)[b, 0, f], before[b, 0, f], atol=1e-4)
    return tuple(answers)


@exercise.wrong("every place must move (`all`), where one is enough (`any`)")
def all_places(norm):
    return tuple(all(kept_at(norm, dim, [i]) for i in range(SIZES[dim])) for dim in (2, 1, 0))


@exercise.wrong("a list is returned, not a tuple of three bools")
def entry_by_entry(norm):
    return torch.tensor(what_it_reads(norm))


@exercise.wrong("the first answer alone is returned")
def one_answer(norm):
    return what_it_reads(norm)[0]


@exercise.wrong("random numbers are drawn from the global generator, which is moved")
def global_random(norm):
    torch.randn(4, 6, 8)
    return what_it_reads(norm)


@exercise.wrong("nothing is returned")
def nothing(norm):
    what_it_reads(norm)


@exercise.right
def others_shifted(norm):
    return tried(norm, change=lambda x: x + 1)


@exercise.right
def other_generator(norm):
    return tried(norm)


@exercise.right
def one_other_changed(norm):
    """One place is changed, and all others watched."""
    generator = torch.Generator().manual_seed(3)
    x, other = torch.randn(2, 4, 6, 8, generator=generator, dtype=torch.float64)
    before, answers = norm(x), []
    for dim, size in ((2, 8), (1, 6), (0, 4)):
        moved = False
        for i in range(size):
            changed = x.clone()
            changed.select(dim, i).copy_(other.select(dim, i))
            difference = (norm(changed) - before).abs().movedim(dim, 0)
            moved = moved or max(difference[j].max().item() for j in range(size) if j != i) > 5e-4
        answers.append(moved)
    return tuple(answers)


@exercise.right
def with_masks(norm):
    """Lesson 5's way: a place of each dimension at a time, in numpy."""
    x, other = torch.rand(2, 4, 6, 8, generator=torch.Generator().manual_seed(9)).numpy() * 6 - 3
    then = norm(torch.from_numpy(x)).numpy()
    answers = []
    for dim in (-1, -2, -3):
        found = False
        for i in range(x.shape[dim]):
            keep = [None] * 3
            keep[dim] = slice(None)
            keep = (torch.arange(x.shape[dim]) == i).numpy()[tuple(keep)]
            now = norm(torch.from_numpy(keep * x + ~keep * other)).numpy()
            found |= bool((abs(now - then) * keep).max() > 1e-4)
        answers.append(found)
    return tuple(answers)


allclose = "torch.allclose(after.select(dim, i), before.select(dim, i), atol=0.0001)"
exercise.equivalent("body line 5: (2, 1, 0) → (1, 2, 0)", because="the three are tried one by one, in any order")
exercise.equivalent("body line 11: 0.0001 → 0.0002", because="both lie between rounding and a dependence")
exercise.equivalent(
    f"body line 11: {allclose} → torch.allclose(before.select(dim, i), after.select(dim, i), atol=0.0001)",
    because="which of the two comes first matters to the relative room alone, and that is far smaller",
)
