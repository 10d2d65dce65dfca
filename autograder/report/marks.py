"""Marks that people gave: scores by hand, comments, extra credit and late penalties, from nbgrader's gradebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..course_dir import CourseError
from ..grading.record import Record, Result


@dataclass(frozen=True)
class Mark:
    """What a person gave for one graded cell. `score` replaces the machine's; `extra` comes on top of either."""

    score: float | None = None
    comment: str = ""
    extra: float = 0.0


NO_MARK = Mark()


@dataclass(frozen=True)
class Marks:
    """What people gave for one submission, by name of the graded cell."""

    cells: dict[str, Mark] = field(default_factory=dict)
    late_penalty: float = 0.0

    def of(self, result: Result) -> Mark:
        return self.cells.get(result.name, NO_MARK)

    def score(self, result: Result) -> float | None:
        """What counts for this cell; None where nobody has graded it yet."""
        given = self.of(result)
        score = result.score if given.score is None else given.score
        return None if score is None and not given.extra else (score or 0.0) + given.extra

    def total(self, record: Record) -> float:
        """The score of a submission, as nbgrader counts it."""
        return max(0.0, sum(self.score(r) or 0.0 for r in record.results) - self.late_penalty)


NO_MARKS = Marks()


def read_marks(class_dir: Path) -> dict[tuple[str, str], Marks]:
    """{(student, assignment): marks} of class_dir/gradebook.db, where people gave any."""
    from nbgrader import api
    from sqlalchemy import or_
    from sqlalchemy.exc import SQLAlchemyError

    from ..nbgrader_api import COURSE_ID, gradebook_url

    cells: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    late: dict[tuple[str, str], float] = {}
    try:
        with api.Gradebook(gradebook_url(class_dir), COURSE_ID) as gradebook:

            def found(table: Any, cell: Any, *columns: Any, where: Any) -> Any:
                return (
                    gradebook.db.query(api.SubmittedAssignment.student_id, api.Assignment.name, cell, *columns)
                    .select_from(table)
                    .join(api.SubmittedNotebook, api.SubmittedNotebook.id == table.notebook_id)
                    .join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
                    .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
                    .join(api.BaseCell, api.BaseCell.id == table.cell_id)
                    .filter(where)
                )

            def put(rows: Any, make: Callable[..., dict[str, Any]]) -> None:
                for student, assignment, name, *values in rows:
                    marks = cells.setdefault((student, assignment), {})
                    marks.setdefault(name.removesuffix("-check"), {}).update(make(*values))

            grade, comment, notebook = api.Grade, api.Comment, api.SubmittedNotebook
            by_hand = or_(grade.manual_score.isnot(None), grade.extra_credit.isnot(None))
            put(
                found(grade, api.BaseCell.name, grade.manual_score, grade.extra_credit, where=by_hand),
                lambda score, extra: {"score": score, "extra": extra or 0.0},
            )
            put(
                found(comment, api.BaseCell.name, comment.manual_comment, where=comment.manual_comment.isnot(None)),
                lambda text: {"comment": text},
            )
            penalties = (
                gradebook.db.query(api.SubmittedAssignment.student_id, api.Assignment.name, notebook.late_submission_penalty)
                .select_from(notebook)
                .join(api.SubmittedAssignment, api.SubmittedAssignment.id == notebook.assignment_id)
                .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
                .filter(notebook.late_submission_penalty > 0)
            )
            for student, assignment, penalty in penalties:
                late[student, assignment] = late.get((student, assignment), 0.0) + penalty
    except (SQLAlchemyError, ValueError) as error:
        raise CourseError(
            f"{class_dir / 'gradebook.db'} cannot be read ({type(error).__name__}). Expected a gradebook that `autograder grade` "
            "or nbgrader made; if another program has it open, close that."
        ) from error
    return {
        at: Marks({name: Mark(**given) for name, given in cells.get(at, {}).items()}, late.get(at, 0.0))
        for at in [*cells, *(at for at in late if at not in cells)]
    }
