"""Marks that people gave: scores by hand, comments, extra credit and late penalties, from nbgrader's gradebook."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..coursedir.cells import task_name
from ..coursedir.folders import CourseError
from .record import Record, Result


@dataclass(frozen=True)
class Mark:
    """What a person gave for one graded cell. `score` replaces the machine's; `extra` comes on top of either. `again` says that the
    cell was graded once more after that, so that the person should look at it."""

    score: float | None = None
    comment: str = ""
    extra: float = 0.0
    again: bool = False


NO_MARK = Mark()


@dataclass(frozen=True)
class Marks:
    """What people gave for one submission, by name of the task."""

    cells: dict[str, Mark] = field(default_factory=dict)
    late_penalty: float = 0.0

    def of(self, result: Result) -> Mark:
        return self.cells.get(result.name, NO_MARK)

    def score(self, result: Result) -> float | None:
        """What counts for this cell; None where nobody has graded it yet."""
        mark = self.of(result)
        score = result.score if mark.score is None else mark.score
        return None if score is None and not mark.extra else (score or 0.0) + mark.extra

    @property
    def again(self) -> int:
        """Scores by hand that are to be looked at again."""
        return sum(mark.again for mark in self.cells.values())

    def total(self, record: Record) -> float:
        """The score of a submission, as nbgrader counts it."""
        return max(0.0, sum(self.score(r) or 0.0 for r in record.results) - self.late_penalty)


NO_MARKS = Marks()


def find_gradebook(class_dir: Path) -> Path:
    if not (file := class_dir / "gradebook.db").is_file():
        raise CourseError(
            f"There is no gradebook.db in {class_dir.resolve()}. Run `autograder grade` there first, or name the folder that has it."
        )
    return file


def read_marks(class_dir: Path) -> dict[tuple[str, str], Marks]:
    """{(student, assignment): marks} of class_dir/gradebook.db, where people gave any. Changes nothing in it."""
    from sqlalchemy.orm import Session

    with open_to_read(class_dir) as db, Session(db) as session:
        return _all_marks(session)


@contextmanager
def open_to_read(class_dir: Path) -> Iterator[Any]:
    """A connection to class_dir/gradebook.db through which nothing can be changed. Raises CourseError where it is no gradebook."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    file = find_gradebook(class_dir)
    address = f"file:{quote(str(file.resolve()))}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))
    try:
        with engine.connect() as db:
            yield db
    except SQLAlchemyError as error:
        raise CourseError(
            f"{file} cannot be read as a gradebook ({type(error).__name__}). Expected one that `autograder grade` or nbgrader "
            "made. If another program has it open, close that and try again."
        ) from error
    finally:
        engine.dispose()


def _all_marks(session: Any) -> dict[tuple[str, str], Marks]:
    from nbgrader.api import Assignment, BaseCell, Comment, Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import or_

    def rows(table: Any, *columns: Any) -> Any:
        """(student, assignment, *columns) of a table that hangs on submitted notebooks, or of these themselves."""
        query = session.query(SubmittedAssignment.student_id, Assignment.name, *columns).select_from(table)
        if table is not SubmittedNotebook:
            query = query.join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id)
            query = query.join(BaseCell, BaseCell.id == table.cell_id)
        query = query.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        return query.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)

    cells = defaultdict(lambda: defaultdict(dict))
    late = defaultdict(float)
    by_hand = or_(Grade.manual_score.isnot(None), Grade.extra_credit.isnot(None))
    given = (Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade)
    for *at, name, score, extra, needs in rows(Grade, BaseCell.name, *given).filter(by_hand):
        again = needs and score is not None
        cells[tuple(at)][task_name(name)] |= {"score": score, "extra": extra or 0.0, "again": again}
    commented = Comment.manual_comment.isnot(None)
    for *at, name, comment in rows(Comment, BaseCell.name, Comment.manual_comment).filter(commented):
        cells[tuple(at)][task_name(name)] |= {"comment": comment}
    late_penalty = SubmittedNotebook.late_submission_penalty
    for *at, penalty in rows(SubmittedNotebook, late_penalty).filter(late_penalty > 0):
        late[tuple(at)] += penalty
    return {
        at: Marks({name: Mark(**values) for name, values in cells[at].items()} if at in cells else {}, late.get(at, 0.0))
        for at in {**cells, **late}
    }
