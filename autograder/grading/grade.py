"""Grades a class: each submission by itself, into nbgrader's gradebook, with autograded notebooks and feedback pages.

Grading may be ended at any moment. A submission counts as graded when its rows are in the gradebook, in one transaction with
the digest of what was handed in; its files are on the disk by then. So whatever is missing is graded when it is started again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from ..coursedir.files import write
from ..coursedir.folders import CourseDir, CourseError
from ..coursedir.releases import newest
from ..judging.printable import one_line
from ..report.marks import NO_MARKS, Marks, read_marks
from ..report.people import read_people
from ..report.record import Record
from .execute import out_of_reach
from .folders import not_their_own
from .gradebook import Gradebook
from .grades import write_grades
from .owners import unusable
from .spread import spread
from .submission import Graded, Submission, UnfitCourse, content_of, grade_one

BATCH_SECONDS = 2.0
"""How long what is graded may wait to be written: the most work that a power cut undoes."""

BATCH_SIZE = 64
LEAST_SPACE = 50 * 2**20
"""Free bytes on the disk, below which grading does not start."""


@dataclass(frozen=True)
class Progress:
    """One more submission is done, of `total`; `unchanged` says that it was graded before."""

    record: Record
    total: int
    unchanged: bool = False


@dataclass(frozen=True)
class ClassGraded:
    """Every submission's record, those graded now, what the instructor should know, and the marks that people gave."""

    records: list[Record]
    fresh: set[tuple[str, str]]
    remarks: tuple[str, ...] = ()
    marks: dict[tuple[str, str], Marks] = field(default_factory=dict)


def grade_class(
    course: CourseDir,
    class_dir: Path,
    workers: int = 2,
    progress: Callable[[Progress], None] = lambda step: None,
    force: bool = False,
    newest_keys: bool = False,
) -> ClassGraded:
    """Grades every submission in class_dir/submitted/<student>/<assignment>/ that is new or has changed; with `force`, all.

    Writes class_dir/gradebook.db, autograded/, feedback/ and grades.csv. `progress` is called after each submission. With
    `newest_keys` the newest release's keys judge what was made for an earlier one, too.
    Raises CourseError before any work where there is nothing to grade or nothing to grade it by.
    """
    submissions, strange = _submissions(course, class_dir, newest_keys)
    seed = _seed(course)
    if shutil.disk_usage(class_dir).free < LEAST_SPACE:
        raise CourseError(f"The disk that {class_dir} is on is full. Make room, and start again.")
    with ExitStack() as stack:
        stack.enter_context(_alone(class_dir))
        Gradebook(class_dir, course).close()  # whether it is ours, before anything is written; made where there is none
        _register(course, class_dir, sorted({s.assignment for s in submissions}))
        gradebook = stack.enter_context(Gradebook(class_dir, course))
        before = {r.at: r for r in gradebook.records()}
        marks, people = read_marks(class_dir), read_people(class_dir)
        todo, same = [], []
        for submission in submissions:
            old = before.get(submission.at)
            fresh = force or old is None or old.content != content_of(submission.folder).digest
            known = replace(submission, marks=marks.get(submission.at, NO_MARKS), person=people[submission.student])
            (todo if fresh else same).append(known)
        total = len(submissions) + len(strange)
        strange = [_ungraded(before, record) for record in strange]
        for record in strange:
            progress(Progress(record, total))
        for submission in same:
            progress(Progress(before[submission.at], total, unchanged=True))
        writer = _Writer(gradebook, class_dir, seed, before, lambda record: progress(Progress(record, total)))
        try:
            with closing(spread(grade_one, todo, workers, writer.flush_in_time)) as outcomes:
                for submission, outcome in outcomes:
                    writer.take(submission, outcome)
        finally:
            writer.flush()
        records = {r.at: r for r in gradebook.records()}
        remarks = _remarks(gradebook, seed)
    records |= {r.at: r for r in [*strange, *writer.failed]}
    ordered = sorted(records.values(), key=lambda r: (r.assignment, r.student))
    marks = read_marks(class_dir)
    write_grades(ordered, marks, class_dir / "grades.csv")
    return ClassGraded(ordered, {s.at for s in todo}, remarks, marks)


# -- before ----------------------------------------------------------------------------------------------------------------


def _submissions(course: CourseDir, class_dir: Path, newest_keys: bool) -> tuple[list[Submission], list[Record]]:
    """What to grade, and a record for each folder that names no assignment, is not its student's own, or names no student."""
    lessons = course.released()
    for name in lessons:
        out_of_reach(newest(course, name).hidden)
    submitted, submissions, strange = class_dir / "submitted", [], []
    folders = [p for p in sorted(submitted.glob("*/*")) if p.is_dir()] if submitted.is_dir() else []
    borrowed = not_their_own(folders)
    for folder in folders:
        student, assignment = folder.parent.name, folder.name
        if student.startswith("."):
            continue
        if why := unusable(student):
            problem = f"submitted/{student}/ cannot be graded under this name: {why}. Rename it."
            strange.append(Record(one_line(student), one_line(assignment), problem=one_line(problem)))
        elif folder in borrowed:
            strange.append(Record(student, assignment, problem=borrowed[folder]))
        elif assignment in lessons:
            submissions.append(Submission(student, assignment, folder, course, newest_keys))
        else:
            problem = f"no assignment of this name; known are {', '.join(lessons)}"
            strange.append(Record(student, one_line(assignment), problem=problem))
    if not submissions and not strange:
        raise CourseError(f"{submitted} holds no submissions. Expected submitted/<student>/<assignment>/<assignment>.ipynb.")
    return submissions, strange


def _seed(course: CourseDir) -> str:
    mark = course.releases / "seed"
    return mark.read_text().strip() if mark.is_file() else ""


def _alone(class_dir: Path) -> FileLock:
    """The lock that a grader of this class holds. Raises CourseError where another has it, or nothing can be written."""
    lock = FileLock(class_dir / ".grading.lock", timeout=0)
    try:
        return lock.acquire().lock
    except Timeout:
        raise CourseError(f"Somebody is grading {class_dir} already. Wait until that is done, then start again.") from None
    except OSError as error:
        raise CourseError(f"{class_dir} cannot be written to ({error.strerror}). Results go beside submitted/.") from error


def _register(course: CourseDir, class_dir: Path, assignments: list[str]) -> None:
    """Makes the assignments known to the gradebook, by nbgrader's generate_assignment into a folder nobody keeps."""
    from ..nbgrader_api import NbgraderFailed, generate_assignment

    with tempfile.TemporaryDirectory() as scratch:
        for assignment in assignments:
            try:
                generate_assignment(course, class_dir, assignment, Path(scratch))
            except NbgraderFailed as error:
                if "disk is full" in str(error):
                    raise CourseError(f"The disk that {class_dir} is on is full. Make room, and start again.") from error
                raise CourseError(
                    f"gradebook.db in {class_dir} does not take {assignment} as it is built now ({error}). It may hold "
                    "submissions of a release with other exercises. Grade those by the release they were made for, or move "
                    "gradebook.db away to grade everything anew (marks given by hand are in it)."
                ) from error


def _ungraded(before: dict[tuple[str, str], Record], record: Record) -> Record:
    """The record of a submission that gets no new grade: one that it has stays as it is."""
    return replace(before.get(record.at, record), problem=record.problem, failed=True)


# -- writing ---------------------------------------------------------------------------------------------------------------


class _Writer:
    """Takes what comes from the graders and writes it in batches: files, then rows."""

    def __init__(self, gradebook: Gradebook, class_dir: Path, seed: str, before: dict, progress: Callable[[Record], None]):
        self.gradebook, self.class_dir, self.seed, self.before, self.progress = gradebook, class_dir, seed, before, progress
        self.failed: list[Record] = []
        self.batch: list[Graded] = []
        self.since = time.monotonic()

    def take(self, submission: Submission, outcome: Graded | Exception) -> None:
        at = submission.at
        if isinstance(outcome, UnfitCourse):
            raise outcome
        if isinstance(outcome, Exception):
            self._fail(at, f"could not be graded ({type(outcome).__name__}: {outcome})"[:300])
        elif outcome.record.problem and at in self.before and not self.before[at].problem:
            self._fail(at, f"{outcome.record.problem} The grade of what was handed in before stands.")
        else:
            self.batch.append(outcome)
            self.flush_in_time()

    def _fail(self, at: tuple[str, str], why: str) -> None:
        self.failed.append(_ungraded(self.before, Record(*at, problem=one_line(why))))
        self.progress(self.failed[-1])

    def flush_in_time(self) -> None:
        """Writes what has waited long enough, also while the graders are at a slow one."""
        if len(self.batch) >= BATCH_SIZE or time.monotonic() - self.since > BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        batch, self.batch, self.since = self.batch, [], time.monotonic()
        if batch:
            self._write(batch)

    def _write(self, batch: list[Graded]) -> None:
        try:
            for graded in batch:
                _write_files(graded, self.class_dir)
            os.sync()  # what the gradebook will say is there is there, should the power go
            self.gradebook.write(batch, self.seed)
        except (OSError, SQLAlchemyError, ValueError) as error:
            if len(batch) > 1:  # it may be one of them alone
                for graded in batch:
                    self._write([graded])
                return
            why = getattr(error, "strerror", None) or getattr(error, "orig", error)
            self._fail(batch[0].record.at, f"could not be written ({why})")
        else:
            for graded in batch:
                self.progress(graded.record)


def _write_files(graded: Graded, class_dir: Path) -> None:
    record = graded.record
    place = Path(record.student) / record.assignment
    write(class_dir / "autograded" / place / f"{record.assignment}.ipynb", graded.notebook)
    if graded.timestamp:
        write(class_dir / "autograded" / place / "timestamp.txt", graded.timestamp)
    write(class_dir / "feedback" / place / f"{record.assignment}.html", graded.page)


# -- after -----------------------------------------------------------------------------------------------------------------


def _remarks(gradebook: Gradebook, seed: str) -> tuple[str, ...]:
    others = gradebook.seeds() - {seed}
    if not others:
        return ()
    return (
        "Some grades in this gradebook are from keys of another secret seed. They stand; to repeat them, restore that "
        ".hidden_seed and .released/ from your backup; to grade all anew, use --force.",
    )
