"""Every exercise of the course keeps its promises with a key of a fresh seed. (`autograder verify` tries fixed ones.)"""

from __future__ import annotations

import math
import secrets

import numpy as np
import pytest
import torch

from autograder.authoring.answers import as_cell
from autograder.authoring.catalog import load_exercises
from autograder.authoring.keymaker import make_key
from autograder.judge import judge
from autograder.key import dumps, loads
from autograder.player import LocalPlayer

from .conftest import ROOT

EXERCISES = {name: e for found in load_exercises(ROOT / "solutions").values() for name, e in found.items()}
SECRET = secrets.token_hex(8)


@pytest.fixture(scope="module", params=EXERCISES)
def exercise_and_key(request):
    exercise = EXERCISES[request.param]
    return exercise, loads(dumps(make_key(exercise, SECRET)))


def judged(exercise, key, function):
    held = exercise.held_functions(SECRET)
    return judge(key, LocalPlayer(function, held), held)


def test_right_answers_pass(exercise_and_key):
    exercise, key = exercise_and_key
    for function in (exercise.reference, *exercise.variants):
        verdict = judged(exercise, key, function)
        assert verdict.passed, (SECRET, function.__name__, verdict.failure)
        assert verdict.score == verdict.points


def test_wrong_answers_are_caught_and_named(exercise_and_key):
    exercise, key = exercise_and_key
    for name, mistake in exercise.mistakes.items():
        verdict = judged(exercise, key, mistake.function)
        assert not verdict.passed
        assert verdict.score < verdict.points
        allowed = {name} | {n for names in exercise.synonyms if name in names for n in names}
        assert verdict.mistake in allowed, (SECRET, name, verdict.mistake)


@pytest.mark.parametrize("useless", [lambda *a: None, lambda *a: a[0], lambda *a: 0.0, lambda *a: 1 / 0])
def test_useless_answers_earn_nothing(exercise_and_key, useless):
    exercise, key = exercise_and_key
    assert judged(exercise, key, useless).score == 0.0


def test_an_answer_as_a_student_would_write_it_runs_alone(exercise_and_key):
    exercise, key = exercise_and_key
    for function in (exercise.reference, *(m.function for m in list(exercise.mistakes.values())[:3])):
        names = {"np": np, "math": math, "torch": torch, **{n: EXERCISES[n].reference for n in exercise.needs}}
        exec(as_cell(exercise, function), names)
        assert judged(exercise, key, names[exercise.name]).passed is (function is exercise.reference)
