"""What the lesson on scaled dot-product attention promises: stand-ins that are right, margins that hold, runs that repeat."""

from __future__ import annotations

import pytest
import torch

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
