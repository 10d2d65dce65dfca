"""What the build writes down of a lesson: true to its source, read in every form, free of answers, and bad input."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.authoring.catalog import load_exercises
from autograder.authoring.leaks import find_leaks
from autograder.authoring.lesson_md import Placement, notebook_of, read_lesson
from autograder.coursedir.cells import cells_in
from autograder.coursedir.folders import CourseError
from autograder.coursedir.lesson_facts import NoFacts, exercise_names, facts_of, facts_text, read_facts
from autograder.desk.handin import hand_in
from autograder.desk.lessons import lessons
from autograder.desk.page import page
from autograder.desk.update import copy_release
from autograder.judging.key_files import NoKey, exercises_in
from autograder.report import sections

from .conftest import ROOT

DECLARED = load_exercises(ROOT / "solutions")
LESSONS = sorted(p.parent.name for p in (ROOT / "solutions").glob("*/lesson.md"))
NOWHERE = Path("no.ipynb")
KINDS = {"exercise": "exercise", "predict": "prediction", "written": "written"}


@pytest.fixture(params=LESSONS)
def source(request):
    return read_lesson(ROOT / "solutions" / request.param / "lesson.md", DECLARED[request.param])


def facts_from(lesson):
    return facts_of(lesson.name, notebook_of(lesson, DECLARED[lesson.name], solved=False).cells)


# -- true to the lesson --------------------------------------------------------------------------------------------------


def test_the_facts_are_those_of_the_lessons_source(course, source):
    folder = course.release / source.name
    facts = read_facts(folder / "keys", NOWHERE)
    points = {e.name: e.worth for e in DECLARED[source.name].values()}
    expected = [(p.name, KINDS[p.kind], points.get(p.name, p.points)) for p in source.placements if p.kind in KINDS]
    assert [(cell.name, cell.kind, cell.points) for cell in facts.graded] == expected
    assert list(facts.exercises) == exercise_names(folder / "keys") == exercises_in(folder / "keys")
    assert facts.title.startswith(f"{int(source.name[:2])} · ")
    assert facts.about in source.file.read_text(encoding="utf-8")
    assert [name for section in facts.sections for name in section.graded] == [cell.name for cell in facts.graded]
    ids = [cell["id"] for cell in cells_in(folder / f"{source.name}.ipynb")]
    assert all(section.cells and set(section.cells) <= set(ids) for section in facts.sections)


# -- the first form, which students have copies of -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def old_release(tmp_path_factory) -> Path:
    """A folder notebooks/ of the old release."""
    releases, released = tmp_path_factory.mktemp("releases"), tmp_path_factory.mktemp("old") / "notebooks"
    zipfile.ZipFile(Path(__file__).parent / "old_release" / "released.zip").extractall(releases)
    for mark in releases.glob("*/newest"):
        version = mark.with_name(mark.read_text().strip())
        shutil.copytree(version, released / mark.parent.name, ignore=shutil.ignore_patterns("hidden"))
    return released


@pytest.mark.parametrize("lesson", LESSONS[:6])  # later lessons never had that form
def test_a_release_of_the_first_form_is_read_by_its_notebook(old_release, lesson, tmp_path):
    keys = old_release / lesson / "keys"
    assert "format" not in json.loads((keys / "lesson.json").read_text(encoding="utf-8"))
    facts = read_facts(keys, old_release / lesson / f"{lesson}.ipynb")
    assert list(facts.exercises) == exercises_in(keys)
    assert sum(facts.exercises.values()) > 20
    assert 85 <= facts.minutes < 95
    assert facts.about
    (tmp_path / "lesson.json").write_text(facts_text(facts), encoding="utf-8")
    assert read_facts(tmp_path, NOWHERE) == facts


def test_a_students_copy_and_a_report_of_the_first_form_work_on(old_release, tmp_path):
    copy_release(old_release, tmp_path)
    assert page(tmp_path).count("not begun") == 6
    softmax = lessons(tmp_path)[3]
    assert (softmax.facts.title, sum(softmax.exercises.values())) == ("4 · Softmax: from scores to weights", 34)
    softmax.file.unlink()
    assert lessons(tmp_path)[3] == softmax, "the notebook as it was released is at hand"
    reported = sections.find_lessons(old_release)["04_softmax"]
    assert reported.sections["entropy"].title == "4 · Entropy: how spread out are the weights?"
    assert reported.sections["entropy"].html.startswith("<p>")


# -- no answers ----------------------------------------------------------------------------------------------------------

ANSWER = "# An answer (90 min)\n\n## Its heading (5 min)\n\nIts text."


def test_no_answer_is_in_the_facts(source):
    def altered(cell):
        if not isinstance(cell, Placement):
            return cell
        return replace(cell, answer=cell.options[-1] if cell.options else ANSWER)

    other = replace(source, cells=tuple(map(altered, source.cells)))
    assert any(p.kind == "written" and p.answer == ANSWER for p in other.placements)
    assert facts_from(other) == facts_from(source)
    text = facts_text(facts_from(source))
    content = json.loads(text)
    assert set(content) == {"format", "exercises", "lesson", "title", "about", "minutes", "graded", "sections"}
    assert {field for cell in content["graded"] for field in cell} == {"name", "kind", "points"}
    assert {field for section in content["sections"] for field in section} == {"title", "anchor", "graded", "cells"}
    answers = [p.answer for p in source.placements if p.kind == "written"]
    answers += [e.stub_parts()[1] for e in DECLARED[source.name].values()]
    assert not [line for answer in answers for line in answer.splitlines() if len(line) > 12 and line in text]


def test_facts_that_say_more_than_the_notebook_stop_the_build(course, tmp_path):
    release = tmp_path / "04_softmax"
    shutil.copytree(course.build / "release" / "04_softmax", release)
    assert find_leaks(release, DECLARED["04_softmax"], {}) == []
    file = release / "keys" / "lesson.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    for more in ({"about": "shrunken_scores = b"}, {"answers": {"shrunken_scores": "b"}}):
        file.write_text(json.dumps(content | more), encoding="utf-8")
        [leak] = find_leaks(release, DECLARED["04_softmax"], {})
        assert leak == "04_softmax/keys/lesson.json says what the released notebook does not say"


# -- bad input -----------------------------------------------------------------------------------------------------------

WHOLE = json.loads(facts_text(facts_of("04_softmax", [])))
DAMAGED = {
    "empty": "",
    "cut off": "{",
    "no object": "[]",
    "null": "null",
    "no exercises": '{"lesson": "04_softmax"}',
    "other exercises": '{"lesson": "04_softmax", "exercises": [1]}',
    "a word for a format": json.dumps(WHOLE | {"format": "two"}),
    "no title": json.dumps({k: v for k, v in WHOLE.items() if k != "title"}),
    "a word for minutes": json.dumps(WHOLE | {"minutes": "ninety"}),
    "endless minutes": json.dumps(WHOLE | {"minutes": float("inf")}),
    "a cell without points": json.dumps(WHOLE | {"graded": [{"name": "softmax", "kind": "exercise"}]}),
    "a section that is a word": json.dumps(WHOLE | {"sections": ["one"]}),
    "deep": "[" * 100_000,
}
NEWER = json.dumps({"format": 99})


@pytest.fixture
def student(tmp_path):
    shutil.copytree(ROOT / "notebooks" / "04_softmax", tmp_path / "notebooks" / "04_softmax")
    copy_release(tmp_path / "notebooks", tmp_path / "student")
    return tmp_path / "student"


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_what_is_damaged_says_what_to_do_and_update_mends_it(student, content):
    file = student / "04_softmax" / "keys" / "lesson.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NoFacts, match=r"^04_softmax/keys/lesson.json cannot be read. Run `autograder update`"):
        read_facts(file.parent, NOWHERE)
    assert "keys/lesson.json cannot be read: run `autograder update`" in page(student)
    copy_release(student.parent / "notebooks", student)
    assert "○ not begun** · about 95 minutes · 9 exercises, 40 points" in page(student)


def test_a_newer_form_says_what_to_install(student):
    (student / "04_softmax" / "keys" / "lesson.json").write_text(NEWER, encoding="utf-8")
    with pytest.raises(NoFacts, match=r"has format 99, and this autograder reads 2 at most\. Install the version"):
        read_facts(student / "04_softmax" / "keys", NOWHERE)
    with pytest.raises(NoKey, match="has format 99"):
        exercises_in(student / "04_softmax" / "keys")
    assert "keys/lesson.json is of a newer version of the course: install that version" in page(student)


def test_handing_in_goes_on_without_the_facts(student):
    (student / "04_softmax" / "keys" / "lesson.json").write_text("{", encoding="utf-8")
    lines = []
    packed = hand_in(lessons(student)[0], lines.append, lambda at, total: None)
    assert packed.is_file()
    assert "keys/lesson.json cannot be read: run `autograder update`" in lines
    assert not [line for line in lines if "Traceback" in line or "JSONDecodeError" in line]


def test_a_report_without_facts_says_what_to_do(tmp_path):
    shutil.copytree(ROOT / "notebooks" / "04_softmax", tmp_path / "04_softmax")
    (tmp_path / "04_softmax" / "keys" / "lesson.json").unlink()
    with pytest.raises(CourseError, match=r"lesson.json cannot be read. .*`autograder build` in the course itself"):
        sections.find_lessons(tmp_path)


def test_the_first_form_without_its_notebook_says_what_to_do(old_release, tmp_path):
    with pytest.raises(NoFacts, match=r"no\.ipynb cannot be read\. Run `autograder update`"):
        read_facts(old_release / "04_softmax" / "keys", NOWHERE)
