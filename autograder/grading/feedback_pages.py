"""Feedback pages made anew from what is graded, with the marks that people gave since."""

from __future__ import annotations

from pathlib import Path

import nbformat

from ..coursedir.files import write
from ..coursedir.folders import CourseDir
from ..coursedir.releases import release_for
from ..report.feedback import feedback_page
from ..report.marks import read_marks
from ..report.people import read_people
from ..report.sections import read_lesson
from .gradebook import read_records


def write_pages(course: CourseDir, class_dir: Path) -> int:
    """Writes the page of every graded submission; returns how many. Raises CourseError where nothing is graded."""
    marks, people = read_marks(class_dir), read_people(class_dir)
    records = read_records(class_dir)
    for record in records:
        place = Path(record.student) / record.assignment / record.assignment
        notebook = nbformat.read(class_dir / "autograded" / place.with_suffix(".ipynb"), as_version=4)
        lesson = read_lesson(release_for(course, record.assignment, record.release).notebook)
        page = feedback_page(record, notebook.cells, marks.get(record.at), lesson, people[record.student])
        write(class_dir / "feedback" / place.with_suffix(".html"), page)
    return len(records)
