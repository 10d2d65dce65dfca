"""Predictions that cannot be guessed, and that say why the wrong choices tempt."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from autograder.authoring.catalog import load_exercises
from autograder.authoring.lesson_md import Placement, read_lesson

from .conftest import ROOT

DECLARED = load_exercises(ROOT / "solutions")
LESSONS = [read_lesson(file, DECLARED[file.parent.name]) for file in sorted((ROOT / "solutions").glob("*/lesson.md"))]
PREDICTIONS = [(lesson, p) for lesson in LESSONS for p in lesson.placements if p.kind == "predict"]


def test_the_right_letter_is_spread_over_the_course():
    letters = Counter(p.answer for _lesson, p in PREDICTIONS)
    assert "" not in letters, "every prediction says which choice is right"
    assert max(letters.values()) <= 0.4 * len(PREDICTIONS), letters
    for lesson in LESSONS:
        assert len({p.answer for mine, p in PREDICTIONS if mine is lesson}) > 1, lesson.name


def test_a_name_belongs_to_one_prediction_of_the_course():
    names = Counter([p.name for _lesson, p in PREDICTIONS] + [name for exercises in DECLARED.values() for name in exercises])
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize(("lesson", "prediction"), PREDICTIONS, ids=[p.name for _lesson, p in PREDICTIONS])
def test_who_chose_wrongly_reads_why_that_choice_tempts(lesson, prediction):
    before, after = _prose_around(lesson, prediction)
    offered = re.findall(r"^- ([a-d]): ", before.rpartition("**Predict.**")[2], re.MULTILINE)
    assert tuple(offered) == prediction.options
    fold = re.search(r"<summary>What happened.*?</details>", after, re.DOTALL)
    assert fold, "what happened stands in a fold"
    explained = re.findall(r"^- If you chose ([a-d]): ", fold[0], re.MULTILINE)
    assert explained == [option for option in prediction.options if option != prediction.answer]


def _prose_around(lesson, placement: Placement) -> tuple[str, str]:
    """The Markdown before a placement and after it, up to the next prediction."""
    at = lesson.cells.index(placement)
    prose = [cell.source if getattr(cell, "cell_type", "") == "markdown" else "" for cell in lesson.cells]
    later = [i for i, cell in enumerate(lesson.cells) if i > at and getattr(cell, "kind", "") == "predict"]
    return "\n\n".join(prose[:at]), "\n\n".join(prose[at : later[0] if later else None])
