"""Scores for learning platforms, by `nbgrader export --exporter=autograder.grading.export.Canvas` (or .Moodle).

Late penalties, marks by hand and extra credit count. A submission with an answer that nobody has graded yet is left blank, and so
is who handed nothing in: a platform leaves a score as it is where a cell is blank.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from nbgrader.api import Gradebook, Student, SubmittedAssignment
from nbgrader.plugins import ExportPlugin

from ..coursedir.files import write
from ..report.spreadsheet import csv_text

_CANVAS_NUMBER = re.compile(r".*_(\d+)")
"""A folder that `autograder collect` names after a download from Canvas ends in Canvas's own number."""


class _Export(ExportPlugin):
    """One row for each student, one column for each assignment."""

    default = ""
    head: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    """What stands before the points in a row for them; () where the platform has none."""

    def export(self, gradebook: Gradebook) -> None:
        names = [a.name for a in gradebook.assignments if not self.assignment or a.name in map(str, self.assignment)]
        waiting: list[str] = []
        submitted = {name: {s.student_id: s for s in gradebook.assignment_submissions(name)} for name in names}
        rows = [[*self.head, *names]]
        if self.points:
            rows.append([*self.points, *(f"{gradebook.find_assignment(name).max_score:g}" for name in names)])
        for student in sorted(gradebook.students, key=lambda s: s.id):
            if not self.student or student.id in map(str, self.student):
                scores = [_score(submitted[name].get(student.id), waiting.append) for name in names]
                rows.append([*self.identify(student), *scores])
        write(Path(self.to or self.default), csv_text(rows))
        if waiting:
            self.log.warning("Left blank, for an answer is still to be graded by hand: %s", ", ".join(waiting))

    def identify(self, student: Student) -> list[str]:
        raise NotImplementedError


def _score(submission: SubmittedAssignment | None, waits: Callable[[str], None]) -> str:
    if submission is None:
        return ""
    grades = (grade for notebook in submission.notebooks for grade in notebook.grades)
    if any(g.auto_score is None and g.manual_score is None for g in grades):  # one flagged after a regrade has its mark
        waits(f"{submission.student_id} ({submission.name})")
        return ""
    return f"{round(max(0.0, submission.score - (submission.late_submission_penalty or 0.0)), 4):g}"


class Canvas(_Export):
    """Canvas finds a student by ID, else by SIS Login ID; it asks which of its assignments a column is."""

    default = "canvas.csv"
    head = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    points = ("    Points Possible", "", "", "", "")

    def identify(self, student: Student) -> list[str]:
        name = ", ".join(part for part in (student.last_name, student.first_name) if part) or student.id
        number = _CANVAS_NUMBER.fullmatch(student.id)
        login = "" if number and not student.lms_user_id else student.id
        return [name, student.lms_user_id or (number[1] if number else ""), "", login, ""]


class Moodle(_Export):
    """Moodle asks which column identifies a user: the email address, the username or the ID number."""

    default = "moodle.csv"
    head = ("Username", "ID number", "Email address", "First name", "Last name")

    def identify(self, student: Student) -> list[str]:
        rest = (student.lms_user_id, student.email, student.first_name, student.last_name)
        return [student.id, *(value or "" for value in rest)]
