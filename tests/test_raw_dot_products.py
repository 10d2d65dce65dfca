"""The claims that the lesson on raw dot products makes, tried on all small cases, and its stand-ins beside the references."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from autograder.authoring.catalog import load_exercises
from autograder.course.raw_dot_products import bank, standins

from .conftest import ROOT

EXERCISES = load_exercises(ROOT / "solutions")["01_raw_dot_products"]
REFERENCES = {name: exercise.reference for name, exercise in EXERCISES.items()}


def all_wishes(n):
    """Every list of n targets in which nobody is its own target."""
    return [t for t in product(range(n), repeat=n) if all(i != j for i, j in enumerate(t))]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_realisable_is_what_some_symmetric_scores_reach(n):
    pairs = [(i, j) for i in range(n) for j in range(i)]
    reached = set()
    for order in permutations(range(len(pairs))):  # only the order of the scores matters
        scores = np.zeros((n, n))
        for (i, j), score in zip(pairs, order, strict=True):
            scores[i, j] = scores[j, i] = score + 1
        reached.add(tuple(REFERENCES["strongest_match"](scores, n > 1).tolist()))
    for targets in all_wishes(n):
        assert REFERENCES["realisable"](np.array(targets)) is (targets in reached), targets


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_scores_made_as_the_text_says_serve_every_list_without_a_long_ring(n):
    for targets in map(np.array, all_wishes(n)):
        if not REFERENCES["realisable"](targets):
            continue
        scores = n * n * np.eye(n)
        for i in range(n):
            steps, place = 0, i
            while targets[targets[place]] != place:
                steps, place = steps + 1, targets[place]
            scores[i, targets[i]] = scores[targets[i], i] = n - steps
        x = np.linalg.cholesky(scores)
        assert (REFERENCES["strongest_match"](REFERENCES["raw_scores"](x), True) == targets).all(), targets


def test_the_cycle_gives_two_of_three_at_most_and_never_none():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5000, 3, 4))
    right = REFERENCES["strongest_match"](REFERENCES["raw_scores"](x), True) == [2, 0, 1]
    assert set(right.sum(axis=-1).tolist()) == {1, 2}


def test_stand_ins_do_what_the_references_do():
    rng = np.random.default_rng(0)
    x, scores = rng.normal(size=(2, 5, 3)), rng.integers(-3, 3, size=(2, 5, 5))
    weights = standins.softmax(scores)
    assert np.allclose(standins.raw_scores(x), REFERENCES["raw_scores"](x))
    assert np.allclose(standins.weighted_average(weights, x), REFERENCES["weighted_average"](weights, x))
    for mask_self in (False, True):
        assert (standins.strongest_match(scores, mask_self) == REFERENCES["strongest_match"](scores, mask_self)).all()
    for targets in all_wishes(4):
        assert standins.realisable(np.array(targets)) == REFERENCES["realisable"](np.array(targets))
    for verifier in EXERCISES["embed_the_cycle"].verifiers.values():
        assert not verifier(standins.embed_the_cycle())
    for case, verifier in zip(
        EXERCISES["queries_for"].inputs(None), EXERCISES["queries_for"].verifiers.values(), strict=True
    ):
        assert not verifier(standins.queries_for(case[1]["keys"].data))
    for name, args in (("strongest_match", (np.ones((1, 1)), True)), ("realisable", (np.array([1, 1]),))):
        for function in (getattr(standins, name), REFERENCES[name]):
            with pytest.raises(ValueError, match="token"):
                function(*args)


def test_the_bank_by_pencil_and_by_the_formula():
    q, k, v = (bank.X @ w for w in (bank.W_Q, bank.W_K, bank.W_V))
    powers = 2.0 ** (k @ q[3])
    assert powers.tolist() == [1, 4, 1, 2]
    assert (powers / powers.sum() @ v).tolist() == [4, 1]
    output = standins.softmax(q @ k.T / np.sqrt(2)) @ v
    assert np.allclose(output[3], [4, 1], atol=0.05)
    assert np.allclose(output[:3], v.mean(axis=0))


STRANGE = [None, 0, "x", [[1, 2], [3]], np.zeros((3, 0)), np.zeros((2, 3)), np.ones((3, 2), bool), np.full((3, 2), np.nan)]
STRANGE += [np.full((3, 2), 1e300), np.full((3, 2), 5e-324), np.ones((3, 2), complex), np.ones((3, 65)), np.float64(1)]


@pytest.mark.parametrize("result", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("name", ["embed_the_cycle", "queries_for"])
def test_verifiers_say_what_is_wrong_with_anything(name, result):
    exercise = EXERCISES[name]
    for verifier in exercise.verifiers.values():
        found = verifier(result)
        assert (found[0] if isinstance(found, tuple | list) else found) in exercise.sentences
