"""The report over all lessons of a course: what is said of people and across lessons is what the generator planted."""

from __future__ import annotations

import csv
import io
import re
import time
from collections import Counter
from dataclasses import replace

import pytest
from markupsafe import escape

from autograder.authoring.catalog import load_exercises
from autograder.coursedir.folders import CourseDir
from autograder.messages.render import to_text
from autograder.report.across import absent, falling_behind, score_rows
from autograder.report.analyse import analyse
from autograder.report.marks import Mark, Marks
from autograder.report.people import People, Person, read_people
from autograder.report.record import Record
from autograder.report.rows import report_rows
from autograder.report.sections import find_lessons
from autograder.report.spreadsheet import csv_text
from autograder.report.write import FIRST, report_page

from .conftest import ROOT, SETTINGS
from .generated_course import examples_of, facts_of_course, generated_course, named_class

COURSE = CourseDir(ROOT)
SOFTMAX = "04_softmax"


@pytest.fixture(scope="module")
def lessons():
    return find_lessons(COURSE.release)


@pytest.fixture(scope="module")
def people():
    return named_class(200)


@pytest.fixture(scope="module")
def planted(people, exercises, lessons):
    """Records of 200 students in all lessons, with counterexamples in lesson 4, and the truth."""
    examples = examples_of(load_exercises(COURSE.solutions)[SOFTMAX])
    return generated_course(facts_of_course(COURSE), exercises, list(people), examples)


@pytest.fixture(scope="module")
def assignments(planted, lessons):
    return analyse(planted[0], lessons)


@pytest.fixture(scope="module")
def page(assignments, people):
    return report_page(assignments, people)


def part(page: str, begins: str, ends: str) -> str:
    """The words from one heading to the next."""
    html = page[page.index(begins) :]
    return words(html[: html.index(ends, 1)])


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# -- against the truth ---------------------------------------------------------------------------------------------------


def test_mistakes_of_every_lesson_are_those_that_were_planted(assignments, planted):
    for a in assignments:
        assert Counter({(m.exercise, m.name): len(m.students) for m in a.mistakes}) == planted[1].mistakes[a.name]


def test_who_falls_behind_is_whom_the_generator_let_fall(assignments, planted, people, page):
    _, truth = planted
    behind = falling_behind(assignments, people)
    assert {b.row.person.id for b in behind if not b.never} == truth.behind
    assert {b.row.person.id for b in behind if b.never} == truth.never
    said = part(page, '<h2 id="behind">', '<h2 id="scores">')
    assert "a score at least 20 percentage points below one's own mean of the lessons before" in said
    assert f"{len(truth.behind)} students" in said
    for student in truth.behind | truth.never:
        assert people[student].name in said


def test_who_handed_in_nothing_and_what_was_unusable_is_listed_by_lesson(assignments, planted, people, page):
    _, truth = planted
    for i, a in enumerate(assignments, 1):
        assert {person.id for person in absent(a, people)} == truth.absent[a.name]
        said = part(page, f'<h4 id="a{i}-absent">', "</details>")
        for student in truth.absent[a.name]:
            assert people[student].name in said
    said = part(page, '<h4 id="a2-not-graded">', "</table>")
    for student in truth.unusable[assignments[1].name]:
        assert f"{people[student].name} 02_qkv_projections.ipynb is not a Jupyter notebook" in said


def test_the_table_of_scores_has_everybody_by_last_name(assignments, planted, people, page):
    _, truth = planted
    rows = score_rows(assignments, people)
    assert [row.person.order for row in rows] == sorted(person.order for person in people.values())
    for row in rows:
        for lesson, percent in row.percents.items():
            assert percent == pytest.approx(truth.percents.get((row.person.id, lesson)))
    table = page[page.index('id="score-table"') :].split("</table>")[0]
    assert table.count("<tr>") == 201
    assert table.count('aria-label="to do"') == len(truth.percents)


def test_the_csv_says_the_same(assignments, planted, people):
    _, truth = planted
    rows = list(csv.reader(io.StringIO(csv_text(report_rows(assignments, people)))))
    assert {r[3] for r in rows if r[2] == "falls behind"} == truth.behind | truth.never
    found = {(r[0], r[3]) for r in rows if r[2] == "nothing handed in"}
    assert found == {(lesson, student) for lesson, students in truth.absent.items() for student in students}
    assert len([r for r in rows if r[2] == "to do by hand"]) == len(truth.percents)


def test_a_report_on_200_students_and_six_lessons_takes_seconds(planted, lessons, people):
    start = time.process_time()
    report_page(analyse(planted[0], lessons), people)
    assert time.process_time() - start < 10


# -- what is said ----------------------------------------------------------------------------------------------------------


def test_each_mistake_is_said_for_a_class_with_an_input_and_the_section(assignments, page):
    (a,) = [a for a in assignments if a.name == SOFTMAX]
    html = page[page.index('id="a4"') : page.index('id="a5"')]
    folded = html.index(f"{len(a.mistakes) - FIRST} more mistakes")
    for i, m in enumerate(a.mistakes):
        assert m.example is not None
        said = f"<b>{m.exercise.replace('_', ' ')}</b>: "
        assert said in (html[:folded] if i < FIRST else html[folded:])
        assert escape(m.section.title) in html
    assert html.count('<details class="example">') == len(a.mistakes)
    assert "≠" in words(html)


def test_the_smallest_input_is_one_that_the_student_was_shown_without_what_was_printed(planted, lessons):
    records, _ = planted
    (record,) = [r for r in records if r.assignment == SOFTMAX and any(x.mistake for x in r.results)][:1]
    result = next(x for x in record.results if x.mistake)
    shown = result.descriptions[0]
    larger = replace(shown, inputs=[*shown.inputs, *shown.grids], notes=["Your function printed: hello"])
    quoting = replace(shown, notes=["Your function printed: hello"])
    both = [
        replace(record, student=student, results=(replace(result, descriptions=(description,)),))
        for student, description in (("ada", larger), ("bo", quoting))
    ]
    (a,) = analyse(both, lessons)
    example = a.mistakes[0].example
    assert (example.asked, example.inputs, example.notes) == (shown.asked, shown.inputs, [])
    assert [grid.rows for grid in example.grids] == [grid.rows for grid in shown.grids]
    assert not [grid.label for grid in example.grids if "yours" in grid.label]
    assert example.sentence
    assert result.sentence not in example.sentence
    assert "hello" not in report_page([a])
    unseen = replace(record, results=(replace(result, descriptions=()),))
    (a,) = analyse([unseen], lessons)
    assert a.mistakes[0].example is None
    assert to_text(shown)


def test_exercises_stand_from_the_hardest_to_the_easiest_in_words(assignments, page):
    html = page[page.index('id="a4"') : page.index('id="a5"')]
    table = part(html, "Exercises, hardest first", "</table>")
    shares = [int(x) for x in re.findall(r"(\d+) %", table)]
    assert shares == sorted(shares)
    assert "softmax with temperature softmax_ with_ temperature" in table
    assert "earned by the class" in table


def test_marks_to_look_at_again_are_not_called_to_do(planted, lessons):
    record = next(r for r in planted[0] if r.assignment == SOFTMAX and any(x.what == "written" for x in r.results))
    marks = {record.at: Marks({x.name: Mark(1.0, again=True) for x in record.results if x.what == "written"})}
    page = report_page(analyse([record], lessons, marks))
    assert 'aria-label="to look at again"' in page
    assert 'aria-label="to do"' not in page
    assert "1 mark by hand to look at again" in words(page)


def test_a_lesson_that_few_have_handed_in_says_nothing_about_who_falls_behind(planted, lessons, people):
    records = [r for r in planted[0] if r.assignment != "06_multi_head_attention"]
    some = [r for r in planted[0] if r.assignment == "06_multi_head_attention"][:50]
    with_some = {b.row.person.id for b in falling_behind(analyse([*records, *some], lessons), people)}
    assert with_some == {b.row.person.id for b in falling_behind(analyse(records, lessons), people)}


def test_who_the_grader_failed_at_does_not_fall_behind(planted, lessons, people):
    student = min(planted[1].behind)
    failed = [Record(student, name, problem="could not be graded", failed=True) for name in list(lessons)[-2:]]
    records = [r for r in planted[0] if r.at not in {f.at for f in failed}]
    assert student not in {b.row.person.id for b in falling_behind(analyse([*records, *failed], lessons), people)}


# -- people --------------------------------------------------------------------------------------------------------------


def test_two_of_one_name_are_told_apart_by_their_ids(page):
    assert "Kim Lee</bdi> <small>s198</small>" in page
    assert "Kim Lee</bdi> <small>s199</small>" in page
    assert "<small>s000</small>" not in page


def test_people_are_those_of_the_gradebook_and_of_the_list(tmp_path):
    from nbgrader.api import Gradebook

    from autograder.nbgrader_api import gradebook_url, scripts_on_path

    with scripts_on_path(), Gradebook(gradebook_url(tmp_path), SETTINGS.id) as gradebook:
        gradebook.add_student("ada", first_name="Ada", last_name="Lovelace")
        gradebook.add_student("bo")
    text = "id,first_name,last_name\nada,Augusta,King\nbo,Bo,Noether\neve,Eve,Noether\nzed,bo,noether\n"
    (tmp_path / "students.csv").write_text(text)
    people = read_people(tmp_path)
    assert [(p.id, p.name, p.namesake) for p in people.values()] == [
        ("ada", "Ada Lovelace", False),
        ("bo", "Bo Noether", True),
        ("zed", "bo noether", True),
        ("eve", "Eve Noether", False),
    ]
    assert people["nobody"] == Person("nobody")
    assert People().of(["b", "a"]) == [Person("a"), Person("b")]


# -- in a browser --------------------------------------------------------------------------------------------------------


def test_the_table_sorts_by_each_column_and_filters_by_name(page, tmp_path, browser):
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto((tmp_path / "report.html").as_uri())
    table = tab.locator("#score-table")

    def column(i: int) -> list[str]:
        return table.locator("tbody tr").evaluate_all("(rows, i) => rows.map(r => r.cells[i].dataset.key)", i)

    for i in (1, 7):
        head = table.locator("thead th").nth(i)
        for order in ("ascending", "descending"):
            head.get_by_role("button").click()
            assert head.get_attribute("aria-sort") == order
            scored = [float(key) for key in column(i) if key]
            assert scored == sorted(scored, reverse=order == "descending")
            assert not any(column(i)[len(scored) :])
    table.locator("thead th").first.get_by_role("button").click()
    assert column(0) == sorted(column(0), key=lambda key: key.replace("í", "i"))
    tab.get_by_label("Name").fill("euler")
    assert tab.locator("#shown").inner_text() == "20 of 200 students"
    assert table.locator("tbody tr:visible").count() == 20
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(page, tmp_path, browser, scheme, width):
    from .accessible import serious

    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.goto((tmp_path / "report.html").as_uri())
    tab.evaluate(
        "document.querySelectorAll('section:nth-of-type(-n+4) details, #a4 ~ * details').forEach(d => d.open = true)"
    )
    assert serious(tab, ["body"]) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()


def test_without_script_the_table_is_plain(page, tmp_path, browser):
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto((tmp_path / "report.html").as_uri())
    assert tab.locator("#score-table tbody tr").count() == 200
    assert tab.locator("#score-table button").count() == 0
    assert not tab.get_by_label("Name").is_visible()
    tab.close()
