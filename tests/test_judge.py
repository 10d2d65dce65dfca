"""The judge looks at things in a fixed order, gives each aspect whole or not at all, and names a mistake only when sure."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
import torch

from autograder.authoring import Array, Exercise, Number
from autograder.authoring.faults import AuthorError
from autograder.authoring.keymaker import make_key
from autograder.judging.held import local_player
from autograder.judging.judge import compare, judge
from autograder.judging.key import Case, Expected, dumps, loads
from autograder.judging.live import from_live
from autograder.judging.script import Absent, Call
from autograder.judging.values import array
from autograder.messages.description import describe
from autograder.messages.render import to_html, to_text


def scaled(x, factor=2.0):
    """x times factor."""
    if factor <= 0:
        raise ValueError("factor must be above 0")
    return x * x.dtype.type(factor)


def inputs(draw):
    yield "values", draw(n=2), "two numbers"
    yield "values", draw(n=4), "four numbers"
    yield "factor", draw(n=3) | {"factor": 5.0}, "a factor of 5"
    yield "errors", draw(n=3) | {"factor": -1.0}, "a negative factor", "ValueError"


def make(**changes) -> Exercise:
    given = {
        "reference": scaled,
        "points": {"values": 2, "factor": 1, "errors": 1, "dtypes": 1, "side effects": 1},
        "takes": {"x": Array("... n"), "factor": None},
        "gives": ("... n",),
        "inputs": inputs,
        "hints": ("Multiply.",),
        "difficulty": 1,
        "minutes": 1,
    }
    exercise = Exercise(**given | changes)

    @exercise.wrong("x is added to the factor")
    def added(x, factor=2.0):
        return x + x.dtype.type(factor)

    @exercise.wrong("the factor is ignored")
    def ignored(x, factor=2.0):
        return x * 2

    return exercise


@pytest.fixture(scope="module")
def key():
    return loads(dumps(make_key(make())))


def verdict(key, function):
    return judge(key, local_player(function))


def test_right(key):
    found = verdict(key, scaled)
    assert found.passed
    assert (found.score, found.points, found.mistake) == (6.0, 6.0, None)
    assert type(found.score) is float


def kinds(key, function):
    return verdict(key, function).failure.kind


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda x, factor=2.0: None, "type"),
        (lambda x, factor=2.0: (x * factor).tolist(), "type"),
        (lambda x, factor=2.0: [[1], [2, 3]], "type"),
        (lambda x, factor=2.0: (x * factor)[None], "shape"),
        (lambda x, factor=2.0: (x * factor).astype(np.float32), "dtype"),
        (lambda x, factor=2.0: x * np.nan, "value"),
        (lambda x, factor=2.0: x * 0, "value"),
        (lambda x, factor=2.0: 1 / 0, "error"),
        (lambda: 0, "error"),
    ],
)
def test_the_first_thing_wrong_is_said(key, function, kind):
    found = verdict(key, function)
    assert (found.failure.kind, found.score) == (kind, 0.0)


def test_a_stub_and_nothing_at_all(key):
    def stub(x, factor=2.0):
        raise NotImplementedError

    assert (kinds(key, stub), verdict(key, stub).score) == ("stub", 0.0)
    assert judge(key, Absent("missing")).score == 0.0


def test_aspects_are_whole_or_nothing_and_nothing_goes_without_the_first(key):
    no_error = verdict(key, lambda x, factor=2.0: x * x.dtype.type(factor))
    assert no_error.aspects == {
        "values": (2, 2),
        "factor": (1, 1),
        "errors": (0.0, 1),
        "dtypes": (1, 1),
        "side effects": (1, 1),
    }

    def always_raises(x, factor=2.0):
        raise ValueError

    assert verdict(key, always_raises).score == 0.0


def test_a_side_effect_costs_that_aspect_alone(key):
    def in_place(x, factor=2.0):
        result = scaled(x, factor)
        x[...] = 0
        return result

    found = verdict(key, in_place)
    assert (found.failure.kind, found.score) == ("changed", 5.0)


def test_a_cached_answer_is_caught(key):
    cache = []

    def caches(x, factor=2.0):
        cache.append(scaled(x, factor))
        return cache[0] if len(cache) > 1 and cache[0].shape == cache[-1].shape else cache[-1]

    assert not verdict(key, caches).passed


def test_a_mistake_is_named_only_when_every_telling_case_agrees(key):
    exercise = make()
    for name, mistake in exercise.mistakes.items():
        assert verdict(key, mistake.function).mistake == name
    assert verdict(key, lambda x, factor=2.0: x + 1).mistake is None

    def half(x, factor=2.0):
        return x + x.dtype.type(factor) if x.shape[-1] == 2 else x * 0

    assert verdict(key, half).mistake is None


def test_a_mistake_that_shows_where_the_answer_is_right_is_not_named(key):
    def added_to_two(x, factor=2.0):
        return (
            x + x.dtype.type(factor) if x.shape[-1] <= 4 and factor == 2.0 and x.dtype == np.float64 else scaled(x, factor)
        )

    found = verdict(key, added_to_two)
    assert found.failure.kind == "value"
    assert found.mistake is None


def test_a_second_mistake_elsewhere_does_not_hide_the_first(key):
    def added_and_no_error(x, factor=2.0):
        return (x + x.dtype.type(factor)).astype(np.float64)

    assert verdict(key, added_and_no_error).mistake == "added"


def swept(exercise, name, says):
    """The exercise with another sentence for one of its mistakes."""
    exercise.mistakes[name].says = says
    return make_key(exercise)


@pytest.mark.parametrize(
    ("says", "sweeping"),
    [
        ("x is added to the factor", False),
        ("the factor is always 2", True),
        ("every factor is taken for 2", True),
        ("Everything is doubled", True),
        ("only 2 is allowed", True),
        ("the factor is ignored", True),
        ("the factor is not used", True),
        ("nothing is returned where the factor is 5", True),
        ("`x.all()` is taken", False),
        ("the allowed ones are smaller", False),
    ],
)
def test_a_sentence_about_every_input_is_known_by_its_words_and_the_key_says_so(says, sweeping):
    key = loads(dumps(swept(make(), "added", says)))
    assert ("added" in key.sweeping) is sweeping


def test_a_sentence_about_every_input_is_said_only_where_it_is_true_of_all():
    def added_but_for_errors(x, factor=2.0):
        return (x + x.dtype.type(factor)).astype(np.float64)

    modest, bold = swept(make(), "added", "the factor is added"), swept(make(), "added", "the factor is always added")
    assert verdict(modest, added_but_for_errors).mistake == "added"
    assert verdict(bold, added_but_for_errors).mistake is None
    assert verdict(bold, make().mistakes["added"].function).mistake == "added"
    old = dataclasses.replace(bold, sweeping=())  # a key of an older release says nothing of it
    assert verdict(old, added_but_for_errors).mistake == "added"


def test_a_forgotten_error_does_not_hide_what_is_wrong_with_every_result():
    exercise = make()

    @exercise.wrong("the factor is always taken for 3")
    def tripled(x, factor=2.0):
        return scaled(x, factor) * 0 + x * 3

    key = make_key(exercise)
    assert "tripled" in key.sweeping
    assert verdict(key, lambda x, factor=2.0: x * 3).mistake == "tripled"
    assert verdict(key, lambda x, factor=2.0: x * (3 if len(x) < 4 else 4)).mistake is None


def test_of_two_that_agree_where_it_broke_neither_is_named_unless_it_agrees_everywhere():
    exercise = make()

    @exercise.wrong("x is added to the factor where that is 2")
    def added_to_two(x, factor=2.0):
        return x + x.dtype.type(factor) if factor == 2.0 else scaled(x, factor)

    key = make_key(exercise)
    assert verdict(key, added_to_two).mistake == "added_to_two"
    assert verdict(key, exercise.mistakes["added"].function).mistake == "added"

    def added_and_zero(x, factor=2.0):
        return x + x.dtype.type(factor) if factor == 2.0 else 0 * x

    assert verdict(key, added_and_zero).mistake is None


def test_answers_that_agree_by_chance_are_named_only_where_they_agree_everywhere():
    def even(n):
        """Whether n is even."""
        return n % 2 == 0

    def numbers(draw):
        yield "small", {"n": 4}, "an even number"
        yield "small", {"n": 3}, "an odd number"
        yield "large", {"n": 1000}, "a large number"
        yield "large", {"n": int(draw()["n"])}, "any number"

    exercise = Exercise(
        even, {"small": 1, "large": 1}, {"n": Number(lambda rng: int(rng.integers(500)) * 2)}, ("",), numbers, ("Divide.",), 1, 1
    )  # fmt: skip

    @exercise.wrong("n is odd, and True is returned")
    def odd(n):
        return n % 2 == 1

    key = make_key(exercise)
    assert key.sweeping == ("odd",)
    assert verdict(key, odd).mistake == "odd"
    assert verdict(key, lambda n: n % 2 == 1 if n < 100 else n == 1000).mistake is None


class Pair(NamedTuple):
    first: object
    second: object


NUMBERS = [1, 1.0, Fraction(1), Decimal(1), np.float64(1), np.array(1.0), torch.tensor(1.0, dtype=torch.float64)]
OF_OTHER_DTYPES = [np.int32(1), np.float32(1), torch.tensor(1.0)]  # beside an array the dtype counts


@pytest.mark.parametrize(
    ("want", "one"),
    [(w, one) for w in (1, 1.0, np.float64(1)) for one in NUMBERS] + [(w, one) for w in (1, 1.0) for one in OF_OTHER_DTYPES],
)
def test_a_number_is_a_number_in_every_exercise(want, one):
    case = Case(Call({}), "values", Expected(from_live(want)))
    assert compare(case, local_player(lambda: one)(case.call)) is None
    assert compare(case, local_player(lambda: one + 1)(case.call)).kind == "value"


@pytest.mark.parametrize("true", [True, np.True_, np.array(True), torch.tensor(True)])
@pytest.mark.parametrize("want", [True, np.True_])
def test_true_is_true_in_every_exercise(want, true):
    case = Case(Call({}), "values", Expected(from_live(want)))
    assert compare(case, local_player(lambda: true)(case.call)) is None
    assert compare(case, local_player(lambda: True ^ bool(true))(case.call)).kind == "value"
    assert compare(case, local_player(lambda: 1)(case.call)).kind == "type"


def test_where_no_array_goes_in_no_dtype_of_a_number_is_promised():
    def half(n):
        """Half of n."""
        return np.float64(n) / 2

    exercise = Exercise(
        half, {"values": 1}, {"n": Number(lambda rng: int(rng.integers(9)))}, ("",),
        lambda draw: iter([("values", draw(), "a number"), ("values", {"n": 3}, "three")]), ("Divide.",), 1, 1,
    )  # fmt: skip
    exercise.wrong("n is returned")(lambda n: n)
    key = make_key(exercise)
    for right in (
        half,
        lambda n: n / 2,
        lambda n: Fraction(n, 2),
        lambda n: np.float32(n / 2),
        lambda n: torch.tensor(n / 2),
    ):
        assert verdict(key, right).passed


def test_a_named_tuple_is_a_tuple():
    want = (array([1.0, 2.0]), 3)
    case = Case(Call({}), "values", Expected(want))
    assert compare(case, local_player(lambda: Pair(np.array([1.0, 2.0]), 3))(case.call)) is None
    assert compare(case, local_player(lambda: Pair(np.array([1.0, 2.0]), 4))(case.call)).kind == "value"


def test_the_same_seed_gives_the_same_key_and_another_seed_other_inputs():
    assert dumps(make_key(make())) == dumps(make_key(make()))
    first, other = make_key(make()), make_key(make(), "secret", hidden=True)
    assert not np.array_equal(first.cases[0].call.args["x"].data, other.cases[0].call.args["x"].data)


def test_replaying_visible_answers_earns_nothing_on_hidden_inputs(key):
    answers = {case.call.args["x"].data.tobytes(): case.expected.value for case in key.cases if not case.expected.errors}

    def replay(x, factor=2.0):
        return answers[x.tobytes()].data.astype(x.dtype)

    assert verdict(key, replay).score > 0
    assert verdict(make_key(make(), "secret", hidden=True), replay).score == 0.0


def test_hidden_verdicts_tell_no_numbers():
    hidden = make_key(make(), "secret", hidden=True)
    found = verdict(hidden, lambda x, factor=2.0: (_ for _ in ()).throw(ValueError(str(x))))
    text = to_text(describe(found, hidden)) + to_html(describe(found, hidden))
    for case in hidden.cases:
        for number in case.call.args["x"].data.ravel():
            assert f"{number:.4g}" not in text or abs(number) in (0, 1, 2)
    assert "input that you have not seen: two numbers" in text


# -- what authors must not do ------------------------------------------------------------------------------------------


def test_an_exercise_without_wrong_answers_is_refused():
    bare = make()
    bare.mistakes.clear()
    with pytest.raises(AuthorError, match=r"test_judge\.py:\d+: scaled declares no wrong answer"):
        make_key(bare)


def test_a_wrong_answer_that_passes_is_refused():
    exercise = make()
    exercise.wrong("nothing is wrong with it")(lambda x, factor=2.0: scaled(x, factor))
    with pytest.raises(AuthorError, match="passes every check"):
        make_key(exercise)


def test_two_wrong_answers_that_look_alike_are_refused_until_declared():
    exercise = make()

    @exercise.wrong("the same as ignored")
    def twin(x, factor=2.0):
        return x + x

    with pytest.raises(AuthorError, match="ignored and twin of scaled return the same"):
        make_key(exercise)
    exercise.same("ignored", "twin", because="2x is x + x")
    make_key(exercise)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"takes": {"y": Array("n")}}, "takes names"),
        ({"points": {}}, "points must be"),
        ({"points": {"values": 1, "dtypes": 1}}, "need an aspect 'side effects'"),
        ({"hints": ()}, "has no hints"),
        ({"opts_out": {"nonsense": "x"}}, "opts_out names"),
        (
            {"takes": {"x": Array("... n"), "factor": Number(lambda rng: 0.0)}, "inputs": lambda draw: iter([])},
            "yields nothing",
        ),
        ({"inputs": lambda draw: iter([("colour", draw(n=1), "x")])}, "the aspect 'colour', which is not in points"),
    ],
)
def test_faulty_declarations_are_refused_with_file_and_line(changes, message):
    with pytest.raises(AuthorError, match=rf"(?s)test_judge\.py:\d+.*{message}"):
        make_key(make(**changes))
