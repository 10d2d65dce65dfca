"""Sorts what students handed in, as a learning platform gives it out, into submitted/<student>/<assignment>/.

A submission is written whole before it takes a place, and what had the place before is kept.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ..coursedir.cells import cells_in, grade_ids
from ..coursedir.files import dated, write
from ..coursedir.folders import QUESTIONS, CourseDir, CourseError
from ..report.people import ROSTER
from .download import Notebook, Reader
from .owners import Whose, owners, read_roster
from .structure import Unreadable, cells_of

SUBMITTED = "submitted"
REPLACED = "replaced"
"""Folder of submissions that a later one took the place of."""

_FRESH = ".new"
"""Folder in submitted/ of the submission that is being written. Nothing that grades looks into it."""

Claims = dict[tuple[str, str], list[tuple[Whose, Notebook]]]
"""{(student, lesson): what is there for it}."""


@dataclass
class Collected:
    """What became of a download. `placed`, `replaced` and `same` are student/assignment; `left` says what was left, and why."""

    placed: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    """What Canvas calls late: student/assignment."""
    moved: list[str] = field(default_factory=list)
    """A line for each of `replaced`: what took the place, and where the earlier one is now."""


def collect(course: CourseDir, source: Path, class_dir: Path) -> Collected:
    """Sorts the folder or zip `source` into class_dir/submitted/. Raises CourseError where there is nothing to sort."""
    collected = Collected()
    claims = claims_in(course, source, class_dir, collected.left)
    late = {at for at, claimed in claims.items() for whose, _notebook in claimed if whose.late}
    collected.late = sorted(f"{student}/{lesson}" for student, lesson in late)
    if not claims and not collected.left:
        raise CourseError(f"{source} holds no notebook. Expected .ipynb files, or zip files with some, in folders or not.")
    in_roster = (class_dir / ROSTER).is_file()
    for (student, lesson), claimed in sorted(claims.items()):
        if problem := unclear(student, claimed, in_roster):
            collected.left += [f"{notebook}: {problem}" for _whose, notebook in claimed]
        elif newest := _newest(student, lesson, [notebook for _whose, notebook in claimed], collected):
            _place(class_dir, student, lesson, newest, collected)
    return collected


def claims_in(course: CourseDir, source: Path, class_dir: Path, left: list[str]) -> Claims:
    """The notebooks of a download, folder or zip, by whose they are and for which lesson. Says in `left` what is nobody's or for none.
    Raises CourseError where there is no download, or where it is the class's own folder."""
    lessons = {name: grade_ids(cells_in(file)) for name, file in course.released().items()}
    if not source.exists():
        raise CourseError(f"There is no {source}. Name the folder or the zip file that you downloaded.")
    here, there = source.resolve(), class_dir.resolve()
    if there.is_relative_to(here) or here.is_relative_to(there / SUBMITTED):
        raise CourseError(f"{source} is where submissions are sorted into. Name a folder that holds the download alone.")
    roster = read_roster(class_dir / ROSTER)
    claims: Claims = defaultdict(list)
    notebooks = list(Reader(left).read(source))
    submitted = class_dir / SUBMITTED
    students = [p.name for p in submitted.iterdir() if p.is_dir()] if submitted.is_dir() else []
    for notebook, whose in zip(notebooks, owners([n.path for n in notebooks], list(lessons), roster, students), strict=True):
        lesson = _lesson(notebook, lessons)
        if lesson is None:
            left.append(f"{notebook}: for no lesson of this course; known are {', '.join(lessons)}")
        elif isinstance(whose, str):
            left.append(f"{notebook}: {whose}")
        else:
            claims[whose.student, lesson].append((whose, notebook))
    return claims


# -- for which lesson -----------------------------------------------------------------------------------------------------


def _lesson(notebook: Notebook, lessons: dict[str, set[str]]) -> str | None:
    """The lesson that the nearest part of the path names; where none does, the one whose cells are in the notebook."""
    if notebook.path.name == QUESTIONS:
        return None
    for part in reversed(notebook.path.parts):
        if named := [name for name in lessons if name in part]:
            return max(named, key=len)
    try:
        ids = grade_ids(cells_of(notebook.data.decode("utf-8-sig")))
    except (Unreadable, UnicodeDecodeError):
        return None
    best = max(lessons, key=lambda name: len(ids & lessons[name]))
    return best if len(ids & lessons[best]) > len(lessons[best]) / 2 else None


# -- placing ---------------------------------------------------------------------------------------------------------------


def unclear(student: str, claimed: list[tuple[Whose, Notebook]], in_roster: bool) -> str:
    """Why it cannot be told whether all of this is one student's; "" where it can."""
    if len({whose.number for whose, _notebook in claimed}) > 1:
        return f"two students are called {student}. Put each into a folder of another name"
    names = sorted({whose.inside[-1] for whose, _notebook in claimed if whose.inside and not whose.number})
    if len(names) > 1 and not in_roster:
        return (
            f"{student} holds several under different names ({', '.join(names)}). If these are students, collect that folder or zip by "
            "itself; else delete all but one"
        )
    return ""


def _newest(student: str, lesson: str, everything: list[Notebook], collected: Collected) -> Notebook | None:
    """The latest of one student's notebooks for one lesson; None where two are. Says what was left."""
    everything = sorted(everything, key=lambda f: f.at)
    newest = everything[-1]
    if rivals := [f for f in everything[:-1] if f.at == newest.at and f.data != newest.data]:
        for notebook in (*rivals, newest):
            collected.left.append(f"{notebook}: {student} handed in {lesson} twice at the same time. Delete one")
        return None
    for notebook in everything[:-1]:
        if notebook.data != newest.data:
            collected.left.append(f"{notebook}: {newest} is later")
    return newest


def _place(class_dir: Path, student: str, lesson: str, notebook: Notebook, collected: Collected) -> None:
    """Puts a notebook into the class, unless what is there is later."""
    folder, name = class_dir / SUBMITTED / student / lesson, f"{student}/{lesson}"
    if link := next((p for p in (folder.parent, folder) if p.is_symlink()), None):
        collected.left.append(
            f"{notebook}: {link.relative_to(class_dir).as_posix()} is a link, which may lead to another student's work. Put a folder "
            "in its place"
        )
        return
    there = sorted(folder.glob("*.ipynb")) if folder.is_dir() else []
    try:
        if there and there[-1].read_bytes() == notebook.data:
            if notebook.stamped and not (folder / "timestamp.txt").exists():  # an earlier call was cut short
                write(folder / "timestamp.txt", notebook.stamped)
            collected.same.append(name)
        elif there and _when(folder, there[-1]) > notebook.at:
            collected.left.append(f"{notebook}: what is in submitted/{name} is later")
        elif folder.exists():
            earlier = _exchange(_written(class_dir, lesson, notebook), folder, class_dir / REPLACED / student)
            collected.replaced.append(name)
            collected.moved.append(
                f"{name}: {notebook} is there now, and the earlier one in {earlier.relative_to(class_dir).as_posix()}"
            )
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _written(class_dir, lesson, notebook).rename(folder)
            collected.placed.append(name)
    except OSError as error:
        raise CourseError(f"{folder} cannot be written to ({error.strerror}). What was placed before stands.") from error


def _written(class_dir: Path, lesson: str, notebook: Notebook) -> Path:
    """The submission as a folder of its own, whole, beside those in place."""
    fresh = class_dir / SUBMITTED / _FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    write(fresh / f"{lesson}.ipynb", notebook.data)
    os.utime(fresh / f"{lesson}.ipynb", (notebook.at.timestamp(),) * 2)
    if notebook.stamped:
        write(fresh / "timestamp.txt", notebook.stamped)
    return fresh


def _exchange(fresh: Path, folder: Path, replaced: Path) -> Path:
    """Puts `fresh` in the place of `folder`, which goes into `replaced`; returns where it is there."""
    earlier = dated(replaced, folder.name)
    replaced.mkdir(parents=True, exist_ok=True)
    folder.rename(earlier)
    try:
        fresh.rename(folder)
    except OSError:
        earlier.rename(folder)
        raise
    return earlier


def _when(folder: Path, file: Path) -> datetime:
    stamped = folder / "timestamp.txt"
    at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return Notebook.dated(
        PurePosixPath(), b"", at, stamped.read_text(errors="replace")[:100] if stamped.is_file() else ""
    ).at
