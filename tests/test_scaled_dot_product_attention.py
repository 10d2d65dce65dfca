"""What the lesson on scaled dot-product attention promises: stand-ins that are right, margins that hold, runs that repeat."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention as library

from autograder.authoring.catalog import load_exercises
from autograder.authoring.keymaker import make_key
from autograder.course.scaled_dot_product_attention import lookup, standins
from autograder.judging.held import local_player
from autograder.judging.judge import judge

from .conftest import ROOT

DECLARED = load_exercises(ROOT / "solutions")["05_scaled_dot_product_attention"]
CAUSAL = ("ada", "ben", "chloe", "dev", "eli", "fay", "gus", "hana", "ines", "lou")


@pytest.mark.parametrize("name", ["score_variance", "saturated_fraction", "causal_mask", "padding_mask", "finds_leak"])
def test_a_stand_in_passes_the_exercise_that_it_stands_in_for(name):
    exercise = DECLARED[name]
    held = exercise.makers()
    verdict = judge(make_key(exercise, mistakes=False), local_player(getattr(standins, name), held), held)
    assert verdict.aspects.pop("errors", None) in (None, (0.0, 1))  # the demos ask for nothing impossible
    assert all(got == points for got, points in verdict.aspects.values()), verdict


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", DECLARED["finds_leak"].makers())
def test_a_leak_shows_as_clearly_as_the_docstring_says(name, dtype):
    for seed in range(5):
        attention = DECLARED["finds_leak"].makers(f"seed {seed}")[name]
        real, other = torch.randn(2, 3, 32, 8, generator=torch.Generator().manual_seed(seed), dtype=dtype)
        before, moved = attention(*real), 0.0
        for i in range(1, 32):
            after = attention(*torch.cat([real[:, :i], other[:, i:]], dim=1))
            moved = max(moved, (after[:i] - before[:i]).abs().max().item())
        assert moved < 1e-5 if name in CAUSAL else moved > 1e-3


def test_a_run_of_the_lookup_repeats_and_leaves_the_thread_count_alone():
    torch.set_num_threads(2)
    first = lookup.train(standins.scaled_dot_product_attention, 16, steps=20)
    lookup.run.cache_clear()
    assert lookup.train(standins.scaled_dot_product_attention, 16, steps=20) == first
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(("d_k", "low", "high"), [(64, 0.9, 1.0), (256, 0.2, 0.5)])
def test_with_the_start_of_a_linear_layer_raw_scores_learn_up_to_a_width(d_k, low, high):
    for seed in range(3):
        assert low <= lookup.train(standins.raw_attention, d_k, seed=seed, spread=3**-0.5) <= high


def test_torch_does_with_a_blocked_row_and_with_one_new_query_what_the_lesson_says():
    q, k, v = torch.randn(3, 6, 8, generator=torch.Generator().manual_seed(0))
    assert not library(q, k, v, attn_mask=torch.zeros(6, 6, dtype=torch.bool)).any()
    assert torch.equal(library(q[-1:], k, v, is_causal=True), v[:1])
    whole = library(q, k, v, is_causal=True)
    for n_q in (1, 2, 6):
        newest = library(q[-n_q:], k, v, attn_mask=standins.causal_mask(n_q, 6))
        assert torch.allclose(newest, whole[-n_q:], atol=1e-6)
