"""What sets exercises, predictions and written questions apart, and how wide code may be."""

from __future__ import annotations

import itertools
import re

import pytest

from autograder.authoring.catalog import load_exercises
from autograder.authoring.faults import AuthorError
from autograder.authoring.frames import prediction_frame, written_frame
from autograder.authoring.lesson_md import notebook_of, prediction_key, read_lesson
from autograder.coursedir.lesson_facts import headings_in

from .conftest import ROOT

DECLARED = load_exercises(ROOT / "solutions")
LESSONS = sorted(DECLARED)


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request):
    return read_lesson(ROOT / "solutions" / request.param / "lesson.md", DECLARED[request.param])


@pytest.fixture(scope="module")
def cells(lesson):
    return notebook_of(lesson, DECLARED[lesson.name], solved=False).cells


def test_headings_come_in_order(cells):
    levels = [level for cell in cells if cell.cell_type == "markdown" for level, _text in headings_in(cell.source)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels)), levels


def test_every_question_is_framed_and_says_its_points(lesson, cells):
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    kinds = [p.kind for p in lesson.placements]
    assert len(re.findall(r"^> \*\*Predict \(1 point, right or wrong\)\.\*\* ", text, re.MULTILINE)) == kinds.count(
        "predict"
    )
    assert len(re.findall(r"^> \*\*Written question \(\d points\)\.\*\* ", text, re.MULTILINE)) == kinds.count("written")
    assert text.count("Run the next two cells and click your choice") == 1, "said once"


def test_the_name_of_a_point_is_explained_once(cells):
    text = "\n\n".join(cell.source for cell in cells if cell.id.endswith("-task"))
    for aspect in ("values", "dtypes", "side effects", "batches"):
        assert text.count(f"**{aspect}**: ") == (f"{aspect} " in re.sub(r"\*\*.*?\*\*: ", "", text))


def test_the_key_of_a_prediction_has_the_words_of_each_choice_and_the_reasons_of_the_wrong_ones(lesson):
    for placement in (p for p in lesson.placements if p.kind == "predict"):
        key = prediction_key(lesson, placement)
        assert tuple(key.words) == key.options
        assert tuple(key.reasons) == tuple(o for o in key.options if o != key.right)


def test_a_frame_begins_at_its_paragraph_or_below_the_heading():
    asked = prediction_frame("## Spread (5 min)\n\nSome text.\n\n**Predict.** How far?\n\n- a: 2", 1, first=False)
    assert asked == "## Spread (5 min)\n\nSome text.\n\n> **Predict (1 point, right or wrong).** How far?\n>\n> - a: 2"
    asked = written_frame("## Last\n\nWhy is that?", 2, first=False)
    assert asked == "## Last\n\n> **Written question (2 points).** Why is that?"
    assert written_frame("Why?", 0.5, first=False) == "> **Written question (0.5 points).** Why?"


def test_a_line_that_would_scroll_is_refused_with_its_place(tmp_path):
    file = tmp_path / "09_wide" / "lesson.md"
    file.parent.mkdir()
    file.write_text(f"# 9 · Wide\n\n```python\nx = 1\ny = '{'y' * 91}'\n```\n")
    with pytest.raises(AuthorError, match=r"09_wide/lesson.md:5: this line has 97 characters, and students see 95 at most"):
        read_lesson(file, {})
