"""Grades one submission: (submission, limits) → what came of it. Nothing is written, and no gradebook is known here."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import nbjson
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, parse_utc

from ..coursedir.cells import graded_name
from ..coursedir.folders import CourseDir, CourseError
from ..coursedir.releases import newest, release_for
from ..coursedir.settings import FILE, read_settings
from ..messages.translate import _, use
from ..report.feedback import feedback_page
from ..report.marks import NO_MARKS, Marks
from ..report.people import Person
from ..report.record import Record, Result
from ..report.sections import read_lesson
from ..sandbox.process import NotImported, Warm
from .execute import Judged, check_of, execute
from .run import LIMITS, Limits
from .structure import Prepared, prepare, with_notes

MOST_BYTES = 64 * 2**20
"""Of one submitted file, read to know it again."""


class UnfitCourse(CourseError):
    """Nothing of this course can be graded as it is."""


@dataclass(frozen=True)
class Submission:
    """One handed-in folder, of whom and for what, and the course whose keys it is graded by.

    `newest_keys` judges it by the newest release, whichever it was made from. `marks` are those that people gave it before,
    `person` is the student as the class list knows them.
    """

    student: str
    assignment: str
    folder: Path
    course: CourseDir
    newest_keys: bool = False
    marks: Marks = NO_MARKS
    person: Person | None = None

    @property
    def at(self) -> tuple[str, str]:
        return self.student, self.assignment


@dataclass(frozen=True)
class Graded:
    """What came of a submission: its record, its autograded notebook as text, its feedback page, the names of solution cells
    left as released, and what its timestamp.txt says."""

    record: Record
    notebook: str
    page: str
    unanswered: tuple[str, ...] = ()
    timestamp: str = ""


@dataclass(frozen=True)
class Content:
    """What was handed in: a digest to know it again by, and when."""

    digest: str
    timestamp: str = ""


def content_of(folder: Path) -> Content:
    """Reads nothing but ordinary files, and of a large one only how large it is."""
    digest, timestamp = hashlib.sha256(), ""
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        status = file.lstat()
        readable = stat.S_ISREG(status.st_mode) and status.st_size <= MOST_BYTES
        data = file.read_bytes() if readable else f"{status.st_mode} {status.st_size}".encode()
        digest.update(file.name.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(data).digest())
        if file.name == "timestamp.txt" and readable:
            timestamp = data[:100].decode("utf-8", "replace").strip()
    return Content(digest.hexdigest(), timestamp)


def moment_of(timestamp: str) -> datetime | None:
    """When it was handed in, as nbgrader stores it; None where the file does not say so."""
    with contextlib.suppress(ValueError, OverflowError):
        return parse_utc(timestamp) if timestamp else None
    return None


def grade_one(submission: Submission, limits: Limits = LIMITS) -> Graded:
    """Grades a submission. What the submission does wrong is in the record; an exception is a fault of the grader, or of
    the course where it is UnfitCourse."""
    use(read_settings(submission.course.root).language)
    content = content_of(submission.folder)
    prepared = prepared_for(submission)
    if content.timestamp and moment_of(content.timestamp) is None:
        prepared.notes.append(_("timestamp.txt holds no date that can be read, so nothing here counts as late."))
    cells = prepared.notebook.cells
    judged = execute(cells, prepared.release, warm_process(submission.course), limits)
    record = Record(
        submission.student,
        submission.assignment,
        tuple(_results(cells, {j.verdict.exercise: j for j in judged})),
        tuple(prepared.notes),
        "" if prepared.readable else prepared.notes[0],
        content=content.digest,
        release=prepared.release.version,
    )
    unanswered = tuple(
        c.metadata.nbgrader.grade_id for c in cells if is_solution(c) and c.metadata.nbgrader.checksum == compute_checksum(c)
    )
    page = feedback_page(record, cells, submission.marks, read_lesson(prepared.release.notebook), submission.person)
    return Graded(record, nbjson.writes(with_notes(prepared)), page, unanswered, content.timestamp)


def prepared_for(submission: Submission) -> Prepared:
    """The submission in the shape of the release that it is graded by."""
    course, lesson = submission.course, submission.assignment
    if submission.newest_keys:
        return prepare(submission.folder, lambda stamp: newest(course, lesson))
    prepared = prepare(submission.folder, lambda stamp: release_for(course, lesson, stamp))
    if prepared.readable and prepared.release.version != prepared.stamp:
        prepared.notes.append(
            _("The notebook says that it was made from release {stamp} of the lesson, which is not known here, so it was graded by the "
              "newest one. Tell your instructor where you have it from.", stamp=prepared.stamp)
            if prepared.stamp
            else _("The notebook does not say which release of the lesson it was made from, so it was graded by the newest one. "
                   "`autograder update` puts that right.")
        )  # fmt: skip
    return prepared


def _results(cells: list[NotebookNode], judged: dict[str, Judged]) -> Iterator[Result]:
    for cell in cells:
        if not is_grade(cell):
            continue
        points = float(cell.metadata.nbgrader.points)
        checked = check_of(cell) if cell.cell_type == "code" else None
        if checked in judged:
            yield _result(judged[checked])
        else:
            score = determine_grade(cell)[0]
            what, kind = ("written", "stub" if score == 0 else "") if is_solution(cell) else ("tests", "")
            yield Result(graded_name(cell), score, points, what, kind=kind)


def _result(judged: Judged) -> Result:
    verdict, counts = judged.verdict, not judged.key.optional
    return Result(
        verdict.exercise,
        verdict.score if counts else 0.0,
        verdict.points if counts else 0.0,
        "prediction" if judged.key.options else "exercise",
        verdict.mistake or "",
        judged.key.mistakes.get(verdict.mistake or "", ""),
        verdict.failure.kind if verdict.failure else "",
        verdict.aspects,
        judged.descriptions,
        judged.carried,
    )


# -- what is the same for all submissions -------------------------------------------------------------------------------


def warm_process(course: CourseDir) -> Warm:
    """One warm process for each process that grades. Raises CourseError where it cannot import what the course wants."""
    settings = read_settings(course.root)
    try:
        return _warm(os.getpid(), settings.warm, settings.shared(course))
    except NotImported as error:
        raise UnfitCourse(
            f"{course.root / FILE} names under warm a module that cannot be imported: {error}. Install it, or correct "
            "the name."
        ) from None


@lru_cache(maxsize=1)
def _warm(owner: int, imports: tuple[str, ...], shared: Path | None) -> Warm:
    warm = Warm(imports, shared=shared)
    atexit.register(warm.close)
    return warm
