"""The judge looks at things in a fixed order, gives each aspect whole or not at all, and names a mistake only when sure."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring import Array, Exercise, Number
from autograder.authoring.exercise import AuthorError
from autograder.authoring.keymaker import make_key
from autograder.describe import describe
from autograder.judge import judge
from autograder.key import dumps, loads
from autograder.player import LocalPlayer
from autograder.script import Absent
from autograder.show import to_html, to_text


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
    return judge(key, LocalPlayer(function))


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
