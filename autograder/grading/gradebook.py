"""The one writer of a gradebook: records go into nbgrader's own tables, many in one transaction.

The rows are those that nbgrader's autograde writes (`tests/test_gradebook.py` compares them), which takes 35 commits for each
submission. One table is added: what was graded, by which keys, and the record. nbgrader does not look at it.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import nbgrader
from alembic.script import ScriptDirectory
from nbgrader import api
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Column, DateTime, MetaData, String, Table, Text, create_engine, event, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

from ..coursedir.cells import task_name
from ..coursedir.folders import CourseDir, CourseError
from ..coursedir.settings import read_settings
from ..nbgrader_api import gradebook_url, scripts_on_path
from ..report.marks import open_to_read
from ..report.record import Record
from .submission import Graded, moment_of

_RECORDS = Table(
    "autograder_record",
    MetaData(),
    Column("submission_id", String(32), primary_key=True),
    Column("content", String(64), nullable=False),
    Column("release", String(12), nullable=False),
    Column("seed", String(12), nullable=False),
    Column("graded", DateTime, nullable=False),
    Column("record", Text, nullable=False),
)
_STUDENT, _ASSIGNMENT, _SUBMITTED = api.Student.__table__, api.Assignment.__table__, api.SubmittedAssignment.__table__
_NOTEBOOK, _SUBMITTED_NOTEBOOK = api.Notebook.__table__, api.SubmittedNotebook.__table__
_CELL, _GRADE, _COMMENT = api.BaseCell.__table__, api.Grade.__table__, api.Comment.__table__
_CELL_KINDS = {"grades": ("GradeCell", "TaskCell"), "comments": ("SolutionCell", "TaskCell")}

WAIT = 60
"""Seconds that one writer waits for another, such as an open formgrader."""


class Gradebook(contextlib.AbstractContextManager):
    """A course's gradebook, open for writing. Raises CourseError where it is not to be had. Use it in a with statement."""

    def __init__(self, class_dir: Path, course: CourseDir):
        self.file = class_dir / "gradebook.db"
        self.course_id, self.config = read_settings(course.root).id, _config(course.root)
        try:
            is_new = not self.file.exists()
            if is_new:
                _make(class_dir, self.course_id)
            self.engine = create_engine(gradebook_url(class_dir), connect_args={"timeout": WAIT}, future=True)
            event.listen(self.engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
            event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
            self._look_at(is_new)
            with self.engine.begin() as db:
                _RECORDS.create(db, checkfirst=True)
        except (SQLAlchemyError, OSError) as error:
            raise CourseError(
                f"{self.file} cannot be written to ({getattr(error, 'orig', error)}). Check the folder's permissions and the space "
                "on its disk; where the file is damaged, restore it from your backup."
            ) from error

    def _look_at(self, is_new: bool) -> None:
        tables = inspect(self.engine).get_table_names()
        if not {"course", "alembic_version", "submitted_assignment"} <= set(tables):
            raise CourseError(f"{self.file} is not a gradebook of nbgrader's. Move it away, and a new one is made.")
        with self.engine.begin() as db:
            courses = set(db.execute(select(api.Course.__table__.c.id)).scalars())
            version = db.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if self.course_id not in courses:
            names = ", ".join(sorted(courses)) or "none"
            raise CourseError(
                f"{self.file} belongs to another course ({names}; this one is {self.course_id}). Grade in another folder."
            )
        if not is_new and version != ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head():
            raise CourseError(
                f"{self.file} was made by another version of nbgrader. Back it up, then run `nbgrader db upgrade`."
            )

    # -- what is there -----------------------------------------------------------------------------------------------

    def records(self) -> list[Record]:
        """The record of every graded submission, by assignment and student; none where it cannot be read: that submission is
        graded again."""
        with self.engine.begin() as db:
            return _records(db)[0]

    def seeds(self) -> set[str]:
        """The secret seeds that grades in it are from."""
        with self.engine.begin() as db:
            return set(db.execute(select(_RECORDS.c.seed).distinct()).scalars())

    # -- writing -----------------------------------------------------------------------------------------------------

    def write(self, graded: Iterable[Graded], seed: str) -> None:
        """Writes all of `graded` or nothing of it. Marks given by hand stay."""
        graded = list(graded)
        with self.engine.begin() as db:
            cells = {assignment: _cells(db, assignment) for assignment in {one.record.assignment for one in graded}}
            places = _places(db, graded, cells)
            _write_grades(db, graded, cells, places)
            for one in graded:
                self._penalize(db, one, places[one.record.at])
            db.execute(_RECORDS.delete().where(_RECORDS.c.submission_id.in_([places[one.record.at][0] for one in graded])))
            now = datetime.now()
            rows = [
                {"submission_id": places[r.at][0], "content": r.content, "release": r.release,
                 "seed": seed, "graded": now, "record": r.dumps()}
                for r in (one.record for one in graded)
            ]  # fmt: skip
            db.execute(_RECORDS.insert(), rows)

    def _penalize(self, db: Any, graded: Graded, place: tuple[str, str]) -> None:
        """The penalty for a late submission, as nbgrader's plugin says."""
        submission, notebook = place
        dates = db.execute(
            select(_SUBMITTED.c.timestamp, _SUBMITTED.c.extension, _ASSIGNMENT.c.duedate)
            .join(_ASSIGNMENT)
            .where(_SUBMITTED.c.id == submission)
        ).one()
        penalty = None
        if dates.timestamp and dates.duedate:
            late = (dates.timestamp - dates.duedate - (dates.extension or timedelta())).total_seconds()
            if late > 0:
                score = sum(
                    (m if m is not None else a or 0.0) + (e or 0.0)
                    for a, m, e in db.execute(
                        select(_GRADE.c.auto_score, _GRADE.c.manual_score, _GRADE.c.extra_credit).where(
                            _GRADE.c.notebook_id == notebook
                        )
                    )
                )
                rule = AssignLatePenalties(config=self.config)
                rule.init_plugin()
                penalty = rule.plugin_inst.late_submission_penalty(graded.record.student, score, late)
                penalty = penalty if penalty is None else min(max(penalty, 0), score)
        db.execute(
            _SUBMITTED_NOTEBOOK.update().where(_SUBMITTED_NOTEBOOK.c.id == notebook).values(late_submission_penalty=penalty)
        )

    def close(self) -> None:
        self.engine.dispose()

    def __exit__(self, *_: object) -> None:
        self.close()


def read_records(class_dir: Path) -> list[Record]:
    """The records of a graded class. Changes nothing. Raises CourseError where nothing was graded here."""
    with open_to_read(class_dir) as db:
        records, unread = _records(db) if inspect(db).has_table(_RECORDS.name) else ([], 0)
    if not records and not unread:
        raise CourseError(f"The gradebook in {class_dir} holds no graded submission. Run `autograder grade` first.")
    if unread:
        raise CourseError(
            f"{unread} records in {class_dir / 'gradebook.db'} cannot be read. Run `autograder grade`: it grades these again."
        )
    return records


def _make(class_dir: Path, course_id: str) -> None:
    """Makes a gradebook, whole or not at all: a full disk would leave one with half its tables."""
    with tempfile.TemporaryDirectory(prefix=".gradebook-", dir=class_dir) as scratch:
        with scripts_on_path():
            api.Gradebook(gradebook_url(Path(scratch)), course_id).close()
        (Path(scratch) / "gradebook.db").rename(class_dir / "gradebook.db")


def _records(db: Any) -> tuple[list[Record], int]:
    """The records, by assignment and student, and how many cannot be read."""
    rows = (
        db.execute(select(_RECORDS.c.record).join(_SUBMITTED, _SUBMITTED.c.id == _RECORDS.c.submission_id)).scalars().all()
    )
    records = []
    for row in rows:
        with contextlib.suppress(ValueError):
            records.append(Record.loads(row))
    return sorted(records, key=lambda r: (r.assignment, r.student)), len(rows) - len(records)


def _config(root: Path) -> Config:
    """What nbgrader_config.py of the course says, the penalty for late submissions for one."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


# -- rows ----------------------------------------------------------------------------------------------------------------


def _cells(db: Any, assignment: str) -> dict[str, Any]:
    """The rows of an assignment that those of a submission hang on."""
    ids = db.execute(
        select(_ASSIGNMENT.c.id, _NOTEBOOK.c.id)
        .join(_NOTEBOOK, _NOTEBOOK.c.assignment_id == _ASSIGNMENT.c.id)
        .where(_ASSIGNMENT.c.name == assignment)
    ).one()
    rows = db.execute(select(_CELL.c.id, _CELL.c.name, _CELL.c.type).where(_CELL.c.notebook_id == ids[1])).all()
    kinds = {what: {i: name for i, name, kind in rows if kind in types} for what, types in _CELL_KINDS.items()}
    return {"assignment": ids[0], "notebook": ids[1], **kinds}


def _places(db: Any, graded: list[Graded], cells: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """{(student, assignment): (submission, notebook)}: ids of their rows, made where they are not there yet."""
    students = {one.record.student for one in graded}
    registered = set(db.execute(select(_STUDENT.c.id).where(_STUDENT.c.id.in_(students))).scalars())
    _insert(db, _STUDENT, [{"id": s, "first_name": None, "last_name": None, "email": None} for s in students - registered])
    there = {
        (student, assignment): (submission, notebook)
        for student, assignment, submission, notebook in db.execute(
            select(_SUBMITTED.c.student_id, _ASSIGNMENT.c.name, _SUBMITTED.c.id, _SUBMITTED_NOTEBOOK.c.id)
            .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMITTED.c.assignment_id)
            .join(_SUBMITTED_NOTEBOOK, _SUBMITTED_NOTEBOOK.c.assignment_id == _SUBMITTED.c.id)
            .where(_SUBMITTED.c.student_id.in_(students), _ASSIGNMENT.c.name.in_(cells))
        )
    }
    new = {one.record.at: (uuid4().hex, uuid4().hex) for one in graded if one.record.at not in there}
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for (student, assignment), (submission, notebook) in new.items():
        ids = cells[assignment]
        rows[_SUBMITTED].append({"id": submission, "assignment_id": ids["assignment"], "student_id": student})
        part = {"id": notebook, "assignment_id": submission, "notebook_id": ids["notebook"], "flagged": False}
        rows[_SUBMITTED_NOTEBOOK].append(part)
        grade = {"notebook_id": notebook, "needs_manual_grade": True}
        rows[_GRADE] += ({"id": uuid4().hex, "cell_id": cell, **grade} for cell in ids["grades"])
        rows[_COMMENT] += ({"id": uuid4().hex, "cell_id": cell, "notebook_id": notebook} for cell in ids["comments"])
    for table, values in rows.items():
        _insert(db, table, values)
    places = there | new
    for one in graded:
        if (moment := moment_of(one.timestamp)) is not None:
            submission = places[one.record.at][0]
            db.execute(_SUBMITTED.update().where(_SUBMITTED.c.id == submission).values(timestamp=moment))
    return places


def _write_grades(db: Any, graded: list[Graded], cells: dict[str, Any], places: dict) -> None:
    grades, comments = [], []
    for one in graded:
        record, (_, notebook) = one.record, places[one.record.at]
        scores = {r.name: r.score for r in record.results}
        for cell, name in cells[record.assignment]["grades"].items():
            grades.append({"of": notebook, "cell": cell, "score": scores.get(task_name(name))})
        for cell, name in cells[record.assignment]["comments"].items():
            comments.append({"of": notebook, "cell": cell, "comment": "No response." if name in one.unanswered else None})
    if grades:
        changes = "auto_score = :score, needs_manual_grade = (manual_score IS NOT NULL OR :score IS NULL)"
        db.execute(text(f"UPDATE grade SET {changes} WHERE notebook_id = :of AND cell_id = :cell"), grades)
    if comments:
        db.execute(text("UPDATE comment SET auto_comment = :comment WHERE notebook_id = :of AND cell_id = :cell"), comments)


def _insert(db: Any, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(table.insert(), rows)
