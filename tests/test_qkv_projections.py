"""What the lesson on queries, keys and values leans on: its stand-ins are right, and its training runs say what the text says."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring.catalog import load_exercises
from autograder.authoring.keymaker import make_key
from autograder.course.qkv_projections import sentence, standins, training
from autograder.judging.held import local_player
from autograder.judging.judge import judge

from .conftest import ROOT

EXERCISES = load_exercises(ROOT / "solutions")["02_qkv_projections"]
STRANGE = [
    None, 3, "w", (), (None, None), [np.zeros((3, 3))] * 3, np.zeros(0), (np.full((3, 2), np.nan),) * 2, (np.zeros((3, 0)),) * 2,
    (np.full((3, 2), 1e300),) * 2, ([[1.0], [2.0, 3.0]], np.eye(3)), {"w_q": np.eye(3)}, (np.zeros((3, 9)),) * 2,
    (np.zeros((3, 3), bool),) * 2, (np.ones(3), np.ones(3)), (np.float64(1), np.float64(2)),
]  # fmt: skip


@pytest.mark.parametrize("name", EXERCISES)
def test_stand_ins_pass_the_checks(name):
    exercise = EXERCISES[name]
    held = exercise.makers()
    verdict = judge(make_key(exercise, mistakes=False), local_player(getattr(standins, name), held), held)
    earned = {aspect for aspect, (got, points) in verdict.aspects.items() if got == points}
    assert {"dtypes", *earned} >= set(exercise.points)  # a stand-in is given float64


def test_the_verifier_says_what_is_wrong_with_any_result():
    exercise = EXERCISES["solve_the_cycle"]
    held = exercise.makers()
    key = make_key(exercise, mistakes=False)
    for result in STRANGE:
        verdict = judge(key, local_player(lambda result=result: result, held), held)
        assert verdict.score == 0
        assert verdict.failure.detail["sentences"]


WRONG_RANKS = ["rank_is_d_k", "rank_is_d_model", "smaller_size", "rank_of_w_q", "rank_of_w_k", "smaller_rank", "rows_counted",
               "fixed_threshold"]  # fmt: skip


@pytest.mark.parametrize("seed", ["visible", "another"])
@pytest.mark.parametrize("name", WRONG_RANKS)
def test_a_right_form_with_a_wrong_rank_loses_the_points_of_the_rank_alone(name, seed):
    exercise = EXERCISES["bilinear_form"]
    verdict = judge(make_key(exercise, seed), local_player(exercise.mistakes[name].function))
    assert {aspect for aspect, (got, points) in verdict.aspects.items() if got < points} in ({"rank"}, {"rank", "rounding"})
    assert verdict.mistake == name


@pytest.mark.parametrize("mask_self", [False, True])
def test_only_asymmetric_scores_learn_the_cycle(mask_self):
    for model in ("embeddings", "one matrix"):
        losses, scores = training.cycle(model, mask_self=mask_self)
        assert np.allclose(losses[-1], np.log(2 if mask_self else 3), atol=1e-3)
        assert (training.share_right(scores, mask_self) <= 2 / 3 + 1e-9).all()
    for model in ("two matrices", "one form"):
        losses, scores = training.cycle(model, mask_self=mask_self)
        assert (training.share_right(scores, mask_self) == 1).all()
        assert (training.weight_on_right(losses) > 0.9).all()


def test_one_number_each_is_not_enough_for_the_cycle():
    """Why d_k starts at 2: with d_k = 1 a row's largest score is at the largest or at the smallest key, so two keys win at most."""
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=(2, 20_000, 3, 1))
    best = (q @ np.swapaxes(k, -1, -2)).argmax(-1)
    assert not (best == training.BEATS).all(-1).any()


def test_half_of_d_k_in_two_matrices_learns_the_cycle():
    assert (training.share_right(training.cycle("two matrices", d_k=2)[1]) == 1).all()


def test_gradients_of_the_training_run():
    """A step of gradient descent moves the loss by what the finite step of a smaller one predicts."""
    for model in training.MODELS[1:]:
        fine, _ = training.cycle(model, steps=1, rate=1e-6)
        finer, _ = training.cycle(model, steps=1, rate=5e-7)
        assert (fine[1] < fine[0]).all()
        assert np.allclose(fine[1] - fine[0], 2 * (finer[1] - finer[0]), rtol=1e-3)


def test_a_larger_d_k_fits_a_random_pattern_better():
    target = np.random.default_rng(0).dirichlet(np.full(64, 0.1), size=64)
    found = [training.fit_pattern(target, d_k, steps=300)[0] for d_k in (1, 4, 16)]
    assert found == sorted(found, reverse=True)
    assert training.kl(target, target) == 0


def test_the_sentence_is_what_the_text_says():
    q, k, v = standins.project_qkv(sentence.X, sentence.W_Q, sentence.W_K, sentence.W_V)
    scores = standins.cross_scores(sentence.X, sentence.X, sentence.W_Q, sentence.W_K)
    assert np.allclose(scores, q @ k.T)
    assert scores[1].tolist() == [2, 0, 0, 4]
    assert scores[:, 1].tolist() == [3, 0, 0, 3]
    assert v[1].tolist() == [0, 0]
    assert len({scores.shape[0], *sentence.W_K.shape, sentence.W_V.shape[1]}) == 4  # all sizes differ
