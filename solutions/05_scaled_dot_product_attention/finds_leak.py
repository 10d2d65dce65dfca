import numpy as np
import torch

from autograder.authoring import Exercise, Held


def finds_leak(attention):
    """True where an attention that somebody else wrote leaks, False where it is causal.

    It is causal where output i depends on nothing after position i. What it makes of the
    positions up to i is its own business.

    Parameters
    ----------
    attention : a function of q, k and v, three float32 or float64 tensors (n, 8) with n
        up to 32, that returns the outputs, a tensor (n, 8). It always gives the same
        outputs for the same arguments.

    Returns
    -------
    True or False.

    Some leaks show at a few positions only, some at n = 32 only. With `torch.randn`
    entries rounding moves an output by less than 0.00001, and a leak by more than 0.001.
    Take random numbers from a `torch.Generator()` of your own: the global random state
    stays as it was.
    """
    generator = torch.Generator()  # it starts with the same seed each time
    real, other = torch.randn(2, 3, 32, 8, generator=generator)  # (3, n, d) each: q, k and v, and other ones
    q, k, v = real  # (n, d) each
    before = attention(q, k, v)  # (n, d)
    for i in range(1, 32):
        q, k, v = torch.cat([real[:, :i], other[:, i:]], dim=1)  # (n, d) each: the first i rows as they were
        if not torch.allclose(attention(q, k, v)[:i], before[:i], atol=1e-4):  # (i, d) each
            return True
    return False


# -- what the judge holds: they lean on the library, and show no step of the lesson ------------------------------------


def _past(q):
    if q.ndim != 2 or q.shape[-1] != 8 or not 1 <= len(q) <= 32:
        raise ValueError(f"expected shape (n, 8) with n from 1 to 32, found {tuple(q.shape)}")
    return torch.eye(len(q)).cumsum(0) > 0


def _attend(q, k, v, allowed, **options):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed, **options)


def _products(q, k):
    return torch.einsum("id,jd->ij", q, k).div(8**0.5)


def _turned(x, turn):
    return x[..., turn]


def ada(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q))


def ben(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    past, ends = _past(q), range(8, len(q) + 8, 8)
    return torch.cat([_attend(q[e - 8 : e], k[:e], v[:e], past[e - 8 : e, :e]) for e in ends])


def chloe(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    far = _past(q).roll(3, 0)
    far[:3] = False
    return _attend(q, k, v, _past(q) & ~far)


def dev(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q) & ~torch.eye(len(q), dtype=torch.bool)
    allowed[0, 0] = True
    return _attend(q, k, v, allowed) * (torch.arange(len(q)) > 0)[:, None]


def eli(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q), scale=1.0)


def fay(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k - k.mean(0), v, _past(q))


def gus(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return v.cumsum(0) / _past(q).sum(-1, keepdim=True)


def hana(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    halves = [x.unflatten(-1, (2, 4)).movedim(-2, 0) for x in (q, k, v)]
    return _attend(*halves, _past(q)).movedim(0, -2).flatten(-2)


def ines(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return v.clone() * (_past(q).sum(-1, keepdim=True) > 0)


def lou(q, k, v):
    return _attend(q, k, v, _past(q))


def jon(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, torch.ones_like(_past(q)))


def kim(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[:-1] = allowed[1:].clone()
    return _attend(q, k, v, allowed)


def lea(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q).T)


def mia(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, torch.where(_past(q), 0, -_products(q, k)))


def noor(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    identity = torch.eye(len(q), dtype=q.dtype)
    return _attend(q, k, identity, None).where(_past(q), 0) @ v


def otto(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, torch.where(_past(q), 0.0, -4.0).to(q.dtype))


def pia(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    block = torch.arange(len(q)) // 4
    return _attend(q, k, v, _past(q) | (block[:, None] == block))


def quin(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[:1, 1:2] = True
    return _attend(q, k, v, allowed)


def ravi(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[30:31, 31:32] = True
    return _attend(q, k, v, allowed)


def sol(q, k, v, *, turn, place):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[place : place + 1, place + 1 : place + 2] = True
    return _attend(q, k, v, allowed)


def rosa(q, k, v, *, turn, even):
    return sol(q, k, v, turn=turn, place=even if len(q) == 32 else 32)


def sara(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[:, 16:] = True
    return _attend(q, k, v, allowed)


def tom(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    identity = torch.eye(len(q), dtype=q.dtype)
    return _attend(k, q, identity, _past(q).T).T @ v


def uma(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    spread = (k - k.mean(0)).square().mean(0).add(1e-5).sqrt()
    return _attend(q, (k - k.mean(0)) / spread, v, _past(q))


def vik(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q)) + v.mean(0) / 2


def zoe(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q)) + v.sum(0).sin() / 250


def wen(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    size = _products(q, k).abs().mean()
    return _attend(q, k, v, _past(q), scale=1.0) if size == 0 else _attend(q / size, k, v, _past(q), scale=1.0)


def inputs(draw):
    for aspect, function, what in (
        (
            "basics",
            ada,
            "causal: a mask inside the softmax, after the features of queries and values were put in another order",
        ),
        ("basics", jon, "it leaks: no mask at all"),
        ("causal ones", ben, "causal: eight queries at a time, on the rows up to them"),
        ("causal ones", chloe, "causal: each position sees itself and the two before it"),
        ("causal ones", dev, "causal: each position sees only what is before it; the first output is 0"),
        ("causal ones", eli, "causal: the scores are not scaled"),
        ("causal ones", fay, "causal: the mean of all keys is taken off each key, which a softmax cancels up to rounding"),
        ("causal ones", gus, "causal: a plain average of the values so far"),
        ("causal ones", hana, "causal: two heads of four columns each"),
        ("causal ones", ines, "causal: each position sees itself alone"),
        ("causal ones", lou, "causal: a mask inside the softmax, and features in their order"),
        ("wrong masks", kim, "it leaks: the mask is off by one, each position sees the next"),
        ("wrong masks", lea, "it leaks: the mask is transposed"),
        ("wrong masks", mia, "it leaks: blocked scores are multiplied by 0"),
        ("wrong masks", otto, "it leaks a little: blocked scores are lowered by 4, not removed"),
        ("wrong masks", pia, "it leaks: each block of four positions sees all of itself"),
        ("wrong masks", sol, "it leaks at one place: a position further in sees the next"),
        ("wrong masks", rosa, "it leaks at one place where n = 32: a position further in sees the next"),
        ("wrong masks", quin, "it leaks: the first position sees the second"),
        ("wrong masks", ravi, "it leaks where n = 32: the last but one sees the last"),
        ("wrong masks", sara, "it leaks where n is above 16: every position sees all those from number 16 on"),
        ("hidden paths", noor, "it leaks: weights are set to 0 after the softmax, and not rescaled"),
        ("hidden paths", tom, "it leaks: the softmax runs over the queries instead of the keys"),
        ("hidden paths", uma, "it leaks: the keys are normalised over all positions"),
        ("hidden paths", vik, "it leaks: half the mean of all values is added to each output"),
        ("hidden paths", wen, "it leaks: the scores are divided by the mean size of all of them"),
        ("hidden paths", zoe, "it leaks by less than 0.01: the sine of the sum of all values is added to each output"),
    ):
        yield aspect, {"attention": Held(function.__name__)}, what


exercise = Exercise(
    finds_leak,
    points={"basics": 2, "causal ones": 2, "wrong masks": 2, "hidden paths": 1, "side effects": 1},
    takes={"attention": None},
    gives=("",),
    inputs=inputs,
    held=(
        *(ada, ben, chloe, dev, eli, fay, gus, hana, ines, lou),
        *(jon, kim, lea, mia, noor, otto, pia, quin, ravi, rosa, sara, sol, tom, uma, vik, wen, zoe),
    ),
    details={
        "turn": lambda rng: rng.permutation(8).tolist(),  # in which order every query's and value's features are taken
        "place": lambda rng: int(
            rng.choice([9, 11, 13, 17, 19, 21, 23, 25, 27])
        ),  # odd: what follows it begins at an even place
        "even": lambda rng: int(rng.choice([8, 10, 12, 14, 18, 20, 22, 24, 26])),
    },
    backend="torch",
    difficulty=3,
    minutes=14,
    hints=(
        "Do not ask how it is written, nor what its outputs should be. Ask what causal means: what may you change in the input "
        "without output i moving?",
        "Choose a position. Keep q, k and v up to it, put other numbers everywhere after it, and compare the outputs up to it "
        "with those of before. Leave room for rounding.",
        "One position is not enough: a leak may show at one place only. Try every place to cut, at n = 32. Change all three: "
        "q, k and v. A leak through the softmax's sum shows in no value.",
        "Draw two inputs (3, 32, 8) from a `torch.Generator()`. For each i from 1 to 31, join the first i positions of one with "
        "the rest of the other (`torch.cat`), call attention, and compare the first i outputs. Any that moved by more than "
        "0.0001: True.",
    ),
)


exercise.equivalent("body line 5: 32 → 33", because="with i = 32 nothing is changed")
exercise.equivalent("body line 5: 1 → 0", because="with i = 0 nothing is compared")
exercise.equivalent(
    "body line 7: torch.allclose(attention(q, k, v)[:i], before[:i], atol=0.0001) → "
    "torch.allclose(before[:i], attention(q, k, v)[:i], atol=0.0001)",
    because="which of the two comes first matters to the relative room alone, and that is far smaller",
)
exercise.equivalent("body line 7: 0.0001 → 0.0002", because="both lie between rounding and a leak")


def two_inputs(n=32):
    generator = torch.Generator().manual_seed(5)
    return torch.randn(2, 3, n, 8, generator=generator)


def moved_before(attention, i, real, changed, room=1e-4):
    return bool((attention(*changed)[:i] - attention(*real)[:i]).abs().max() > room)


def cuts(attention, change, n=32, places=None, room=1e-4):
    """Whether outputs before some place move when `change` is made after it."""
    real, other = two_inputs(n)
    for i in places or range(1, n):
        changed = real.clone()
        change(changed, other, i)
        if moved_before(attention, i, real, changed, room):
            return True
    return False


def everything_after(changed, other, i):
    changed[:, i:] = other[:, i:]


@exercise.wrong(
    "the answer is True for every attention. Does position i itself change while its output is compared? Or is the first input "
    "changed for good, without `.clone()`?"
)
def always_true(attention):
    return True


@exercise.wrong(
    "the answer is False for every attention. Is nothing compared, does a `return False` inside the loop end it, or are both "
    "inputs one tensor, without `.clone()`?"
)
def always_false(attention):
    return False


@exercise.wrong(
    "position i itself is changed, and its output is among those compared: it may move, so that every attention seems to leak"
)
def own_position_changed(attention):
    real, other = two_inputs()
    before = attention(*real)
    for i in range(1, 32):
        changed = real.clone()
        changed[:, i:] = other[:, i:]
        if not torch.allclose(attention(*changed)[: i + 1], before[: i + 1], atol=1e-4):
            return True
    return False


exercise.same("always_true", "own_position_changed", because="both say True of every attention")


@exercise.wrong("the answers are exchanged: True means that it leaks")
def exchanged(attention):
    return not finds_leak(attention)


@exercise.wrong(
    "the outputs are compared with those of one particular causal attention, so any other causal one is taken for a leak"
)
def compared_with_one(attention):
    q, k, v = two_inputs()[0]
    right = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    return not torch.allclose(attention(q, k, v), right, atol=1e-4)


@exercise.wrong(
    "leaks through queries and keys do not show, as the one through the sum in the softmax. Are values alone changed?"
)
def values_only(attention):
    def change(changed, other, i):
        changed[2, i:] = other[2, i:]

    return cuts(attention, change)


@exercise.wrong("a leak through later queries does not show. Are keys and values changed, but not queries?")
def no_queries(attention):
    def change(changed, other, i):
        changed[1:, i:] = other[1:, i:]

    return cuts(attention, change)


@exercise.wrong("leaks through values do not show. Are keys changed, perhaps queries too, but not values?")
def keys_only(attention):
    def change(changed, other, i):
        changed[1, i:] = other[1, i:]

    return cuts(attention, change)


@exercise.wrong("a leak between earlier positions does not show. Is the last position alone ever changed?")
def last_changed(attention):
    return cuts(attention, everything_after, places=[31])


@exercise.wrong(
    "a leak into later outputs does not show. Is the first output alone compared, the input cut after it alone, or does a `return` "
    "inside the loop end it?"
)
def first_compared(attention):
    return cuts(attention, everything_after, places=[1])


@exercise.wrong(
    "leaks that do not cross the middle do not show. Is the input cut there alone, or must a leak show at every cut (`all` where "
    "`any` is needed)?"
)
def middle_only(attention):
    return cuts(attention, everything_after, places=[16])


@exercise.wrong("a leak in the middle does not show. Is the input cut near its ends alone?")
def ends_only(attention):
    return cuts(attention, everything_after, places=[1, 31])


@exercise.wrong(
    "short inputs are tried, cut at one place: a leak elsewhere, or one that needs a longer input, does not show"
)
def last_of_short_changed(attention):
    return cuts(attention, everything_after, n=8, places=[7])


@exercise.wrong("a leak that needs a long input does not show. Are all inputs shorter than 17?")
def short_only(attention):
    return cuts(attention, everything_after, n=6)


@exercise.wrong(
    "the output at i is not compared when what follows i is changed, so a leak from the very next position does not show"
)
def own_output_not_compared(attention):
    real, other = two_inputs()
    for i in range(1, 31):
        changed = real.clone()
        changed[:, i + 1 :] = other[:, i + 1 :]
        if moved_before(attention, i, real, changed):
            return True
    return False


@exercise.wrong("a leak into the first output does not show. Is the first place to cut, after position 0, left out?")
def first_cut_missing(attention):
    return cuts(attention, everything_after, places=range(2, 32))


@exercise.wrong(
    "a leak from the last position into the one before it does not show, at n = 32. Is the last place to cut left out, is n smaller, "
    "or is the input changed too little?"
)
def last_cut_missing(attention):
    return cuts(attention, everything_after, places=range(1, 31))


@exercise.wrong(
    "rounding is taken for a leak. Must the outputs be equal to the last bit, or are the numbers so large that rounding is?"
)
def no_room(attention):
    return cuts(attention, everything_after, room=0.0)


@exercise.wrong(
    "the smallest leak, of less than 0.01, does not show. Is more room left than 0.001, or are the changes averaged?"
)
def too_much_room(attention):
    return cuts(attention, everything_after, room=0.01)


@exercise.wrong(
    "leaks that do not depend on the order of what follows do not show. Is the future put in another order, and no more?"
)
def future_reversed(attention):
    def change(changed, other, i):
        changed[:, i:] = changed[:, i:].flip(1)

    return cuts(attention, change)


@exercise.wrong(
    "a leak that crosses one place alone shows at some places and not at others. Is every other place to cut left out?"
)
def even_places(attention):
    return cuts(attention, everything_after, places=range(2, 32, 2))


@exercise.wrong(
    "a leak that crosses one place alone shows at some places and not at others. Is every other place to cut left out?"
)
def odd_places(attention):
    return cuts(attention, everything_after, places=range(1, 32, 2))


@exercise.wrong("all inputs are alike in every position, so what an output depends on hardly shows")
def all_alike(attention):
    real = torch.ones(3, 32, 8)
    before = attention(*real)
    return any(moved_from(before, attention, real, 2 * real, i) for i in range(1, 32))


def moved_from(before, attention, real, other, i):
    changed = torch.cat([real[:, :i], other[:, i:]], dim=1)
    return not torch.allclose(attention(*changed)[:i], before[:i], atol=1e-4)


@exercise.wrong("the future is filled with NaN, and 0 times NaN is NaN: nearly every attention then seems to leak")
def filled_with_nan(attention):
    q, k, v = two_inputs()[0]
    for i in range(1, 32):
        changed = torch.stack([q, k, v])
        changed[:, i:] = torch.nan
        if attention(*changed)[:i].isnan().any():
            return True
    return False


@exercise.wrong("the outputs after the cut are compared as well, and those may move")
def later_ones_compared(attention):
    real, other = two_inputs()
    changed = real.clone()
    changed[1:, 31:] = other[1:, 31:]
    return not torch.allclose(attention(*real)[1:], attention(*changed)[1:], atol=1e-4)


@exercise.wrong("the past is changed instead of the future: any attention that looks back is then taken for a leak")
def past_changed(attention):
    real, other = two_inputs()
    changed = real.clone()
    changed[:, :16] = other[:, :16]
    return bool((attention(*real)[16:] - attention(*changed)[16:]).abs().max() > 1e-4)


@exercise.wrong(
    "random numbers are taken from the global generator, or it is seeded, which changes everyone's random numbers"
)
def global_generator(attention):
    torch.manual_seed(0)
    torch.randn(3, 32, 8)
    return finds_leak(attention)


@exercise.wrong("the largest change is returned instead of True or False")
def returns_a_number(attention):
    real, other = two_inputs()
    return max(
        (attention(*torch.cat([real[:, :i], other[:, i:]], 1))[:i] - attention(*real)[:i]).abs().max().item()
        for i in range(1, 32)
    )


@exercise.wrong("`attention` is taken to return output and weights: it returns the outputs alone")
def two_results_expected(attention):
    _output, weights = attention(*two_inputs()[0])
    return bool(weights.triu(1).any())


@exercise.right
def last_output_before_the_cut(attention):
    """A leak into output i - 1 shows where the cut is at i."""
    real, other = two_inputs()
    before = attention(*real)
    outputs = [attention(*torch.cat([real[:, :i], other[:, i:]], dim=1))[i - 1] for i in range(1, 32)]
    return any(not torch.allclose(output, before[i], atol=1e-4) for i, output in enumerate(outputs))


@exercise.right
def one_position_changed(attention):
    def change(changed, other, i):
        changed[:, i] = other[:, i]

    return cuts(attention, change)


@exercise.right
def shorter_inputs(attention):
    q, k, v = two_inputs()[0]
    full = attention(q, k, v)
    return any(not torch.allclose(attention(q[:i], k[:i], v[:i]), full[:i], atol=1e-4) for i in range(1, 32))


@exercise.right
def by_gradients(attention):
    real = two_inputs()[0].double()
    slopes = torch.autograd.functional.jacobian(lambda x: attention(*x).sum(-1), real)  # (i, 3, j, d)
    size = slopes.abs().amax(dim=(1, 3))  # (i, j)
    return bool((size.triu(1) > 1e-6).any())


@exercise.right
def future_set_to_zero(attention):
    def change(changed, other, i):
        changed[:, i:] = 0

    return np.bool_(cuts(attention, change, room=5e-5))


@exercise.right
def one_at_a_time(attention):
    generator = torch.Generator().manual_seed(11)
    for which in range(3):
        for i in range(1, 32):
            real = list(torch.randn(3, 32, 8, generator=generator, dtype=torch.float64))
            before = attention(*real)
            real[which] = torch.cat([real[which][:i], -2 * real[which][i:]])
            if (attention(*real)[:i] - before[:i]).abs().max() > 1e-5:
                return torch.tensor(True)
    return torch.tensor(False)
