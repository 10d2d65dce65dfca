"""The calls that the engine adds to an author's: whatever the author forgot, they try."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring import Array, Exercise
from autograder.authoring.exercise import PROBES
from autograder.authoring.keymaker import make_key
from autograder.judging.held import local_player
from autograder.judging.judge import judge


def places(x):
    """The place of the largest number of each row."""
    return x.argmax(axis=-1)


def shares(x):
    """Each number as a share of its row, 0 where all are 0."""
    total = np.abs(x).sum(axis=-1, keepdims=True)
    return np.abs(x) / np.where(total == 0, 1, total)


def eighths(rng, shape):
    return np.round(rng.standard_normal(shape) * 8) / 8 + rng.permutation(np.arange(np.prod(shape))).reshape(shape) * 2


def exercise(reference, opts_out=(), **how) -> Exercise:
    made = Exercise(
        reference,
        points={"values": 2, "batches": 1, "large numbers": 1, "ties": 1, "dtypes": 1, "side effects": 1},
        takes={"x": Array("... n", **how)},
        gives=("...",) if reference is places else ("... n",),
        inputs=lambda draw: (
            (aspect, draw(n=3, lead=(2,)), "two rows") for aspect in ("values", "batches", "large numbers", "ties")
        ),
        hints=("Try it.",),
        difficulty=1,
        minutes=1,
        opts_out=dict.fromkeys(opts_out, "to see what goes"),
    )
    made.wrong("x is returned")(lambda x: x * 1)
    return made


def tried(made, probe):
    """The arrays that the probe makes."""
    return [c.call.args["x"].data for c in make_key(made).cases if c.probe and c.what == PROBES[probe][1]]


def lost(made, function):
    return {
        aspect for aspect, (got, points) in judge(make_key(made), local_player(function)).aspects.items() if got < points
    }


def test_each_probe_makes_what_it_says():
    assert [x.shape for x in tried(exercise(shares), "ones")] == [(1,)]
    assert all((x == 0).all() for x in tried(exercise(shares), "zeros"))
    assert len(tried(exercise(shares), "zeros")) == 1
    (tiny,) = tried(exercise(shares, draw=eighths, free=True), "tiny")
    assert 0 < np.abs(tiny).max() < 1e-4
    (long,) = tried(exercise(places, draw=eighths), "ties")
    assert long.shape[-1] > 16
    assert len(np.unique(long)) == 3


def test_numbers_with_a_promise_are_left_as_they_are_and_ties_are_for_places():
    promised = exercise(places, draw=eighths)
    assert tried(promised, "tiny") == tried(promised, "zeros") == []
    assert np.abs(tried(promised, "extremes")[0]).max() < 100
    assert np.abs(tried(exercise(places, draw=eighths, free=True), "extremes")[0]).max() > 1000
    assert tried(exercise(shares), "ties") == []


@pytest.mark.parametrize("probe", ["ones", "zeros", "tiny", "ties"])
def test_an_author_may_opt_out(probe):
    reference = places if probe == "ties" else shares
    how = {"draw": eighths, "free": True} if probe == "tiny" else {}
    assert tried(exercise(reference, **how), probe)
    assert tried(exercise(reference, [probe], **how), probe) == []


def unguarded(x):
    with np.errstate(invalid="ignore"):
        return np.abs(x) / np.abs(x).sum(axis=-1, keepdims=True)


def squeezed(x):
    return np.squeeze(shares(x))


def padded(x):
    return (np.abs(x) / (np.abs(x).sum(axis=-1, keepdims=True) + x.dtype.type(1e-9))).astype(x.dtype)


def unstable(x):
    kind = "stable" if x.shape[-1] <= 16 else "heapsort"
    return np.argsort(-x, axis=-1, kind=kind)[..., 0]


@pytest.mark.parametrize(
    ("made", "function", "aspects"),
    [
        (exercise(shares), shares, set()),
        (exercise(shares), unguarded, {"large numbers"}),
        (exercise(shares), squeezed, {"batches"}),
        (exercise(shares, draw=eighths, free=True), padded, {"large numbers"}),
        (exercise(shares, draw=eighths), padded, set()),  # what the author's draw promises, the engine keeps
        (exercise(places), places, set()),
        (exercise(places, draw=eighths), unstable, {"ties"}),
    ],
)
def test_a_slip_that_the_author_forgot_costs_its_own_aspect(made, function, aspects):
    assert lost(made, function) == aspects
