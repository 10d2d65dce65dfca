"""The written questions of a course, what a class answered to each, and how far these are graded. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from nbgrader import api
from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from ..coursedir.cells import cells_in, grading_of, source_of
from ..coursedir.folders import CourseDir
from ..coursedir.lesson_facts import read_facts
from ..report.people import Person
from .rubric import model_answers


@dataclass(frozen=True)
class Question:
    """A written question: where it stands, its points, and as Markdown its text, the model answer with how it is marked, and what is
    released in the place of an answer."""

    lesson: str
    title: str
    name: str
    points: float
    text: str
    model: str
    blank: str


@dataclass(frozen=True)
class Mark:
    """What the gradebook holds for one answer: ids of nbgrader's rows, whose it is, and what a person and the machine gave."""

    grade: str
    comment_row: str | None
    submission: str
    student: str
    first_name: str | None
    last_name: str | None
    score: float | None
    auto: float | None
    extra: float | None
    needs: bool
    comment: str | None

    @property
    def person(self) -> Person:
        return Person(self.student, self.first_name or "", self.last_name or "")

    @property
    def name(self) -> str:
        """The student as a person calls them."""
        return self.person.name

    @property
    def state(self) -> str:
        """ "to do"; "to look at again" where it was graded again after a person gave a mark; or "done"."""
        return "done" if not self.needs else "to do" if self.score is None else "to look at again"


@dataclass(frozen=True)
class Text:
    """What stands in the place of an answer, and whether pictures are pasted into it."""

    source: str
    pictures: bool = False


# -- questions -----------------------------------------------------------------------------------------------------------


def questions(course: CourseDir) -> list[Question]:
    """The written questions of all released lessons, in order. Raises CourseError where there is no lesson, or none to be read."""
    return [question for lesson, file in course.released().items() for question in _of_lesson(course, lesson, file)]


def _of_lesson(course: CourseDir, lesson: str, file: Path) -> list[Question]:
    facts, cells, answers = read_facts(file.parent / "keys", file), cells_in(file), model_answers(course, lesson)
    places = {grading_of(cell).get("grade_id", cell.get("id")): i for i, cell in enumerate(cells)}
    begins = {name: places.get(section.cells[0], 0) for section in facts.sections for name in section.graded}
    return [
        Question(lesson, facts.title, part.name, part.points, _prose_above(cells[begins.get(part.name, 0) : at]),
                 answers.get(part.name, ""), source_of(cells[at]).strip())
        for part in facts.graded
        if part.kind == "written" and (at := places.get(part.name)) is not None
    ]  # fmt: skip


def _prose_above(cells: list[dict]) -> str:
    """The question, which stands right above its answer."""
    prose = takewhile(lambda cell: cell.get("cell_type") == "markdown" and not grading_of(cell), reversed(cells))
    return "\n\n".join(source_of(cell) for cell in reversed(list(prose)))


# -- answers -------------------------------------------------------------------------------------------------------------


def marks_of(db: Session, question: Question) -> list[Mark]:
    """What is in the gradebook for each answer to a question, by name. Columns alone are asked for: a session keeps objects for
    longer than others leave them unchanged."""
    cell, answered = aliased(api.BaseCell), aliased(api.BaseCell)
    found = db.execute(
        select(api.Grade.id, api.Comment.id, api.SubmittedNotebook.id, api.Student.id, api.Student.first_name,
               api.Student.last_name, api.Grade.manual_score, api.Grade.auto_score, api.Grade.extra_credit,
               api.Grade.needs_manual_grade, api.Comment.manual_comment)
        .select_from(api.Grade)
        .join(cell, cell.id == api.Grade.cell_id)
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
        .join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .join(api.Student, api.Student.id == api.SubmittedAssignment.student_id)
        .outerjoin(answered, and_(answered.notebook_id == cell.notebook_id, answered.name == cell.name,
                                  answered.type == "SolutionCell"))
        .outerjoin(api.Comment, and_(api.Comment.notebook_id == api.Grade.notebook_id, api.Comment.cell_id == answered.id))
        .where(api.Assignment.name == question.lesson, cell.name == question.name)
    )  # fmt: skip
    marks = [Mark(*row) for row in found]
    return sorted(marks, key=lambda mark: mark.person.order)


def text_in(notebook: Path, question: Question) -> Text | None:
    """What an autograded notebook holds for this question; None where there is no such file, or it cannot be read."""
    try:
        return _texts(notebook, notebook.stat().st_mtime_ns).get(question.name)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _texts(notebook: Path, changed: int) -> dict[str, Text]:
    """The answers in a notebook, by name: of a class, reading the files again would take the most time of a page."""
    return {
        str(grading_of(cell).get("grade_id")): Text(source_of(cell).strip(), bool(cell.get("attachments")))
        for cell in cells_in(notebook)
        if cell.get("cell_type") == "markdown" and grading_of(cell).get("grade")
    }
