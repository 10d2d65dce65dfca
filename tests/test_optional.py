"""An optional exercise: checked and named as any other, worth nothing, and taken up in the middle of a term with nothing lost.

The tiny course stands for it: in its first release `running` earns points, in its second it is optional.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.authoring.catalog import every_exercise
from autograder.authoring.faults import AuthorError
from autograder.authoring.sample import fill_in
from autograder.coursedir.folders import CourseDir
from autograder.coursedir.lesson_facts import read_facts
from autograder.grading.gradebook import read_records
from autograder.nbgrader_api import gradebook_url

from .conftest import ROOT
from .test_nbgrader import nbgrader
from .test_tiny_course import EVERYONE, LESSON, python_path

FIRST = {"first_right": {}, "first_wrong": {"running": "changed_in_place"}}
SECOND = {"right": {}, "wrong": {"running": "changed_in_place"}, "blank": {"running": "blank"}}
STOCK = ("first_wrong", "wrong", "blank")
NAMED = "This is what you get when an earlier cache is changed"


@dataclass(frozen=True)
class Term:
    """A course with both releases, its class graded, and a student's copy that was begun with the first release."""

    course: CourseDir
    copy: Path

    @property
    def class_dir(self) -> Path:
        return self.course.root / "class"


def autograder(root: Path, *words: str, cwd: Path | None = None, code: int = 0) -> str:
    command = [sys.executable, "-m", "autograder", *words]
    done = subprocess.run(
        command, cwd=cwd or root, env=python_path(root), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def python(root: Path, code: str, cwd: Path) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=cwd, env=python_path(root), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers(course: CourseDir, **how: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4)
    return fill_in(notebook, every_exercise(course.solutions), EVERYONE | {"written": "Both do."} | how)


def hand_in(course: CourseDir, students: dict[str, dict[str, str]]) -> None:
    for student, how in students.items():
        place = course.root / "class" / "submitted" / student / LESSON
        place.mkdir(parents=True)
        nbformat.write(answers(course, **how), place / f"{LESSON}.ipynb")


@pytest.fixture(scope="module")
def term(tmp_path_factory) -> Term:
    root = tmp_path_factory.mktemp("term") / "course"
    shutil.copytree(ROOT / "tests" / "tiny_course", root, ignore=shutil.ignore_patterns("__pycache__"))
    course, file = CourseDir(root), root / "solutions" / LESSON / "running.py"
    declared = file.read_text(encoding="utf-8")
    file.write_text(declared.replace("    optional=True,\n", ""), encoding="utf-8")
    autograder(root, "build")
    autograder(root, "update", "copy")
    begun = answers(course)
    nbformat.write(begun, root / "copy" / LESSON / f"{LESSON}.ipynb")
    python(root, script(begun), root / "copy" / LESSON)
    hand_in(course, FIRST)
    autograder(root, "grade", "class")
    file.write_text(declared, encoding="utf-8")
    autograder(root, "build")
    hand_in(course, SECOND)
    autograder(root, "grade", "class")
    return Term(course, root / "copy")


def script(notebook: nbformat.NotebookNode, *more: str) -> str:
    """The notebook's code, with what each check says."""
    code = [re.sub(r"^(check\(.*?\))(\.score)?$", r"print(\1)", c.source) for c in notebook.cells if c.cell_type == "code"]
    return "\n\n".join([*code, *more])


# -- in the notebook -----------------------------------------------------------------------------------------------------


def test_the_heading_promises_no_points(term):
    cells = {c.id: c for c in answers(term.course).cells}
    task = cells["running-task"].source
    assert task.startswith("### Optional exercise: `running`\n\n| Points | Difficulty | Time |")
    assert task.endswith("| none | ●●○ 2 of 3 | about 4 minutes |"), "nor are points explained"
    assert "| **3** (total 2, each once 1) | " in cells["tally-task"].source
    assert cells["running-check"].source == 'check("running")'
    assert cells["running-check"].metadata.nbgrader.points == 0
    facts = read_facts(term.course.release / LESSON / "keys", Path("no.ipynb"))
    assert facts.exercises == {"apart": 1, "spread": 5, "steps": 5, "tally": 3, "running": 0}


PROGRESS = """
from autograder.desk.page import page
from pathlib import Path
print(check("running").score, check("running").points)
progress()
print(page(Path.cwd().parent))
"""


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("right", ["✓ running: every check passed, optional\n", "6.0 6.0", "✓ running: done, optional\n", "1 of 1 optional"]),
        ("changed_in_place", ["✗ running: not right yet, optional\n", NAMED, 'hint("running")', "5.0 6.0",
                              "✗ running: not right yet, optional\n", "0 of 1 optional"]),
    ],
)  # fmt: skip
def test_a_student_is_told_what_is_wrong_and_it_costs_nothing(term, tmp_path, how, told):
    shutil.copytree(term.course.release, tmp_path / "lessons")
    said = python(term.course.root, script(answers(term.course, running=how), PROGRESS), tmp_path / "lessons" / LESSON)
    assert [text for text in told if text not in said] == [], said
    assert "Points:" not in said
    assert "Together 14 of 14 points." in said
    assert "4 of 4 exercises done, 14 of 14 points" in said
    assert ("**Every exercise is done.**" in said) == (how == "right")


def test_nobody_is_sent_to_it(term, tmp_path):
    shutil.copytree(term.course.release, tmp_path / "lessons")
    said = python(term.course.root, "from autograder.desk.page import page; from pathlib import Path; print(page(Path()))",
                  tmp_path / "lessons")  # fmt: skip
    assert "4 exercises, 14 points, 1 more optional" in said


# -- graded --------------------------------------------------------------------------------------------------------------


def test_it_is_worth_nothing_in_the_gradebook_and_earlier_grades_stand(term):
    with Gradebook(gradebook_url(term.class_dir), "counting") as gradebook:
        assert gradebook.find_assignment(LESSON).max_score == 15
        assert gradebook.find_graded_cell("running-check", LESSON, LESSON).max_score == 0
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions(LESSON)}
    assert scores == {"first_right": 20, "first_wrong": 19, "right": 14, "wrong": 14, "blank": 14}
    points = {r.student: r.points for r in read_records(term.class_dir)}
    assert points == {"first_right": 21, "first_wrong": 21, "right": 15, "wrong": 15, "blank": 15}
    with (term.class_dir / "grades.csv").open(encoding="utf-8-sig", newline="") as table:
        column = {row["student"]: row["running"] for row in csv.DictReader(table)}
    assert column == {"first_right": "6.0", "first_wrong": "5.0", "right": "", "wrong": "", "blank": ""}


def feedback(term: Term, student: str) -> str:
    page = (term.class_dir / "feedback" / student / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("</head>")[1]))


@pytest.mark.parametrize(
    ("student", "told"),
    [
        ("right", ["14 of 15 points", "running ✓ right optional"]),
        ("wrong", ["14 of 15 points", "running ✗ not right yet", "optional", "Not right yet", NAMED]),
        ("blank", ["14 of 15 points", "running ○ not written yet optional", "Not written yet"]),
        ("first_wrong", ["19 of 21 points", "running ✗ partly right", "5 / 6", NAMED]),
    ],
)
def test_feedback_names_the_mistake_and_counts_nothing(term, student, told):
    said = feedback(term, student)
    places = [said.find(text) for text in told]
    assert -1 not in places, said
    assert places == sorted(places)
    assert "0 of 0" not in said
    assert "0 / 0" not in said


def test_the_report_counts_it_apart(term):
    autograder(term.course.root, "report", "class")
    page = (term.class_dir / "report.html").read_text(encoding="utf-8")
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert "running: tried by 2 of 3, right for 1." in said
    assert "stuck on two" not in said.lower()
    rows = [row.split(",") for row in (term.class_dir / "report.csv").read_text(encoding="utf-8-sig").splitlines()]
    found = {(r[2], r[3]): (r[4], r[5]) for r in rows if r[1] == "running"}
    assert (found["optional", "tried"], found["optional", "right"]) == (("2", "3"), ("1", "3"))
    assert found["difficulty", "mean share of points"][1] == "2", "of those of the first release, where it earned points"
    assert found["mistake", "changed_in_place"] == ("2", "5")


def test_an_appeal_can_be_looked_into(term):
    said = autograder(term.course.root, "explain", "wrong", "running", "class")
    assert said.startswith(f"wrong, {LESSON}, running: optional, graded by release ")
    assert "hidden calls go wrong" in said


# -- nbgrader's own commands ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["by our sandbox", "by its own Execute"])
def stock(term, request, tmp_path_factory) -> Path:
    """The same submissions, graded by the stock commands alone."""
    root = tmp_path_factory.mktemp("stock") / "course"
    shutil.copytree(term.course.root, root, ignore=shutil.ignore_patterns("class", "copy", "__pycache__"))
    for student in STOCK:
        shutil.copytree(term.class_dir / "submitted" / student, root / "submitted" / student)
    if request.param == "by its own Execute":
        config = root / "nbgrader_config.py"
        lines = [s for s in config.read_text().splitlines() if "autograde_preprocessors" not in s]
        config.write_text("\n".join(lines) + "\n")
    return root


def test_nbgraders_own_commands_take_it(stock, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", python_path(stock)["PYTHONPATH"])
    for command in ("generate_assignment", "autograde"):
        done = nbgrader(stock, command, LESSON, "--force")
        assert done.returncode == 0, done.stderr[-3000:]
    with Gradebook(gradebook_url(stock), "counting") as gradebook:
        found = {s.student.id: (s.score, s.max_score) for s in gradebook.assignment_submissions(LESSON)}
    assert found == dict.fromkeys(STOCK, (14, 15))
    assert "Success" in nbgrader(stock, "validate", f"submitted/wrong/{LESSON}/{LESSON}.ipynb").stdout


# -- a copy that was begun while it earned points ------------------------------------------------------------------------


def test_what_was_written_and_passed_before_stays(term, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(term.copy, copy)
    before = {c.id: c.source for c in nbformat.read(copy / LESSON / f"{LESSON}.ipynb", as_version=4).cells}
    autograder(term.course.root, "update", str(copy))
    cells = {c.id: c for c in nbformat.read(copy / LESSON / f"{LESSON}.ipynb", as_version=4).cells}
    for name in ("apart-prediction", "spread", "steps", "tally", "running", "both_ends"):
        assert cells[name].source == before[name]
    assert list(cells) == list(before), "nothing is doubled or dropped"
    assert cells["running-task"].source.startswith("### Optional exercise")
    assert (cells["running-check"].source, cells["running-check"].metadata.nbgrader.points) == ('check("running")', 0)
    start = (copy / "start.ipynb").read_text(encoding="utf-8")
    assert "4 of 4 exercises done, 14 of 14 points" in start
    assert "1 of 1 optional done" in start


def test_handing_in_does_not_wait_for_it(term, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(term.copy, copy)
    autograder(term.course.root, "update", str(copy))
    file = copy / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(file, as_version=4)
    next(c for c in notebook.cells if c.id == "running").source = "def running(counts, cache=None):\n    return 0.0, 0.0"
    nbformat.write(notebook, file)
    said = autograder(term.course.root, "submit", "1", cwd=copy)
    assert re.search(r"✗ running: not right, and passed before \(.*\), optional", said)
    assert "Together 14 of 14 points by the visible checks." in said
    assert "Written: handed_in/" in said


# -- declared ------------------------------------------------------------------------------------------------------------


def test_nothing_that_earns_points_may_build_on_it(tmp_path):
    shutil.copytree(ROOT / "tests" / "tiny_course" / "solutions", tmp_path / "solutions")
    file = tmp_path / "solutions" / LESSON / "spread.py"
    file.write_text(file.read_text().replace("    minutes=2,\n", "    minutes=2,\n    optional=True,\n"))
    with pytest.raises(AuthorError, match=r"steps needs spread, which is optional: who leaves that out loses points"):
        every_exercise(tmp_path / "solutions")
