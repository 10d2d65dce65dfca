"""The start page: what it says, where it leads, and that its file is left alone while JupyterLab has it open."""

from __future__ import annotations

import asyncio
import json
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder import start_page
from autograder.desk import progress as kept
from autograder.desk import start
from autograder.desk.contents import Contents
from autograder.desk.lessons import lessons, progress_in
from autograder.desk.page import page
from autograder.desk.running import is_running, running
from autograder.desk.start import write_start
from autograder.desk.update import copy_release
from autograder.judging import key_files

from .conftest import ROOT


@pytest.fixture
def student(tmp_path):
    """A student's folder beside the release, with all lessons."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copy(ROOT / "course.toml", tmp_path / "course.toml")
    copy_release(tmp_path / "notebooks", tmp_path / "student")
    return tmp_path / "student"


def finish(lesson, leave=0):
    for name in list(lesson.exercises)[: len(lesson.exercises) - leave]:
        kept.record(lesson.folder, name, lesson.exercises[name], lesson.exercises[name], True)


def button(folder) -> tuple[str, str]:
    """Where the button leads, and what it says."""
    return re.match(r'<a href="(.*?)" style=".*?">(.*?)</a>', page(folder)).groups()


def test_it_lists_lessons_and_leads_to_the_very_exercise(student):
    found = lessons(student)
    shown = page(student)
    assert [x.name for x in found] == sorted(p.name for p in (ROOT / "notebooks").iterdir() if p.is_dir())
    assert all(85 <= x.facts.minutes < 95 and x.facts.about and sum(x.exercises.values()) > 20 for x in found)
    assert button(student) == (found[0].address(), f"Start here: {found[0].facts.title}")
    assert shown.count("○ not begun") == len(found)
    assert "1 more optional" in shown
    assert '<a href="questions.ipynb">Questions</a>' in shown
    kept.record(found[3].folder, "softmax", 8.0, 8.0, True)
    assert button(student) == (
        "04_softmax/04_softmax.ipynb#cell-id=shrunken_scores-prediction",
        "Continue here: shrunken_scores in 4 · Softmax: from scores to weights",
    )
    kept.record(found[3].folder, "shrunken_scores", 1.0, 1.0, True)
    assert button(student)[0].endswith("#cell-id=" + progress_in(student)[3].open[0])
    assert "2 of 9 exercises done, 9 of 40 points" in page(student)


def test_it_goes_on_with_what_was_begun_last(student):
    found = lessons(student)
    finish(found[3], leave=1)
    for later in found[4:]:
        finish(later)
    assert button(student)[0].startswith(found[3].address() + "#")
    finish(found[3])
    assert button(student)[0] == found[0].address()
    finish(found[0])
    assert button(student)[0] == found[1].address()


def test_the_time_left_is_that_of_the_parts_in_which_something_is_open(student):
    lesson = lessons(student)[3]
    minutes = {name: section.minutes for section in lesson.facts.sections for name in section.graded}
    assert all(minutes.values())
    assert progress_in(student)[3].minutes_left == lesson.facts.minutes
    finish(lesson, leave=1)
    last = progress_in(student)[3]
    parts = {section.minutes for section in lesson.facts.sections if {*last.open, *last.blank}.intersection(section.graded)}
    assert last.minutes_left == sum(parts) < lesson.facts.minutes / 2
    finish(lesson)
    shown = page(student)
    assert "● done" in shown
    assert "Still blank, as last saved: [cooler](04_softmax/04_softmax.ipynb#cell-id=cooler)" in shown


def test_the_map_of_the_course_lights_what_finished_lessons_treat(student):
    assert "Each lesson that you finish lights its pieces." in page(student)
    finish(lessons(student)[3])
    assert "What is lit is what your finished lessons treat." in page(student)
    (student.parent / "course.toml").write_text('format = 1\nid = "other"\ntitle = "Other"\npackage = "nowhere"\n')
    assert "<figure" not in page(student), "another course has none"


def test_headings_go_down_one_level_at_a_time(student):
    write_start(student)
    cells = nbformat.read(student / start.START, as_version=4).cells
    texts = [c.source if c.cell_type == "markdown" else "".join(o.data["text/markdown"] for o in c.outputs) for c in cells]
    levels = [int(a or len(b)) for a, b in re.findall(r"<h(\d)|^(#+) ", "\n".join(texts), re.MULTILINE)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_the_notebook_shows_progress_without_a_run_and_keeps_own_cells(student):
    write_start(student)
    book = nbformat.read(student / start.START, as_version=4)
    nbformat.validate(book)
    assert "4 · Softmax" in book.cells[1].outputs[0].data["text/markdown"]
    assert "<" not in book.cells[1].outputs[0].data["text/plain"]
    book.cells.append(new_code_cell("mine = 1", id="mine"))
    nbformat.write(book, student / start.START)
    write_start(student)
    assert [c.id for c in nbformat.read(student / start.START, as_version=4).cells][-1] == "mine"
    (student / start.START).write_text("damaged")
    write_start(student)
    assert len(nbformat.read(student / start.START, as_version=4).cells) == 4
    assert [p.read_text() for p in (student / ".backup").iterdir()] == ["damaged"]


def test_while_jupyterlab_runs_the_file_is_left_alone_and_read_fresh(student):
    write_start(student)
    before = (student / start.START).read_bytes()
    with running(student) as first:
        assert first
        assert is_running(student)
        finish(lessons(student)[0])
        write_start(student)
        assert (student / start.START).read_bytes() == before
    assert not is_running(student)
    model = asyncio.run(Contents(root_dir=str(student)).get(start.START))
    assert "● done" in json.dumps(model["content"], ensure_ascii=False)
    assert (student / start.START).read_bytes() == before


def test_outside_a_notebook_it_is_printed(student, monkeypatch, capsys):
    monkeypatch.setattr(key_files, "_started_in", student)
    monkeypatch.chdir(student)
    start_page()
    shown = capsys.readouterr().out
    assert shown.startswith("Start here: 1 · Raw dot products")
    assert "<" not in shown
