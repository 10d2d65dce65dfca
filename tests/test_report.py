"""The class report: what it counts against the truth, its statistics against values worked by hand, and bad input."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import io
import re
import sys
import types
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from autograder.coursedir.folders import CourseDir, CourseError
from autograder.report import pictures
from autograder.report.analyse import analyse, discrimination, outcome
from autograder.report.marks import NO_MARKS, Mark, Marks, read_marks
from autograder.report.page import words_of
from autograder.report.people import People, Person
from autograder.report.record import Record, Result
from autograder.report.rows import report_rows
from autograder.report.sections import find_lessons
from autograder.report.write import class_report, report_page, write_report

from .conftest import ROOT, SETTINGS
from .generated_class import SOFTMAX, generated_class

COURSE = CourseDir(ROOT)


@pytest.fixture(scope="module")
def lessons():
    return find_lessons(COURSE.release)


@pytest.fixture(scope="module")
def generated(lessons):
    records, truth = generated_class(200)
    return analyse(records, lessons)[0], truth


def page_of(records, lessons, marks=None) -> str:
    return report_page(analyse(records, lessons, marks))


def text_of(page: str) -> str:
    spaced = page.split("</head>")[1].replace("</th>", " ").replace("</td>", " ")
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", spaced)))


# -- counts --------------------------------------------------------------------------------------------------------------


def test_mistakes_of_200_submissions_are_those_the_generator_made(generated):
    a, truth = generated
    assert {(m.exercise, m.name): len(m.students) for m in a.mistakes} == dict(truth.mistakes)
    assert sum(truth.mistakes.values()) > 150
    counts = [len(m.students) for m in a.mistakes]
    assert counts == sorted(counts, reverse=True)
    assert all(m.n == 190 for m in a.mistakes)
    assert {(m.exercise, m.kind): len(m.students) for m in a.unnamed} == dict(truth.unnamed)


def test_outcomes_scores_and_aspects_are_those_the_generator_made(generated):
    a, truth = generated
    found = Counter({(e.name, o): n for e in a.exercises for o, n in e.outcomes.items() if n})
    assert found == +truth.outcomes
    assert {s: round(share * 34, 9) for s, share in a.shares.items()} == truth.scores
    for e in a.exercises:
        for aspect in e.aspects:
            assert aspect.share * aspect.points * aspect.n == pytest.approx(truth.earned[e.name, aspect.name])
    assert {e.name for e in a.exercises if e.aspects} == set(SOFTMAX)


def test_who_is_stuck_and_what_was_not_graded_are_those_the_generator_made(generated):
    a, truth = generated
    assert {s.student for s in a.stuck} == truth.stuck
    assert {u.student for u in a.not_graded} == truth.not_graded
    assert {u.student for u in a.mended} == truth.mended
    assert (a.submissions, len(a.shares), sum(a.waiting.values())) == (200, 190, 190)
    assert {u.student for u in a.not_graded if u.failed} == {f"student_{i:03}" for i in range(27, 200, 40)}


def test_the_page_and_the_csv_say_what_was_counted(generated, lessons):
    a, truth = generated
    said = text_of(report_page([a]))
    rows = [
        dict(zip(("exercise", "measure", "name", "value", "of", "text", "section"), r[1:], strict=True))
        for r in report_rows([a], People())
    ]
    for (exercise, name), n in truth.mistakes.items():
        assert f"{n} of 190 {words_of(exercise)}: This is what you get when {words_of(name)} happens." in said
        (row,) = [r for r in rows if (r["measure"], r["exercise"], r["name"]) == ("mistake", exercise, name)]
        assert (row["value"], row["of"], row["section"]) == (n, 190, lessons["04_softmax"].sections[exercise].title)
    assert "200 submissions, 10 of them not graded (why) and not counted below." in said
    assert " %. 190 answers still to be graded by hand" in said
    assert [r["value"] for r in rows if r["measure"] == "graded"] == [190]
    assert {r["name"] for r in rows if r["measure"] == "stuck"} == truth.stuck
    assert {r["name"] for r in rows if r["measure"] == "not graded"} == truth.not_graded


def test_each_mistake_links_to_the_section_that_treats_it(generated):
    page = report_page([generated[0]])
    for anchor in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{anchor}"' in page, anchor
    assert '<a href="#a1-2-write-softmax">2 · Write softmax</a>' in page
    assert re.search(r'04_softmax/04_softmax\.ipynb#2-%C2%B7-Write-softmax-%28\d+-min%29"', page)


# -- statistics, by hand -------------------------------------------------------------------------------------------------


def test_discrimination_is_the_point_biserial_worked_by_hand():
    """20 students, half right. Rest: 8 and 6 where right (mean 7), 4 and 2 where wrong (mean 3); variance 5.
    r = (7 - 3) / √5 · √(½ · ½) = 2 / √5; Fisher: artanh .8944 = 1.4436, ± 1.96 / √17 = .4754."""
    scores, rest = [1.0] * 10 + [0.0] * 10, [8.0, 6.0] * 5 + [4.0, 2.0] * 5
    found = discrimination(scores, rest)
    assert found.r == pytest.approx(2 / np.sqrt(5))
    assert (found.low, found.high) == pytest.approx((0.7477, 0.9577), abs=5e-4)
    assert found.n == 20


def test_discrimination_is_not_given_where_it_says_nothing():
    assert discrimination([1.0] * 10 + [0.0] * 9, list(range(19))) == "needs 20 submissions, there are 19"
    assert discrimination([1.0] * 30, list(range(30))) == "everyone has the same score"
    assert discrimination([1.0] * 28 + [0.0] * 2, list(range(30))) == "all but 2 have the same score"
    assert discrimination([1.0] * 15 + [0.0] * 15, [3.0] * 30) == "everyone has the same score in the rest"
    assert discrimination([], []) == "not graded yet"


def small_class() -> list[Record]:
    """Three students, worked by hand below."""

    def record(student, f, g, kind=""):
        return Record(student, "04_softmax", (
            Result("softmax", f, 8.0, mistake="no_shift" if 0 < f < 8 else "", sentence="It overflows.", kind="value" if f < 8 else "",
                   aspects={"values": (min(f, 6.0), 6.0), "large numbers": (max(f - 6, 0.0), 2.0)}),
            Result("entropy", g, 4.0, kind=kind),
            Result("cooler", None, 3.0, "written"),
        ))  # fmt: skip

    return [record("ann", 8.0, 4.0), record("ben", 6.0, 0.0, "stub"), record("cid", 0.0, 1.0, "value")]


def test_difficulty_aspects_and_shares_worked_by_hand(lessons):
    (a,) = analyse(small_class(), lessons)
    softmax, entropy, cooler = a.exercises
    assert softmax.difficulty == pytest.approx((1 + 0.75 + 0) / 3)
    assert entropy.difficulty == pytest.approx((1 + 0 + 0.25) / 3)
    assert cooler.difficulty is None
    assert {x.name: x.share for x in softmax.aspects} == pytest.approx({"values": 2 / 3, "large numbers": 1 / 3})
    assert a.shares == pytest.approx({"ann": 1.0, "ben": 0.5, "cid": 1 / 12})
    assert softmax.outcomes == {"right": 1, "partly right": 1, "wrong": 1, "not attempted": 0, "not graded yet": 0}
    assert entropy.outcomes == {"right": 1, "partly right": 1, "wrong": 0, "not attempted": 1, "not graded yet": 0}
    assert [(m.name, m.students, m.n) for m in a.mistakes] == [("no_shift", ("ben",), 3)]
    assert [(m.exercise, m.kind, m.students) for m in a.unnamed] == [
        ("entropy", "value", ("cid",)),
        ("softmax", "value", ("cid",)),
    ]
    assert [(s.student, s.wrong, s.blank) for s in a.stuck] == [
        ("ben", {"softmax": "no_shift"}, ("entropy",)),
        ("cid", {"softmax": "wrong values", "entropy": "wrong values"}, ()),
    ]


def test_marks_by_hand_count_and_a_late_penalty_costs(lessons):
    marks = {
        ("ann", "04_softmax"): Marks({"cooler": Mark(1.5)}, late_penalty=2.0),
        ("ben", "04_softmax"): Marks({"softmax": Mark(8.0, "appeal"), "entropy": Mark(extra=1.0)}),
    }
    (a,) = analyse(small_class(), lessons, marks)
    assert a.shares == pytest.approx({"ann": (8 + 4 + 1.5 - 2) / 15, "ben": (8 + 1) / 12, "cid": 1 / 12})
    assert (a.waiting, a.late) == ({"ben": 1, "cid": 1}, 1)
    assert a.exercises[2].difficulty is None, "one mark of three says nothing yet"
    assert outcome(small_class()[1].results[0], marks["ben", "04_softmax"]) == "right"


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """A class folder with a gradebook in which people gave marks."""
    from nbgrader.api import Gradebook

    from autograder.nbgrader_api import scripts_on_path

    folder = tmp_path_factory.mktemp("marked")
    with (
        scripts_on_path(),
        Gradebook(f"sqlite:///{folder / 'gradebook.db'}", SETTINGS.id) as gradebook,
        gradebook.db.no_autoflush,
    ):
        gradebook.add_assignment("04_softmax")
        gradebook.add_notebook("04_softmax", "04_softmax")
        for name, kind in (("softmax-check", "code"), ("cooler", "markdown")):
            gradebook.add_grade_cell(name, "04_softmax", "04_softmax", max_score=8, cell_type=kind)
        for name in ("softmax", "cooler"):
            gradebook.add_solution_cell(name, "04_softmax", "04_softmax")
        for student in ("ann", "ben", "🦊'; DROP TABLE grade; --"):
            gradebook.add_student(student)
            gradebook.add_submission("04_softmax", student)
        at = ("04_softmax", "04_softmax", "ann")
        gradebook.find_grade("cooler", *at).manual_score = 2.5
        gradebook.find_grade("softmax-check", *at).extra_credit = 1.0
        gradebook.find_comment("cooler", *at).manual_comment = "Say why."
        gradebook.find_submission_notebook("04_softmax", "04_softmax", "ben").late_submission_penalty = 3.0
        gradebook.db.commit()
    return folder


def test_marks_are_read_from_nbgraders_gradebook(marked):
    before = (marked / "gradebook.db").read_bytes()
    assert read_marks(marked) == {
        ("ann", "04_softmax"): Marks({"cooler": Mark(2.5, "Say why.", again=True), "softmax": Mark(None, "", 1.0)}),
        ("ben", "04_softmax"): Marks({}, 3.0),
    }
    assert (marked / "gradebook.db").read_bytes() == before


def test_what_is_not_a_gradebook_is_said(tmp_path):
    with pytest.raises(CourseError, match=r"no gradebook\.db in .*Run `autograder grade`"):
        read_marks(tmp_path)
    for content in (b"", b"not a database at all" * 100):
        (tmp_path / "gradebook.db").write_bytes(content)
        with pytest.raises(CourseError, match="cannot be read as a gradebook"):
            read_marks(tmp_path)


# -- bad input -----------------------------------------------------------------------------------------------------------


def test_records_of_another_course_say_what_to_do(lessons, tmp_path):
    others = [replace(r, assignment="ps1") for r in small_class()]
    with pytest.raises(CourseError, match=r"is of another course: it holds ps1, and this course has 01_raw.*--course"):
        class_report(others, lessons, {}, tmp_path)


def test_one_student_gets_no_rates_and_no_discrimination(lessons):
    said = text_of(page_of(small_class()[:1], lessons))
    assert "1 graded submission is few" in said
    assert "needs 20 submissions, there are 1" in said
    assert "%)" not in said
    assert "Median" not in said


@pytest.mark.parametrize(
    ("score", "words"), [(0.0, "30 of 30 (100 %) with two or more"), (1.0, "Nothing: no known mistake")]
)
def test_a_class_where_all_failed_and_one_where_all_are_perfect(lessons, score, words):
    def result(name):
        return Result(name, 8 * score, 8.0, mistake="" if score else "no_exp", sentence="" if score else "It has no exp.",
                      kind="" if score else "value", aspects={"values": (8 * score, 8.0)})  # fmt: skip

    records = [Record(f"s{i}", "04_softmax", (result("softmax"), result("entropy"))) for i in range(30)]
    page = page_of(records, lessons)
    said = text_of(page)
    assert words in said
    assert "everyone has the same score" in said
    assert not re.search(r">\s*(nan|inf)\b", page)


def test_only_what_could_not_be_graded(lessons):
    records = [Record(f"s{i}", "04_softmax", problem="No notebook was handed in.") for i in range(3)]
    said = text_of(page_of(records, lessons))
    assert "3 submissions, 3 of them not graded" in said
    assert said.count("No notebook was handed in.") == 3


def test_exercises_and_lessons_that_are_gone(lessons):
    old = [replace(r, results=(*r.results, Result("old_exercise", 1.0, 2.0, mistake="swapped", sentence="Swapped.")))
           for r in small_class()]  # fmt: skip
    said = text_of(page_of(old, lessons))
    assert "Not in the lesson now, but in these submissions: old_exercise." in said
    assert "not in the lesson now" in said
    said = text_of(page_of([*small_class(), *(replace(r, assignment="99_old") for r in small_class())], lessons))
    assert "This course has no lesson 99_old now" in said
    stray = Record("dan", "4_softmax", problem="no assignment of this name")
    said = text_of(page_of([*small_class(), stray], lessons))
    assert "For lessons that this course does not have" in said
    assert "Overview" not in said


NAMES = ['<script>document.title="x"</script>', "O'Neil \"Quotes\"", "../../etc/passwd", "🦊", "نص عربي", "\u202egnp.exe", "a" * 300,
         "=HYPERLINK(1)", "{{ 7 * 7 }}", "$x_1$ & <b>"]  # fmt: skip


def test_names_are_text_whatever_they_hold(lessons, tmp_path):
    records = [replace(small_class()[i % 3], student=name) for i, name in enumerate(NAMES)]
    records.append(Record(NAMES[0] + "2", "04_softmax", problem="<img src=x onerror=alert(1)>"))
    people = People({NAMES[1]: Person(NAMES[1], NAMES[0], "<img>"), "none": Person("none", "", NAMES[4])})
    write_report(COURSE, tmp_path, records, {}, people)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1
    assert "<img" not in page
    assert "& <b>" not in page
    assert "&lt;script&gt;document.title" in page
    assert "{{ 7 * 7 }}" in page
    rows = list(csv.DictReader(io.StringIO((tmp_path / "report.csv").read_text(encoding="utf-8-sig"))))
    assert {r["name"] for r in rows if r["measure"] == "stuck"} <= {*NAMES, "'=HYPERLINK(1)"}
    assert "'=HYPERLINK(1)" in {r["name"] for r in rows if r["measure"] == "stuck"}
    assert not [v for r in rows for v in r.values() if v[:1] in ("=", "@")]


def test_several_assignments_have_an_overview(lessons):
    more = [replace(r, assignment="05_scaled_dot_product_attention") for r in small_class()[1:]]
    page = page_of([*small_class(), *more], lessons)
    said = text_of(page)
    assert "Overview 3 students 2 lessons 5 answers to grade by hand" in said
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


# -- pictures and the command --------------------------------------------------------------------------------------------


def test_pictures_speak_and_say_the_numbers(generated):
    a, truth = generated
    percents = [100 * share for share in a.shares.values()]
    for exercise in a.exercises:
        svg = pictures.outcomes(exercise)
        assert all(f"{n} {came}" in svg for (name, came), n in truth.outcomes.items() if name == exercise.name)
    for svg in (pictures.histogram(percents), pictures.spread(percents)):
        assert svg.startswith('<svg class="picture')
        assert f"the median is {np.median(percents):.0f} %." in svg
    few = pictures.histogram([50.0, 50.0, 100.0])
    assert few.count("<circle") == 3
    assert "From 50 % to 100 %." in few
    assert "1: 30 %; 2: none" in pictures.profile({"1": 30.0, "2": None})
    assert pictures.histogram([]) == pictures.spread([]) == ""


def test_the_page_loads_nothing_and_runs_its_one_script_alone(generated):
    page = report_page([generated[0]])
    assert not re.search(r'(src|srcset)="(?!data:)|<link|@import|url\((?!#)', page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page


def test_the_command_writes_both_files_and_says_where(marked, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from autograder.cli import app

    records = generated_class(30)[0]
    reader = types.SimpleNamespace(read_records=lambda class_dir: records)
    monkeypatch.setitem(sys.modules, "autograder.grading.gradebook", reader)
    run = CliRunner().invoke
    missing = run(app, ["report", str(tmp_path), "--course", str(ROOT)])
    assert isinstance(missing.exception, CourseError)
    done = run(app, ["report", str(marked), "--course", str(ROOT), "--lessons-at", "https://hub.example/lab/tree/"])
    assert done.exit_code == 0, done.output
    assert "report.html and report.csv" in " ".join(done.output.split())
    page = (marked / "report.html").read_text(encoding="utf-8")
    assert 'href="https://hub.example/lab/tree/04_softmax/04_softmax.ipynb#' in page
    assert not [line for line in page.splitlines() if str(marked) in line]


def test_no_marks_change_nothing():
    record = small_class()[0]
    assert NO_MARKS.total(record) == record.score == 12.0
