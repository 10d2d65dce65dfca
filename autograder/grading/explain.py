"""For an appeal: a graded answer is run once more, and every hidden call that it gets wrong is shown to the instructor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..coursedir.folders import CourseDir, CourseError
from ..coursedir.releases import newest
from ..judging.verdict import Verdict
from ..messages.description import describe
from ..messages.render import to_text
from ..report.record import Record
from .execute import failures
from .gradebook import read_records
from .submission import Submission, content_of, prepared_for, warm_process


def explain(course: CourseDir, class_dir: Path, student: str, exercise: str) -> Iterator[str]:
    """What to print. Raises CourseError where there is no such grade, or where it cannot be repeated."""
    record = _record(class_dir, student, exercise)
    folder = class_dir / "submitted" / student / record.assignment
    if content_of(folder).digest != record.content:
        raise CourseError(
            f"{folder} has changed since it was graded. Run `autograder grade` first, or put back what was graded."
        )
    by_newest = record.release == newest(course, record.assignment).version  # also where --newest-keys graded an older one
    prepared = prepared_for(Submission(student, record.assignment, folder, course, newest_keys=by_newest))
    result = next(r for r in record.results if r.name == exercise)
    worth = "optional" if result.optional else f"{result.score or 0:g} of {result.points:g} points"
    yield f"{student}, {record.assignment}, {exercise}: {worth}, graded by release {record.release}"
    if prepared.release.version != record.release:
        yield f"That release is not in {course.releases.name}/. What follows is by release {prepared.release.version}."
    wrong = failures(prepared.notebook.cells, prepared.release, warm_process(course), exercise)
    for key, failure in wrong:
        description = describe(Verdict(exercise, 0.0, key.total, failure=failure), key)
        where = f"hidden call, {failure.case.aspect}: {failure.case.what}" if failure.case else exercise
        yield "\n" + to_text(replace(description, headline=where, aspects=[], next_step=""))
    yield f"\n{len(wrong)} of {len(key.cases)} hidden calls go wrong." if wrong else "No hidden call goes wrong."


def _record(class_dir: Path, student: str, exercise: str) -> Record:
    records = read_records(class_dir)
    theirs = [r for r in records if r.student == student]
    if not theirs:
        raise CourseError(
            f"Nothing of {student!r} is graded in {class_dir}; there are grades of {len(records)} submissions."
        )
    for record in theirs:
        if any(r.name == exercise and r.what == "exercise" for r in record.results):
            return record
    exercises = ", ".join(r.name for record in theirs for r in record.results if r.what == "exercise")
    raise CourseError(f"{student} has no grade for an exercise called {exercise!r}; there are {exercises}.")
