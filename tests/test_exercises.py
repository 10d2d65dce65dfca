"""Every exercise of the course keeps its promises with a key of a fresh seed. (`autograder verify` tries fixed ones.)"""

from __future__ import annotations

import math
import secrets

import numpy as np
import pytest
import torch

from autograder.authoring.catalog import load_exercises
from autograder.authoring.keymaker import make_key
from autograder.authoring.sources import as_cell
from autograder.judging.held import local_player
from autograder.judging.judge import judge
from autograder.judging.key import dumps, loads

from .conftest import ROOT

EXERCISES = {name: e for found in load_exercises(ROOT / "solutions").values() for name, e in found.items()}
SECRET = secrets.token_hex(8)


@pytest.fixture(scope="module", params=EXERCISES)
def exercise_and_key(request):
    exercise = EXERCISES[request.param]
    return exercise, loads(dumps(make_key(exercise, SECRET)))


def judged(exercise, key, function):
    held = exercise.makers(SECRET)
    return judge(key, local_player(function, held), held)


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


def average_of_each_query(weights, x):
    """`np.average` refuses leading dimensions, and the loop is right."""
    return np.stack([np.average(x, axis=-2, weights=weights[..., i, :]) for i in range(weights.shape[-2])], axis=-2)


def near_parallel_is_parallel(a, b):
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    if (lengths == 0).any():
        raise ValueError("a zero vector")
    cosines = (a * b).sum(axis=-1) / lengths
    near = np.isclose(np.abs(cosines), 1)
    return np.degrees(np.arccos(np.where(near, np.sign(cosines), cosines).astype(cosines.dtype)))


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    ("name", "function", "sentence"),
    [
        ("weighted_average", average_of_each_query, "`np.average` takes one row of weights"),
        ("angle_degrees", near_parallel_is_parallel, None),
    ],
)
def test_no_sentence_says_what_is_not_true(exercises, name, function, sentence, hidden):
    key = make_key(exercises[name], "another", hidden=hidden)
    verdict = judge(key, local_player(function))
    assert not verdict.passed
    assert (verdict.mistake is None) if sentence is None else key.mistakes[verdict.mistake].startswith(sentence)


def random_embeddings():
    while True:
        x = np.random.randn(3, 2)
        chain = (x @ x.T)[[0, 0, 1], [1, 2, 2]]  # rock with paper, rock with scissors, paper with scissors
        if np.diff(chain).min() > 0.3 and np.abs(chain).max() < 3:
            return x


def random_key(keys):
    return np.random.randn(keys.shape[1]) * 1e8


def random_matrices():
    while True:
        w_q, w_k = np.random.randn(2, 3, 3) * 3
        scores = w_q @ w_k.T
        if all(scores[i, j] >= np.delete(scores[i], j).max() + 1 for i, j in enumerate((2, 0, 1))):
            return w_q, w_k


@pytest.mark.parametrize(
    ("name", "function"),
    [("embed_the_cycle", random_embeddings), ("solve_the_cycle", random_matrices), ("loudest_key", random_key)],
)
def test_a_random_search_with_the_global_generator_is_right(exercises, name, function):
    held = exercises[name].makers()
    for hidden in (False, True):
        verdict = judge(make_key(exercises[name], "another", hidden=hidden), local_player(function, held), held)
        assert verdict.passed
