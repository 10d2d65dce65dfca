"""Errors carry forward, in grading only: whatever became of an earlier function, a later one is checked with a right one."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
import torch

from autograder import check
from autograder.authoring.sources import as_cell
from autograder.desk import shell
from autograder.desk.trusted import GRADING
from autograder.judging.key_files import HIDDEN

WRONG = "def split_heads(x, n_heads):\n    return x.reshape(*x.shape[:-2], n_heads, x.shape[-2], -1)\n"
RIGHT_CHAIN = ("merge_heads", "scaled_dot_product_attention", "multi_head_attention")


@pytest.fixture
def grade(course, exercises, monkeypatch):
    """Runs cells as a grader does, each followed by its hidden check; returns the scores."""
    monkeypatch.setenv(HIDDEN, str(course.hidden_keys))
    monkeypatch.setenv(GRADING, "autograde")

    def run(**cells: str) -> dict[str, float]:
        names = {"torch": torch, "np": np, "math": math}
        monkeypatch.setattr(shell, "namespace", lambda: names)
        scores = {}
        for name, cell in cells.items():
            with contextlib.suppress(SyntaxError):
                exec(cell, names)
            if name in exercises:
                scores[name] = check(name, hidden=True).score
        return scores

    return run


@pytest.mark.parametrize(
    "broken",
    [
        WRONG,
        "def split_heads(x, n_heads:\n",
        "split = None",
        "split_heads = 3",
        WRONG + "cut = split_heads\n",
        "def split_heads(x, n_heads):\n    raise NotImplementedError\n",
    ],
    ids=["wrong", "unparsable", "missing", "no function", "second name", "stub"],
)
def test_a_later_function_is_checked_with_a_right_earlier_one(grade, exercises, broken):
    cells = {name: as_cell(exercises[name]) for name in RIGHT_CHAIN}
    if "cut =" in broken:
        cells["multi_head_attention"] = cells["multi_head_attention"].replace("split_heads(", "cut(")
    scores = grade(split_heads=broken, **cells)
    assert scores.pop("split_heads") < 7
    assert scores == {name: sum(exercises[name].points.values()) for name in RIGHT_CHAIN}


def test_captured_as_a_default_argument(grade, exercises):
    cells = {name: as_cell(exercises[name]) for name in RIGHT_CHAIN}
    cells["multi_head_attention"] = (
        cells["multi_head_attention"]
        .replace("mask=None):", "mask=None, cut=split_heads):")
        .replace("= split_heads(", "= cut(")
    )
    assert grade(split_heads=WRONG, **cells)["multi_head_attention"] == sum(
        exercises["multi_head_attention"].points.values()
    )


def test_a_live_notebook_never_replaces_anything(grade, exercises, monkeypatch):
    monkeypatch.delenv(GRADING)
    cells = {name: as_cell(exercises[name]) for name in RIGHT_CHAIN}
    assert grade(split_heads=WRONG, **cells)["multi_head_attention"] < sum(exercises["multi_head_attention"].points.values())
