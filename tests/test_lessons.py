"""The standard that every lesson keeps, whatever it teaches."""

from __future__ import annotations

import re
import shutil
import statistics
import time

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.authoring.catalog import load_exercises
from autograder.authoring.lesson_md import read_lesson
from autograder.authoring.width import refuse_long_lines

from .conftest import ROOT
from .minutes import parts_of, sentence_lengths

DECLARED = load_exercises(ROOT / "solutions")
LESSONS = sorted(p.parent.name for p in (ROOT / "solutions").glob("*/lesson.md"))
CHOICE = re.compile(r"<details><summary>([a-d])\. .+?</summary>\n\n(Right|Not quite)\. .+?</details>", re.DOTALL)
WELL_UNDER_A_MINUTE = 60  # seconds, on 2 cores


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request):
    return read_lesson(ROOT / "solutions" / request.param / "lesson.md", DECLARED[request.param])


def prose(lesson) -> str:
    """The lesson's text, and its questions."""
    cells = [c.source for c in lesson.cells if getattr(c, "cell_type", "") == "markdown"]
    return "\n\n".join([*cells, *(card.text for card in lesson.cards)])


def test_exercises_predictions_and_one_written_answer(lesson):
    kinds = [p.kind for p in lesson.placements]
    assert 4 <= sum(not e.optional for e in DECLARED[lesson.name].values()) <= 6
    assert 2 <= kinds.count("predict") <= 4
    assert kinds.count("written") == 1
    assert "point" in next(p.answer for p in lesson.placements if p.kind == "written"), (
        "the rubric stands in the model answer"
    )
    assert kinds[0] == "predict", "a lesson opens with a surprise"


def test_every_part_says_how_long_it_takes_and_the_rule_agrees(lesson):
    parts = parts_of(lesson, DECLARED[lesson.name])
    assert all(part.said for part in parts[1:]), parts
    assert 80 <= sum(part.said for part in parts) <= 95
    assert 80 <= sum(part.minutes for part in parts) <= 95
    for part in parts[1:]:
        assert part.minutes - 2.5 <= part.said <= part.minutes + 5.5, part
    graded = [e for e in DECLARED[lesson.name].values() if not e.optional]
    assert sum(e.minutes for e in graded) <= 0.75 * sum(part.said for part in parts)


def test_sentences_breathe(lesson):
    lengths = sentence_lengths(lesson)
    assert statistics.median(lengths) >= 11
    assert sum(n <= 8 for n in lengths) <= 0.36 * len(lengths)


def test_signatures_and_docstrings_fit_the_screen(lesson):
    for exercise in DECLARED[lesson.name].values():
        refuse_long_lines(exercise.stub_parts()[0], exercise.file, 1)


def test_code_cells_have_12_lines_at_most(lesson):
    for cell in lesson.cells:
        if getattr(cell, "cell_type", "") == "code":
            assert len(cell.source.splitlines()) <= 12, cell.source


def test_three_concept_questions_with_a_reason_for_every_choice(lesson):
    inline = re.split(r"\*\*Question \d\.\*\*", prose(lesson))[1:]  # in lesson.md itself
    texts = [text.split("\n## ")[0] for text in inline] or [card.text for card in lesson.cards]
    assert (len(inline) or [p.kind for p in lesson.placements].count("question")) == 3
    right = []
    for text in texts:
        choices = CHOICE.findall(text)
        assert 3 <= len(choices) == text.count("<summary>")
        assert [letter for letter, _ in choices] == sorted(letter for letter, _ in choices)
        assert [verdict for _, verdict in choices].count("Right") == 1
        right += [letter for letter, verdict in choices if verdict == "Right"]
    assert len(set(right)) > 1, "the right choice is not always the same letter"


def test_every_explanation_of_a_prediction_is_folded_and_closed(lesson):
    text = prose(lesson)
    assert text.count("<details>") == text.count("</details>") == text.count("<summary>")
    assert text.count("What happened") >= sum(p.kind == "predict" for p in lesson.placements) - 1


def test_prose_keeps_to_the_house_style(lesson):
    text = re.sub(r"\$.*?\$|`[^`]*`", "", prose(lesson), flags=re.DOTALL)
    assert not re.search(r"\w!(\s|$)", text), "no exclamation marks"
    assert not re.search(r"\b(simply|obviously|let's|of course|trivial)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("solved", [False, True], ids=["as handed out", "solved"])
def test_runs_to_the_end_and_gives_the_same_numbers_each_time(course, lesson, solved, tmp_path):
    folder = tmp_path / lesson.name
    shutil.copytree(course.release / lesson.name / "keys", folder / "keys")
    source = course.solved / f"{lesson.name}.ipynb" if solved else course.release / lesson.name / f"{lesson.name}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    start = time.perf_counter()
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    assert time.perf_counter() - start < WELL_UNDER_A_MINUTE
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", (cell.id, output.text)
        if solved and cell.id.endswith("-check"):
            facts = [o.metadata["autograder"] for o in cell.outputs if "autograder" in o.get("metadata", {})]
            assert facts, cell.id
            assert facts[0]["score"] == facts[0]["points"], cell.id
