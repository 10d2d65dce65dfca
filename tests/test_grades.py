"""grades.csv: what the machine gave, and beside it what a person gave."""

from __future__ import annotations

import csv

import pytest

from autograder.coursedir.folders import CourseError
from autograder.grading.grade import ClassGraded
from autograder.grading.grade_command import print_class
from autograder.grading.grades import write_grades
from autograder.report.marks import Mark, Marks
from autograder.report.record import Record, Result

RECORDS = [
    Record("ada", "l", (Result("f", 4.0, 4.0), Result("g", 1.0, 2.0), Result("why", None, 3.0, "written"))),
    Record("bo", "l", (Result("f", 0.0, 4.0), Result("g", 2.0, 2.0), Result("why", None, 3.0, "written"))),
    Record("cy", "l", problem="No notebook was handed in."),
]
MARKS = {("ada", "l"): Marks({"why": Mark(2.5), "g": Mark(2.0, again=True)}), ("bo", "l"): Marks({"f": Mark(extra=1.0)})}


def test_marks_by_hand_have_a_column_beside_the_machines(tmp_path):
    write_grades(RECORDS, MARKS, tmp_path / "grades.csv")
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head[4:-3] == ["f", "g", "g by hand", "why", "why by hand"]
    assert [row[:-3] for row in rows] == [
        ["ada", "l", "5.0", "9.0", "4.0", "1.0", "2.0", "0.0", "2.5"],
        ["bo", "l", "2.0", "9.0", "0.0", "2.0", "", "0.0", ""],
        ["cy", "l", "0.0", "0.0", "", "", "", "", ""],
    ]


def test_a_file_that_cannot_be_written_says_where_the_grades_are(tmp_path):
    (tmp_path / "grades.csv").mkdir()
    with pytest.raises(CourseError, match=r"cannot be written .* Grades are in gradebook\.db"):
        write_grades(RECORDS, {}, tmp_path / "grades.csv")


def test_the_table_ends_with_where_the_report_is_to_be_had(capsys, tmp_path):
    print_class(ClassGraded(RECORDS, set(), marks=MARKS), tmp_path)
    assert capsys.readouterr().out.rstrip().endswith(f"autograder report {tmp_path}")
