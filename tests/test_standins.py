"""Ready-made functions are no answers: neither a course's stand-ins, nor what a library has."""

from __future__ import annotations

import importlib
import inspect
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from autograder import check, stand_in
from autograder.authoring.faults import AuthorError
from autograder.authoring.keymaker import make_key
from autograder.coursedir.releases import newest
from autograder.desk import shell
from autograder.desk.check import verdicts
from autograder.grading.execute import execute
from autograder.judging.held import local_player
from autograder.judging.judge import judge
from autograder.judging.key import dumps, loads
from autograder.judging.library_calls import watched
from autograder.judging.standins import ReadyMade, refused
from autograder.sandbox.process import Warm

from .conftest import ROOT, SETTINGS

LESSONS = sorted(p.parent.name for p in (ROOT / "solutions").glob("*/lesson.md"))


def ready(lesson):
    return importlib.import_module(f"autograder.course.{lesson[3:]}.standins")


@pytest.fixture
def in_lesson_04(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks" / "04_softmax")
    verdicts.clear()
    monkeypatch.setattr(shell, "namespace", dict)


def test_every_exercise_has_a_stand_in_that_refuses(exercises):
    for lesson in LESSONS:
        for name in (n for n, e in exercises.items() if e.file.parent.name == lesson):
            function = getattr(ready(lesson), name)
            assert function.__module__ == f"autograder.course.{lesson[3:]}.standins"
            with refused([name]), pytest.raises(ReadyMade, match=rf"standins\.{name}$"):
                function(*[None] * len(inspect.signature(function).parameters))


def test_a_stand_in_does_not_show_its_function():
    @stand_in
    def something(x, y=1):
        """Words."""
        return 3

    assert (something(0), something.__name__, something.__doc__) == (3, "something", "Words.")
    assert str(inspect.signature(something)) == "(x, y=1)"
    assert inspect.unwrap(something) is something
    assert not [c for c in something.__closure__ if callable(c.cell_contents)]


@pytest.mark.parametrize("name", ["softmax", "entropy"])
def test_handed_in_it_is_named(in_lesson_04, name):
    verdict = check(name, getattr(ready("04_softmax"), name))
    assert (verdict.score, verdict.failure.kind) == (0.0, "ready-made")
    assert f"This is the ready-made function `standins.{name}`. Write the steps yourself." in verdict.message
    assert "The smallest input" not in verdict.message


def test_later_ones_refuse_and_earlier_ones_do_not(in_lesson_04):
    ours = ready("04_softmax")
    assert check("softmax", lambda x, axis=-1: ours.softmax_with_temperature(x, 1.0, axis)).failure.kind == "ready-made"
    verdict = check("softmax_with_temperature", lambda x, t, axis=-1: ours.softmax(x / t, axis))
    assert verdict.score > 0
    assert ours.softmax(np.zeros(2)).tolist() == [0.5, 0.5]


def test_in_the_sandbox_none_scores_and_an_honest_one_may_use_an_earlier_lesson(course, exercises):
    """All stand-ins handed in, of every lesson."""
    import nbformat

    with Warm(SETTINGS.warm) as warm:
        for lesson in LESSONS:
            released = course.release / lesson / f"{lesson}.ipynb"
            cells = nbformat.read(released, as_version=4).cells
            own = [c for c in cells if c.id in exercises]
            for cell in own:
                cell.source = f"from autograder.course.{lesson[3:]} import standins\n{cell.id} = standins.{cell.id}"
            judged = execute(cells, newest(course, lesson), warm)
            found = {j.verdict.exercise: j for j in judged if j.verdict.exercise in exercises}
            assert len(found) == len(own) >= 4
            assert {j.verdict.failure.kind for j in found.values()} == {"ready-made"}
            assert sum(j.verdict.score for j in found.values()) == 0.0


X = torch.arange(6.0).reshape(2, 3)
SOFTMAX = ("torch.softmax", "torch.Tensor.softmax", "torch.nn.functional.softmax")


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: torch.softmax(X, -1), "torch.softmax"),
        (lambda: X.softmax(-1), "torch.Tensor.softmax"),
        (lambda: torch.Tensor.softmax(X, -1), "torch.Tensor.softmax"),
        (lambda: torch.nn.Parameter(X).softmax(-1), "torch.Tensor.softmax"),
        (lambda: torch.nn.functional.softmax(X, -1), "torch.nn.functional.softmax"),
        (lambda: torch.nn.Softmax(-1)(X), "torch.nn.functional.softmax"),
        (lambda: getattr(torch, "soft" + "max")(*(X, -1)), "torch.softmax"),
        (lambda: np.cov(np.eye(3)), "numpy.cov"),
        (lambda: torch.nn.MultiheadAttention(4, 2), "torch.nn.MultiheadAttention"),
    ],
)
def test_what_is_called_is_seen_under_any_name(call, name):
    with watched((*SOFTMAX, "numpy.cov", "torch.nn.MultiheadAttention")) as used:
        call()
    assert next(iter(used)) == name


def test_what_is_not_called_is_not_seen():
    class Mine:
        def softmax(self, axis):
            return np.einsum("ij->i", X)

    with watched(SOFTMAX) as used:
        Mine().softmax(-1)
        torch.exp(X) / torch.exp(X).sum()
        np.linalg.norm(X)
    assert not used


def library(q, k, v, mask=None):
    attend = torch.nn.functional.scaled_dot_product_attention
    identity = torch.eye(k.shape[-2], dtype=k.dtype).expand(*k.shape[:-2], -1, -1)
    weights = attend(q, k, identity, attn_mask=mask)
    weights = weights if mask is None else torch.where(mask, weights, torch.zeros_like(weights))
    return attend(q, k, v, attn_mask=mask), weights


def test_a_library_that_does_it_all_is_named(key_of):
    key = loads(dumps(key_of("scaled_dot_product_attention")))
    verdict = judge(key, local_player(library, ready_made=key.ready_made))
    assert (verdict.score, verdict.failure.kind) == (0.0, "ready-made")
    assert verdict.failure.detail == {"name": "torch.nn.functional.scaled_dot_product_attention"}


def test_a_key_that_names_nothing_judges_as_before(key_of):
    key = replace(key_of("scaled_dot_product_attention"), ready_made=())
    assert judge(key, local_player(library, ready_made=key.ready_made)).passed


def test_a_misspelt_name_stops_the_build(exercises):
    exercise = copy(exercises["softmax"])
    exercise.ready_made = ("torch.sofmax",)
    with pytest.raises(AuthorError, match=r"'torch\.sofmax'.*Misspelt"):
        make_key(exercise)
