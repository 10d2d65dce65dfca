"""Verifiers of the course return ids of their exercise's sentences, with a value for each place: all can be translated."""

from __future__ import annotations

from string import Formatter

import numpy as np
import pytest
import torch

from autograder.authoring.catalog import load_exercises
from autograder.authoring.keymaker import make_key
from autograder.judging.held import local_player
from autograder.judging.judge import judge
from autograder.messages.description import describe

from .conftest import ROOT

EXERCISES = {n: e for found in load_exercises(ROOT / "solutions").values() for n, e in found.items() if e.verifiers}

EYE = np.eye(3)
RIGHT = np.roll(EYE, -1, axis=1)
OTHER_RESULTS = {
    "embed_the_cycle": [None, np.ones((3, 2), bool), np.full((3, 2), 1001.0)],
    "queries_for": [None, np.ones((3, 3), bool), np.full((3, 3), np.nan), np.full((3, 3), 1001.0)],
    "solve_the_cycle": [
        (np.full((3, 2), np.nan), EYE[:, :2]),
        (np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]), EYE),
        (np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), EYE),
        (np.array([[0.0, 0.0, 2.0], [0.5, 0.0, 0.0], [0.0, 2.0, 0.0]]), EYE),
        (np.array([[0.0, 0.0, 2.0], [2.0, 0.0, 0.0], [0.0, 0.5, 0.0]]), EYE),
    ],
    "two_relations": [
        torch.ones(3, 6),
        (np.ones((6, 4)), np.ones((6, 4))),
        (torch.ones(6, 4, dtype=torch.int64), torch.ones(6, 4)),
        (torch.full((6, 4), 51.0), torch.ones(6, 4)),
        (torch.ones(6, 4), torch.ones(6, 6)),
    ],
    "write_memory": [
        (torch.ones(4, 13), torch.ones(13), torch.ones(13, 2), torch.ones(2)),
        (torch.full((4, 1), 1001.0), torch.ones(1), torch.ones(1, 2), torch.ones(2)),
    ],
    "tell_apart": [(torch.full((8,), np.nan), torch.ones(8))],
}
"""Results that no declared wrong answer returns, for the sentences that are left."""


@pytest.mark.parametrize("name", EXERCISES)
def test_every_sentence_is_for_some_result_and_its_places_are_filled(name):
    exercise = EXERCISES[name]
    held, key = exercise.makers(), make_key(exercise, mistakes=False)
    answers = [mistake.function for mistake in exercise.mistakes.values()]
    answers += [lambda *_given, result=result: result for result in OTHER_RESULTS.get(name, ())]
    ids = set()
    for answer in answers:
        verdict = judge(key, local_player(answer, held), held)
        assert not verdict.passed
        assert describe(verdict, key).sentence
        for id, values in verdict.failure.detail.get("sentences", ()):
            assert set(values) == {place for _, place, _, _ in Formatter().parse(exercise.sentences[id]) if place}, id
            assert all(type(value) in (int, float, str) for value in values.values()), id
            ids.add(id)
    assert ids == set(exercise.sentences)
