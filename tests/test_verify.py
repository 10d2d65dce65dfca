"""`autograder verify` on the whole course, and proof that it can fail."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import types

import numpy as np
import pytest

from autograder.authoring import Array, Exercise
from autograder.authoring.faults import AuthorError
from autograder.authoring.keymaker import make_key
from autograder.authoring.mutants import mutants
from autograder.authoring.verify import messages, verify
from autograder.judging import judge as judging

from .conftest import ROOT

AT_LEAST = {
    "softmax": 12,
    "split_heads": 12,
    "merge_heads": 12,
    "scaled_dot_product_attention": 25,
    "multi_head_attention": 25,
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The rows that the command writes, one for each exercise of the course."""
    path = tmp_path_factory.mktemp("verify") / "rows.json"
    command = [sys.executable, "-c", "from autograder.cli import main; main()", "verify", "--json", str(path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"COLUMNS": "200"}, check=False
    )
    assert done.returncode == 0, done.stdout
    return {row["exercise"]: row for row in json.loads(path.read_text())}


def test_every_exercise_is_proved(rows, exercises):
    assert set(rows) == set(exercises)
    for name, row in rows.items():
        assert row["passed"], row["problems"]
        assert row["caught"] == row["wrong"] >= AT_LEAST.get(name, 8), name
        assert row["named"] >= 0.95 * row["wrong"]
        assert row["accepted"] == row["variants"] >= 1
        assert row["killed"] + row["listed"] == row["mutants"] >= 3
        assert row["listed"] <= max(1, 0.1 * row["mutants"])


def doubled(x):
    """Twice x."""
    return x + x


def faulty(**changes) -> Exercise:
    def inputs(draw):
        yield "values", draw(n=2), "two numbers"

    exercise = Exercise(
        **{"reference": doubled, "points": {"values": 1, "dtypes": 1, "side effects": 1}, "takes": {"x": Array("n")}, "gives": ("n",), "inputs": inputs,
           "hints": ("Add.",), "difficulty": 1, "minutes": 1} | changes
    )  # fmt: skip

    @exercise.wrong("x is squared")
    def squared(x):
        return x * x

    return exercise


def test_a_rejected_right_answer_is_a_problem():
    exercise = faulty()
    exercise.right(lambda x: x * 3)
    row = verify(exercise)
    assert not row.passed
    assert any(
        re.match(r"tests/test_verify\.py:\d+: the right answer <lambda> is rejected \(value\) on", p) for p in row.problems
    )


def test_a_surviving_mutant_is_a_problem():
    def padded(x):
        """Twice x."""
        x = x.astype(x.dtype)
        return x + x

    exercise = faulty(reference=padded)
    row = verify(exercise)
    assert [p for p in row.problems if "survives" in p]
    for mutant in mutants(exercise):
        if any(mutant.change in p and "survives" in p for p in row.problems):
            exercise.equivalent(mutant.change, because="a copy changes nothing")
    assert not [p for p in verify(exercise).problems if "survives" in p]


def test_an_equivalent_that_names_no_mutant_is_a_problem():
    exercise = faulty()
    assert not [p for p in verify(exercise).problems if "no mutant is called" in p]
    exercise.equivalent("body line 9: no such mutant", because="x")
    assert "no mutant is called 'body line 9: no such mutant': remove it from the list" in verify(exercise).problems


def test_a_mutant_that_shows_on_searched_inputs_alone_is_not_equivalent():
    def capped(x):
        """Twice x, and at most 5."""
        return np.minimum(x + x, 5.0)

    with_rare_input = faulty(reference=capped, opts_out={"extremes": "to leave a mutant alive"})
    alive = re.findall(r"the mutant (.+?) survives", "\n".join(verify(with_rare_input).problems))
    assert "body line 1: 5.0 → 6.0" in alive
    for change in alive:
        with_rare_input.equivalent(change, because="it looked so")
    assert "the mutant body line 1: 5.0 → 6.0 is listed as equivalent, and is not" in verify(with_rare_input).problems


def test_a_false_name_is_a_problem(monkeypatch):
    exercise = faulty()

    @exercise.wrong("the first number alone is doubled")
    def first_alone(x):
        return x * np.where(np.arange(len(x)) == 0, 2, 1)

    assert not [p for p in verify(exercise).problems if "told that" in p]
    monkeypatch.setattr(judging, "_explains", lambda *_: True)
    wrong = [p for p in verify(exercise).problems if "told that 'the first number alone is doubled', which is not true" in p]
    assert wrong
    assert re.match(
        r"tests/test_verify\.py:\d+: an answer that does as first_alone .* and as the right answer elsewhere", wrong[0]
    )


def test_mutants_of_starred_arguments_and_odd_signs_are_python():
    def total(x):
        """The sum of x."""
        terms = [*x, 0.0]
        return float(np.add(*[sum(terms), float(not 3) + (~0 + 1)]) * math.hypot(*terms) / math.hypot(*terms, *[0.0]) + +0.0)

    changes = [m.change for m in mutants(faulty(reference=total))]
    assert any(c.endswith("→ terms") for c in changes)  # math.hypot(*terms) dropped leaves what it worked on


def test_mutants_differ_from_the_reference_and_there_are_some(exercises):
    for exercise in exercises.values():
        made = [_form(m.function) for m in mutants(exercise)]
        assert len(set(made)) >= 3, exercise.name
        assert _form(exercise.reference) not in made, exercise.name


def _form(function) -> str:
    """What a function does, as Python has compiled it, without line numbers."""

    def of(code) -> tuple:
        inner = tuple(of(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts)
        return code.co_code, inner, code.co_names, code.co_varnames, code.co_freevars

    return repr((of(function.__code__), function.__defaults__, function.__kwdefaults__))


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        (
            ("n n",),
            r'gives names the dimensions "n n" \(here n = 2, n = 2\), but doubled returns shape \(2,\) on two numbers: x = ',
        ),
        (("",), r'gives names the dimensions "", but doubled returns shape \(2,\)'),
        (("... n k",), r'gives names the dimensions "... n k" \(here n = 2\), but doubled returns shape \(2,\)'),
        (("n", "n"), r"gives names 2 result\(s\), but doubled returns 1 on two numbers"),
    ],
)
def test_gives_must_say_what_the_reference_returns(gives, message):
    with pytest.raises(AuthorError, match=r"tests/test_verify\.py:\d+: " + message):
        make_key(faulty(gives=gives))


def test_gives_must_name_the_right_sizes():
    def crossed(q, k):
        """q times k transposed."""
        return k @ q.T

    def inputs(draw):
        yield "values", draw(n_q=2, n_k=3, d=1), "two queries, three keys"

    takes = {"q": Array("n_q d"), "k": Array("n_k d")}
    with pytest.raises(AuthorError, match=r"\(here n_q = 2, n_k = 3\), but crossed returns shape \(3, 2\)"):
        make_key(faulty(reference=crossed, takes=takes, gives=("n_q n_k",), inputs=inputs))


def test_a_reference_that_stops_says_on_which_input():
    def picky(x):
        """Twice x."""
        if x.dtype != np.float64:
            raise TypeError("no")
        return x + x

    with pytest.raises(AuthorError) as stopped:
        make_key(faulty(reference=picky))
    said = str(stopped.value)
    assert (
        "the reference picky raises TypeError: no. The input is an input in single precision (float32): x = float32 ["
        in said
    )
    assert 'opts_out={"float32": "why"}' in said


def test_inputs_that_stop_say_in_which_line():
    def inputs(draw):
        yield "values", draw(n=2), "two numbers"
        yield "values", dra(n=2), "two more"  # noqa: F821

    line = inputs.__code__.co_firstlineno + 2
    with pytest.raises(AuthorError, match=rf"tests/test_verify\.py:{line}: inputs stopped with NameError: name 'dra'"):
        make_key(faulty(inputs=inputs))


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (("sum", {}), {"sum": "the sum is {sum}"}),
        ("sum", {"sum": "the sum is {sum}"}),
        (("sum", {"sum": "5"}), {"sum": "the sum is {sum:.4g}"}),
        (("sun", {"sum": 5.0}), {"sum": "the sum is {sum:.4g}"}),
    ],
)
def test_a_sentence_whose_places_are_not_filled_is_refused(words, sentences):
    def sum_is_right(result):
        return words if (result < 0).any() else ""

    def minus_one():
        """An array."""
        return np.ones(2)

    exercise = Exercise(
        minus_one, {"values": 1}, {}, ("2",), lambda draw: iter([("values", {}, "two numbers")]), ("Add.",), 1, 1,
        verifiers={"values": sum_is_right}, sentences=sentences,
    )  # fmt: skip
    exercise.wrong("the sign is turned")(lambda: -np.ones(2))
    with pytest.raises(AuthorError, match=r"tests/test_verify\.py:\d+: for the wrong answer <lambda> .* makes no sentence"):
        make_key(exercise)


def test_messages(exercises, snapshot):
    """What a student reads for each known wrong answer: reviewed in tests/__snapshots__/ whenever a word changes."""
    for name, exercise in exercises.items():
        assert dict(messages(exercise)) == snapshot(name=name)
