"""Interview questions: declared once beside a lesson, placed in it, and drawn from a page that students get."""

from __future__ import annotations

import json
import re
import shutil

import nbformat
import pytest

import autograder
from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.authoring.faults import AuthorError
from autograder.authoring.lesson_md import notebook_of, read_lesson
from autograder.authoring.questions_page import questions_page, write_page
from autograder.coursedir.cells import question_of
from autograder.coursedir.folders import QUESTIONS, CourseDir, released_notebooks
from autograder.desk import questions
from autograder.desk.lessons import lessons
from autograder.desk.page import page
from autograder.desk.update import copy_release
from autograder.grading.collect import collect

from .conftest import ROOT

LESSON = "01_counting"


@pytest.fixture
def course(tmp_path) -> CourseDir:
    """The tiny course, not built."""
    shutil.copytree(ROOT / "tests" / "tiny_course", tmp_path / "course", ignore=shutil.ignore_patterns("__pycache__"))
    return CourseDir(tmp_path / "course")


def read(course):
    """The lesson and the page as the build makes them."""
    declared = load_exercises(course.solutions)
    lesson = read_lesson(course.solutions / LESSON / "lesson.md", declared[LESSON])
    return lesson, questions_page([lesson], declared), declared


def edit(course, find: str, replace: str, file: str = "questions.md", count: int = 1) -> None:
    path = course.solutions / LESSON / file
    text = path.read_text(encoding="utf-8")
    assert find in text
    path.write_text(text.replace(find, replace, count), encoding="utf-8")


# -- the lesson and the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("solved", [False, True])
def test_a_placed_question_is_a_numbered_card(course, solved):
    edit(
        course,
        '```python\nquestion("both',
        '```python\nquestion("far_apart")\n```\n\n```python\nquestion("both',
        "lesson.md",
    )
    lesson, _page, declared = read(course)
    cells = {cell.id: cell for cell in notebook_of(lesson, declared[LESSON], solved).cells}
    first, second = cells["far_apart-question"], cells["both_ends-question"]
    assert (first.cell_type, "nbgrader" in first.metadata) == ("markdown", False)
    assert first.source.startswith("**Question 1.** The counts are 3, 1 and 4.")
    assert second.source.startswith("**Question 2.** Why can a sum be kept")
    assert "measured in" not in first.source.lower()
    assert "both_ends" in cells, "the written answer of this name is another cell"


def test_the_page_has_the_cards_of_every_lesson_and_where_each_was_measured(course):
    lesson, made, declared = read(course)
    nbformat.validate(made)
    ids = {cell.id: cell for cell in notebook_of(lesson, declared[LESSON], solved=False).cells}
    assert [c.id for c in made.cells] == [
        "questions-head", "questions-draw", LESSON, "far_apart-question", "both_ends-question"
    ]  # fmt: skip
    assert made.cells[2].source == "## 1 · Counting"
    links = [re.findall(r"\]\(([^)#]+)#cell-id=([\w-]+)\)", cell.source) for cell in made.cells[3:]]
    assert {address for found in links for address, _id in found} == {f"{LESSON}/{LESSON}.ipynb"}
    assert [ids[part].source.splitlines()[0] for (_, part), _cell in links] == ["## Spread (5 min)"] * 2
    assert [ids[cell].source.splitlines()[0][:12] for _part, (_, cell) in links] == ["apart = None", "total = coun"]


def test_a_course_without_questions_has_no_page(course):
    (course.solutions / LESSON / "questions.md").unlink()
    edit(course, '```python\nquestion("both_ends")\n```\n', "", "lesson.md")
    assert read(course)[1] is None


def test_the_build_writes_the_page_and_notices_where_it_is_out_of_date(course):
    build(course)
    before = course.questions.read_bytes()
    assert build(course, check=True).stale == ()
    edit(course, "Three</summary>", "3</summary>")
    assert build(course, check=True).stale == (QUESTIONS,)
    assert course.questions.read_bytes() == before
    assert released_notebooks(course.release) == {LESSON: course.release / LESSON / f"{LESSON}.ipynb"}
    (course.solutions / LESSON / "questions.md").unlink()
    edit(course, '```python\nquestion("both_ends")\n```\n', "", "lesson.md")
    assert QUESTIONS in build(course).stale
    assert not course.questions.exists()


# -- what is wrong, with file and line -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("find", "replace", "line", "said"),
    [
        ('part="Spread"', 'part="Spreads"', 2, "part 'Spreads': lesson.md has no such heading. Is it: Spread?"),
        ('cell="apart"', 'cell="nowhere"', 2, "'nowhere', which is in no cells of the part 'Spread'. Name an exercise"),
        ('cell="total = counts.sum()"', 'cell="import numpy"', 22, "'import numpy', which is in no cells"),
        ('cell="apart"', "", 2, "expected <!-- #region question="),
        ('question="far_apart"', 'question="far apart"', 2, "with a name of letters, digits and _, found the values ['far apart'"),
        ('question="far_apart"', 'question="both_ends"', 22, "'both_ends' already, in 01_counting/questions.md:2. Give this"),
        ("Right. The largest is 4", "Not quite. It is 4", 2, "has 0 choices whose reason begins with \"Right.\"; expected one"),
        ("Not quite. Where", "Right. Where", 2, 'has 2 choices whose reason begins with "Right."; expected one'),
        ("<summary>b. Three", "<summary>c. Three", 2, "has the choices a, c, c. Expected three or more, lettered a, b, c in"),
        ("<summary>b. A spread", "<summary>A spread", 22, "has the choices a, A spread can be negative, c. Expected"),
        ('question="far_apart"', 'query="far_apart"', 2, "these choices are in no question. Expected <!-- #region question="),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_question_is_said_with_file_and_line(course, find, replace, line, said):
    edit(course, find, replace)
    with pytest.raises(AuthorError) as stopped:
        build(course)
    assert str(stopped.value).startswith(f"{LESSON}/questions.md:{line}: ")
    assert said in str(stopped.value)
    assert not course.release.exists()


def test_two_choices_are_too_few(course):
    edit(course, "<details><summary>c. Four", "<details><p>c. Four")
    with pytest.raises(
        AuthorError, match=r"questions\.md:2: the question 'far_apart' has the choices a, b\. Expected three"
    ):
        read(course)


def test_code_in_two_cells_of_the_part_tells_no_cell(course):
    edit(course, "```python\ntotal", "```python\ntwice = 2 * counts\ntotal", "lesson.md")
    edit(course, "```python\ntwice", "```python\nprint(counts)\n```\n\n```python\ntwice", "lesson.md")
    edit(course, 'cell="total = counts.sum()"', 'cell="counts"')
    with pytest.raises(
        AuthorError, match=r"01_counting/questions\.md:22: .* names 'counts', which is in 2 cells of the part"
    ):
        read(course)


@pytest.mark.parametrize(
    ("placed", "said"),
    [
        ('question("both_end")', "there is no question called 'both_end' in this lesson; known are far_apart, both_ends"),
        ('question("both_ends")\nprint()', r'expected one call such as exercise\("name"\) and nothing else'),
        ('question("both_ends")\n```\n\n```python\nquestion("both_ends")', r"both_ends is placed already in line \d+\. Remove one"),
        ('questoin("both_ends")', "questoin places nothing; known are exercise, predict, written, question"),
    ],
)  # fmt: skip
def test_a_question_is_placed_once_by_its_name(course, placed, said):
    edit(course, 'question("both_ends")', placed, "lesson.md")
    with pytest.raises(AuthorError, match=rf"^01_counting/lesson\.md:\d+: .*{said}") as stopped:
        read(course)
    lines = (course.solutions / LESSON / "lesson.md").read_text(encoding="utf-8").splitlines()
    at = int(re.search(r"md:(\d+)", str(stopped.value))[1])
    assert lines[at - 2 : at] == ["```python", placed.splitlines()[-1] if "```" in placed else placed.splitlines()[0]]


def test_a_question_gives_no_reference_away(course):
    edit(course, "The counts are", "`counts.max(axis=-1) - counts.min(axis=-1)`: the counts are")
    with pytest.raises(AuthorError, match=r"01_counting/questions\.md:2: the question 'far_apart' holds the reference of"):
        build(course)


# -- the student's -------------------------------------------------------------------------------------------------------


@pytest.fixture
def released(course):
    """notebooks/ with the page, and the lesson as far as a copy needs it."""
    lesson, made, declared = read(course)
    folder = course.release / LESSON
    (folder / "keys").mkdir(parents=True)
    (folder / "keys" / "lesson.json").write_text(json.dumps({"lesson": LESSON, "exercises": []}), encoding="utf-8")
    nbformat.write(notebook_of(lesson, declared[LESSON], solved=True), folder / f"{LESSON}.ipynb")
    assert write_page(course, made, check=False) == [QUESTIONS]
    return course.release


def test_a_copy_has_the_page_and_the_start_page_links_to_it(released, tmp_path):
    student = tmp_path / "student"
    assert copy_release(released, student)[-1] == f"new: {student / QUESTIONS}"
    assert copy_release(released, student) == []
    assert (student / QUESTIONS).read_bytes() == (released / QUESTIONS).read_bytes()
    assert f'<a href="{QUESTIONS}">Questions</a>' in page(student)
    assert [lesson.name for lesson in lessons(student)] == [LESSON]
    (student / QUESTIONS).unlink()
    assert QUESTIONS not in page(student)
    (student / QUESTIONS).write_text("{", encoding="utf-8")
    assert copy_release(released, student)[0] == f"{QUESTIONS}: brought up to the new release"
    assert [backup.read_text() for backup in student.glob(".backup/*")] == ["{"]


def test_a_new_release_replaces_the_page_and_keeps_what_was_written_into_it(course, released, tmp_path):
    student = tmp_path / "student"
    copy_release(released, student)
    mine = student / QUESTIONS

    def change(text: str) -> None:
        notebook = nbformat.read(mine, as_version=4)
        notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="ten questions")]
        notebook.cells[3].source += text
        nbformat.write(notebook, mine)

    def publish(old: str, new: str) -> None:
        edit(course, old, new)
        write_page(course, read(course)[1], check=False)

    change("")  # run, and saved
    publish("b. Three", "b. 3")
    assert copy_release(released, student) == [f"{QUESTIONS}: brought up to the new release"]
    assert not (student / ".backup").exists()
    change("A note of mine.")
    assert copy_release(released, student) == []
    assert "A note of mine." in mine.read_text(encoding="utf-8")
    publish("c. Four", "c. 4")
    said = copy_release(released, student)
    [backup] = student.glob(".backup/questions-*.ipynb")
    assert said == [f"{QUESTIONS}: brought up to the new release", f"  the notebook as it was before: .backup/{backup.name}"]
    assert "A note of mine." in backup.read_text(encoding="utf-8")
    assert mine.read_bytes() == (released / QUESTIONS).read_bytes()


def test_the_page_is_no_submission(released, tmp_path):
    course = CourseDir(released.parent)
    download = tmp_path / "download" / f"ada_{LESSON}"
    download.mkdir(parents=True)
    for file in (released / LESSON / f"{LESSON}.ipynb", released / QUESTIONS):
        shutil.copy(file, download)
    done = collect(course, tmp_path / "download", tmp_path / "class")
    assert done.placed == [f"ada/{LESSON}"]
    assert len(done.left) == 1
    assert f"{QUESTIONS}: for no lesson of this course" in done.left[0]


@pytest.fixture
def draw(released, monkeypatch, capsys):
    """Draws, as the page's cell does; what is shown."""
    monkeypatch.setattr(questions, "lesson_folder", lambda: released)

    def shown(*args, **kwargs) -> str:
        autograder.questions(*args, **kwargs)
        return capsys.readouterr().out

    return shown


def test_cards_are_drawn_each_once_with_lesson_and_links(draw, released):
    text = draw()
    cards = [cell.source for cell in nbformat.read(released / QUESTIONS, as_version=4).cells if question_of(cell)]
    assert len(cards) == 2
    assert all(text.count(card) == 1 for card in cards)
    assert text.count("*1 · Counting*") == text.count("Measured in: [Spread](01_counting/01_counting.ipynb#cell-id=") == 2
    assert {draw(1).count("<summary>a.") for _ in range(5)} == {1}
    assert len({draw(1) for _ in range(30)}) == 2
    assert draw(5, lesson=1).count("<summary>a.") == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"lesson": 7}, "There are no questions of lesson 7. Known are 1.\n"),
        ({"n": 0}, "0 questions cannot be drawn: write a whole number from 1 on, such as questions(10).\n"),
        ({"n": "ten"}, "'ten' questions cannot be drawn: write a whole number from 1 on, such as questions(10).\n"),
    ],
)
def test_what_cannot_be_drawn_is_said(draw, asked, said):
    assert draw(**asked) == said


@pytest.mark.parametrize(
    "damage", [None, "", "{", "[]", '{"cells": [{"metadata": []}]}', '{"cells": [{"metadata": {"autograder_question": 3}}]}']
)
def test_a_missing_or_damaged_page_is_one_sentence(draw, released, damage):
    (released / QUESTIONS).unlink()
    if damage is not None:
        (released / QUESTIONS).write_text(damage, encoding="utf-8")
    assert draw() == (
        "There is no page of questions beside this notebook that can be read. Run `autograder update`, then open questions.ipynb "
        "from the start page.\n"
    )
