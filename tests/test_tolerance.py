"""How near is near enough: a right answer that was float32 on the way, where the backend makes that natural."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring.tolerance import in_float64, tolerances
from autograder.judging.held import local_player
from autograder.judging.script import Call
from autograder.judging.values import EPS, array


def share_below(x, threshold):
    return float((x < threshold).sum() / len(x))


def room(numbers, threshold, backend):
    play = local_player(share_below)
    call = Call({"x": array(numbers, "float64", backend), "threshold": threshold})
    exact = play(call)
    return tolerances(play, call, exact, exact.value, np.random.default_rng(0), backend)[0]


@pytest.mark.parametrize(("backend", "accepted"), [("numpy", False), ("torch", True)])
def test_a_plain_number_that_was_float32_on_the_way_passes_in_torch_alone(backend, accepted):
    error = abs(float(np.float32(2 / 3)) - 2 / 3)
    assert (error <= room([0.1, 0.2, 0.9], 0.5, backend)) is accepted


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_an_entry_at_a_threshold_leaves_no_room_for_a_wrong_count(backend):
    assert room([0.5, 0.2, 0.9], 0.5, backend) < 1e-5


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_numbers_that_are_but_moved_have_hardly_any_room_in_half_precision(dtype):
    numbers = np.arange(1, 13).reshape(3, 4) / 8

    def room_of(function):
        play, call = local_player(function), Call({"x": array(numbers, dtype, "torch")})
        wide = in_float64(call)
        return tolerances(play, wide, play(wide), play(call).value, np.random.default_rng(0), "torch")[0]

    turned, scaled = room_of(lambda x: x.mT.reshape(2, 6)), room_of(lambda x: 1.5 * x)
    assert 0 < turned <= 2 * EPS[dtype] * numbers.max()
    assert scaled > 8 * turned
