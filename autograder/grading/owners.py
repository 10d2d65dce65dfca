"""Whose a notebook of a download is: what the platform calls its folder or file decides, and never what a student called something.

A zip in a download, and all that lies in it, is a student's making; so is what lies in the folder that a platform made for one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ..coursedir.folders import CourseError
from ..report.people import ROSTER, read_list

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?")
CANVAS = re.compile(r"(?P<name>[^_/]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")
ZIP = ".zip"

Roster = dict[str, set[str]]
"""{name: ids} by every name of a student."""


@dataclass(frozen=True)
class Whose:
    """A student as a download names them: the folder to use, and what tells two of one name apart.

    `late` says that Canvas does; `inside` are other names on the way to the notebook, which students may have given.
    """

    student: str
    number: str = ""
    late: bool = False
    inside: tuple[str, ...] = ()


def owners(paths: list[PurePosixPath], lessons: list[str], roster: Roster | None, there: Iterable[str]) -> list[Whose | str]:
    """The student that each path is of, or why it is nobody's. `there` are students who have handed in before.

    Students' folders are as far down as the notebook that is least far down: what looks like one below is a student's making.
    """
    names = [_Names.of(path, lessons) for path in paths]
    level = min((len(n.folders) + (n.platform is not None) for n in names if n.folders or n.platform is not None), default=1)
    names = [n if len(n.folders) < level else _Names.of(path, lessons, False) for path, n in zip(paths, names, strict=True)]
    decided = [_decided(n, level, roster) for n in names]
    students = dict(roster or {})
    if roster is None:
        for student in (*there, *(w.student for w in decided if isinstance(w, Whose))):
            students.setdefault(_key(student), set()).add(student)
    return [_unless_another(whose, n, students) for whose, n in zip(decided, names, strict=True)]


@dataclass(frozen=True)
class _Names:
    """What a path calls a student: the platform's name, folders above it from the top, the file's own name, and names below."""

    platform: re.Match | None
    folders: tuple[str, ...]
    own: str
    inner: tuple[str, ...]
    moodles: tuple[str, ...]
    """Names of folders and files like Moodle's that are not the platform's own."""

    @classmethod
    def of(cls, path: PurePosixPath, lessons: list[str], by_platform: bool = True) -> _Names:
        at = next((i for i, part in enumerate(path.parts[:-1]) if part.lower().endswith(ZIP)), len(path.parts) - 1)
        outer, inner = path.parts[: at + 1], path.parts[at + 1 :]
        matches = [MOODLE.fullmatch(part) or CANVAS.fullmatch(part) for part in outer]
        first = next((i for i, match in enumerate(matches) if match), None) if by_platform else None
        others = [MOODLE.fullmatch(part) for i, part in enumerate(path.parts) if i != first]
        if first is not None:  # below what the platform has named, students name things
            outer, inner = outer[: first + 1], (*outer[first + 1 :], *inner)
        own = _own(outer[-1], lessons) if first is None else ""
        folders = tuple(filter(None, (_without_lesson(part, lessons) for part in outer[:-1])))
        within = [_without_lesson(part, lessons) for part in inner[:-1]] + [_own(part, lessons) for part in inner[-1:]]
        within += [match["name"] for match in map(CANVAS.fullmatch, inner) if match]
        return cls(
            None if first is None else matches[first],
            folders,
            own,
            tuple(filter(None, within)),
            tuple(match["name"] for match in others if match),
        )


def _decided(names: _Names, level: int, roster: Roster | None) -> Whose | str:
    if names.platform is not None:
        name, number = names.platform["name"], names.platform["number"]
        others = (*names.folders, *names.inner)
        if "late" not in names.platform.groupdict():
            return _in_roster(Whose(name, number, inside=others), [name], roster)
        late = bool(names.platform["late"])
        return _in_roster(Whose(f"{name}_{number}", number, late, others), [number, name], roster)
    candidates = [*names.folders, names.own] if names.own else list(names.folders)
    if not candidates:
        return "it names no student. Put it into a folder with the student's name"
    first = names.folders[level - 1] if names.folders else names.own
    if roster is not None:
        first = next((name for name in candidates if _key(name) in roster), candidates[-1])
    return _in_roster(Whose(first, inside=(*(name for name in candidates if name != first), *names.inner)), [first], roster)


def _unless_another(whose: Whose | str, names: _Names, students: Roster) -> Whose | str:
    """`whose`, unless something on the way to the notebook is called after another student."""
    if isinstance(whose, str):
        return whose
    for name in names.moodles:
        if _key(name) != _key(whose.student) and whose.student not in students.get(_key(name), ()):
            return (
                f"it is in what {whose.student} handed in, and called as Moodle calls {name}'s. Where it is a download within a "
                "download, collect that by itself; else ask both"
            )
    for name in whose.inside:
        if students.get(_key(name), {whose.student}) - {whose.student}:
            return f"it is in what {whose.student} handed in, and called after {name}. Ask both whose it is, and rename it"
    return whose


def _own(part: str, lessons: list[str]) -> str:
    """What a file's name says of a student: that of a zip always may, that of a notebook only before a lesson's name."""
    return _without_lesson(part, lessons) if part.lower().endswith(ZIP) or any(name in part for name in lessons) else ""


def _without_lesson(part: str, lessons: list[str]) -> str:
    """What stands before a lesson's name: "ada" of ada_01_counting-20261124.zip, and all of a name without one."""
    stem = re.sub(r"\.(zip|ipynb)$", "", part, flags=re.IGNORECASE)
    at = min((stem.find(name) for name in lessons if name in stem), default=len(stem))
    return stem[:at].rstrip(" _-") if at < len(stem) else stem


def _in_roster(whose: Whose, names: list[str], roster: Roster | None) -> Whose | str:
    """`whose` under the id that the roster gives, if there is one. Else why it is nobody's, or cannot be a folder's name."""
    if roster is not None:
        hits = next((roster[_key(n)] for n in names if _key(n) in roster), set())
        if len(hits) != 1:
            return f"{ROSTER} has {'several students' if hits else 'no student'} called {names[-1]}"
        whose = replace(whose, student=next(iter(hits)))
    if problem := unusable(whose.student):
        return f"{whose.student!r} cannot be the name of a student's folder: {problem}"
    return whose


def unusable(name: str) -> str:
    """Why a student's folder cannot have this name; "" where it can."""
    if name != name.strip() or not name or name.startswith("."):
        return "it is empty, or begins with a dot or a space, or ends in a space"
    if any(c in "/\\:\0" or unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name):
        return "it holds a path separator, or a character that cannot be seen"
    if any(c in '<>"' for c in name):
        return "it holds one of < > \" which nbgrader's own pages would take for HTML or script"
    return "it is too long" if len(name.encode()) > 120 else ""


def read_roster(file: Path) -> Roster | None:
    """{name: ids} by every name of a student: id, LMS id, email, and first and last name in either order."""
    if (people := read_list(file)) is None:
        return None
    names: Roster = defaultdict(set)
    for person in people:
        if problem := unusable(person.id):
            raise CourseError(f"{file}: {person.id!r} cannot be the name of a student's folder: {problem}.")
        first, last = person.first_name, person.last_name
        both = (first + last, last + first) if first or last else ()
        for name in (person.id, person.lms_user_id, person.email, *both):
            if name:
                names[_key(name)].add(person.id)
    return names


def _key(name: str) -> str:
    """A name as platforms write it into a file's: without spaces, signs and capitals."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold()) or name
