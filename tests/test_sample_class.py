"""The sample class, graded for real: every score as written down by hand in sample_truth.toml."""

from __future__ import annotations

import csv
import json
import tomllib

import pytest

from autograder.authoring.sample import write_sample_class
from autograder.coursedir.folders import CourseDir, CourseError
from autograder.grading.grade import grade_class

from .conftest import ROOT

TRUTH = tomllib.loads((ROOT / "tests" / "sample_truth.toml").read_text())


@pytest.fixture(scope="module")
def graded(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    students = write_sample_class(course, folder)
    return folder, students, {r.student: r for r in grade_class(course, folder).records}


def test_there_are_at_least_24_and_the_truth_knows_all(graded):
    _, students, records = graded
    assert len(students) >= 24
    assert set(students) == set(records) == set(TRUTH) | {"unknown_assignment"}


@pytest.mark.parametrize("student", TRUTH)
def test_every_score_is_the_one_written_down_by_hand(graded, student):
    record = graded[2][student]
    assert (record.score, record.points) == (TRUTH[student]["score"], 43)
    assert record.mistakes == TRUTH[student].get("mistakes", {})


def test_bad_submissions_say_what_was_found_and_what_to_do(graded):
    folder, _, records = graded
    said = {
        "check_deleted": "The cell softmax-check was missing and was put back",
        "answer_deleted": "The cell entropy is missing, so it counts as not done. Copy it from a fresh release",
        "check_doubled": "The cell softmax-check is there more than once",
        "answer_renamed": "The cell for softmax had lost its mark",
        "other_file_name": "Your file is called my homework.ipynb",
        "not_json": "is not a Jupyter notebook, so it could not be read",
        "not_utf8": "is not UTF-8 text",
        "empty_folder": "No notebook was handed in. Expected a file 04_softmax.ipynb",
    }
    for student, words in said.items():
        assert any(words in note for note in records[student].notes), student
        page = (folder / "feedback" / student / "04_softmax" / "04_softmax.html").read_text()
        assert words in page, student
    assert "no assignment of this name; known are 01_raw_dot_products" in records["unknown_assignment"].problem


def test_everyone_has_feedback_and_a_line_in_the_table(graded):
    folder, students, records = graded
    rows = {r["student"]: r for r in csv.DictReader((folder / "grades.csv").open(encoding="utf-8"))}
    assert set(rows) == set(students)
    for student, record in records.items():
        assert float(rows[student]["score"]) == record.score
        assert json.loads(rows[student]["mistakes"]) == record.mistakes
        if student != "unknown_assignment":
            assert (folder / "feedback" / student / "04_softmax" / "04_softmax.html").is_file()


def test_feedback_holds_no_path_of_the_grading_machine(graded):
    folder = graded[0]
    for page in folder.glob("feedback/*/*/*.html"):
        assert str(folder) not in page.read_text(), page


def test_nothing_to_grade_is_said_before_any_work(course, tmp_path):
    with pytest.raises(CourseError, match=r"holds no submissions\. Expected submitted/<student>"):
        grade_class(course, tmp_path)
    with pytest.raises(CourseError, match="holds no released lesson"):
        grade_class(CourseDir(tmp_path), tmp_path)
