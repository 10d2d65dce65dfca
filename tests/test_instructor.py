"""An instructor's desk, end to end: a class with known mistakes and odd names is graded, marked by hand in the formgrader, reported
on and exported, and nbgrader's own commands go on working on it."""

from __future__ import annotations

import csv
import json
import shutil
import urllib.parse
import urllib.request

import pytest
from nbgrader.api import Gradebook

from autograder.grading.feedback_pages import write_pages
from autograder.grading.grade import grade_class
from autograder.grading.gradebook import read_records
from autograder.nbgrader_api import gradebook_url
from autograder.report.marks import read_marks
from autograder.report.people import read_people
from autograder.report.sections import LESSONS_AT
from autograder.report.write import write_report

from .conftest import SETTINGS
from .generated_class import write_generated_class
from .test_nbgrader import LESSON, formgrader, nbgrader

ODD = ["O'Neil", "🦊 爱", "x&y", "=1+1", "{{ 7 }}", "a%2Fb", "[x]*", "a#b?c"]
STUDENTS = ["ada", "bo", *ODD]


@pytest.fixture(scope="module")
def desk(course, tmp_path_factory, exercises):
    """The folder of a course whose class is graded, and the mistakes that its students made."""
    root = tmp_path_factory.mktemp("desk") / "course"
    shutil.copytree(course.root, root)
    return root, write_generated_class(course, exercises, root, STUDENTS)


@pytest.fixture(scope="module")
def graded(course, desk):
    root, _ = desk
    found = grade_class(course, root)
    assert [r.student for r in found.records] == sorted(STUDENTS)
    assert not [r.problem for r in found.records if r.problem]
    return root


def test_the_report_counts_what_the_generator_made(graded, desk, course):
    write_report(course, graded, read_records(graded), read_marks(graded), read_people(graded), LESSONS_AT)
    with (graded / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(r["exercise"], r["name"]): int(r["value"]) for r in rows if r["measure"] == "mistake"} == dict(desk[1])
    assert [r["value"] for r in rows if r["measure"] == "graded"] == [str(len(STUDENTS))]


def test_names_are_text_in_the_table_and_on_the_report(graded, browser):
    names = {row[0] for row in csv.reader((graded / "grades.csv").open(encoding="utf-8", newline=""))}
    assert names == {"student", "'=1+1", *STUDENTS} - {"=1+1"}
    page = browser.new_page()
    page.goto((graded / "report.html").as_uri())
    assert page.locator("h1, h2").first.is_visible()
    exercise, name = desk_top(graded)
    assert page.get_by_text(f"{exercise}: {name}").first.count() == 1
    page.close()


def desk_top(root) -> tuple[str, str]:
    """The most common mistake, by the CSV."""
    with (root / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        return next((r["exercise"], r["name"]) for r in csv.DictReader(file) if r["measure"] == "mistake")


def test_a_mark_typed_into_the_formgrader_is_in_the_gradebook_and_on_the_feedback_page(graded, course, browser):
    with formgrader(graded) as url:
        listed = json.load(urllib.request.urlopen(f"{url}/formgrader/api/submitted_notebooks/{LESSON}/{LESSON}"))
        ids = {s["student"]: s["id"] for s in listed}
        assert sorted(ids) == sorted(STUDENTS)
        page = browser.new_page()
        page.goto(f"{url}/formgrader/submissions/{ids['ada']}/")
        assert page.get_by_text("For you who grade; students do not see this").is_visible()
        assert page.get_by_text("Grading, 1 point each").is_visible()
        with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT") as saved:
            page.locator("input#cooler").fill("2.5")
            page.locator("input#cooler").press("Tab")
        assert saved.value.ok
        with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT") as saved:
            page.locator("textarea#cooler-comment").fill("Well argued.")
            page.locator("textarea#cooler-comment").press("Tab")
        assert saved.value.ok
        for student in ODD:
            assert page.goto(f"{url}/formgrader/submissions/{ids[student]}/").ok, student
        page.close()
    with Gradebook(gradebook_url(graded), SETTINGS.id) as gradebook:
        grade = gradebook.find_grade("cooler", LESSON, LESSON, "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (2.5, False)
        assert gradebook.find_comment("cooler", LESSON, LESSON, "ada").manual_comment == "Well argued."
    assert write_pages(course, graded) == len(STUDENTS)
    page = browser.new_page()
    file = graded / "feedback" / "ada" / LESSON / f"{LESSON}.html"
    page.goto(file.as_uri())
    assert page.get_by_text("Well argued.").first.is_visible()
    assert "2.5" in page.locator("body").inner_text()
    for student in ODD:
        assert page.goto((graded / "feedback" / student / LESSON / f"{LESSON}.html").as_uri()) is not None
        assert student in page.locator("body").inner_text()
    page.close()


def test_no_student_is_shown_the_rubric(graded):
    for file in (graded / "feedback").rglob("*.html"):
        assert "Grading, 1 point each" not in file.read_text(encoding="utf-8")
    for file in (graded / "autograded").rglob("*.ipynb"):
        assert "Grading, 1 point each" not in file.read_text(encoding="utf-8")


def test_nbgraders_own_commands_go_on_working(graded):
    """After the tests above: the same gradebook, marks by hand and all."""
    scores = {r.student: r.score for r in read_records(graded)}
    for words in (
        ("autograde", LESSON, "--student", "bo", "--force"),
        ("generate_feedback", LESSON, "--student", "ada", "--force"),
        ("export",),
        ("export", "--exporter=autograder.grading.export.Canvas"),
    ):
        done = nbgrader(graded, *words)
        assert done.returncode == 0, done.stderr[-2000:]
    page = (graded / "feedback" / "ada" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "Well argued." in page
    assert "Grading, 1 point each" not in page
    with Gradebook(gradebook_url(graded), SETTINGS.id) as gradebook:
        assert gradebook.find_submission(LESSON, "bo").score == scores["bo"]
        assert gradebook.find_submission(LESSON, "ada").score == scores["ada"] + 2.5
    table = list(csv.reader((graded / "canvas.csv").open(encoding="utf-8", newline="")))
    assert table[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON]
    assert table[1] == ["    Points Possible", "", "", "", "", "43"]
    rows = {row[3]: row[5] for row in table[2:]}
    assert rows["ada"] == f"{scores['ada'] + 2.5:g}"
    assert rows["bo"] == ""
    assert "bo (04_softmax)" in done.stderr
