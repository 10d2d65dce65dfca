"""Sorts what students handed in, as a learning platform gives it out, into submitted/<student>/<assignment>/.

Nothing is unpacked by the paths that stand in a zip: notebooks are read from it, and go where this module says.
"""

from __future__ import annotations

import csv
import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import nbformat
from nbgrader.utils import parse_utc

from ..course_dir import CourseDir, CourseError
from ..desk.files import stamp, write
from .structure import MOST_BYTES, Unreadable, cells_of

ROSTER = "students.csv"
"""Beside submitted/, in the columns of `nbgrader db student import`. Where it is there, only who stands in it is known."""

REPLACED = "replaced"
"""Folder of submissions that a later one took the place of."""

MOST_ZIP = 256 * 2**20
"""Bytes of a zip that lies in another."""
MOST_TOTAL = 1024 * 2**20
"""Bytes read from one download."""
MOST_ENTRIES = 100_000
DEEPEST = 3
"""Zips within zips."""

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?")
_CANVAS = re.compile(r"(?P<name>[^_/]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")
_ZIP = ".zip"


@dataclass(frozen=True)
class Found:
    """One notebook of a download: the path to it, through folders and zips, its text, and when it was handed in.

    `stamped` is what a timestamp.txt beside it says, "" where there is none; `at` is that, or the file's own date.
    """

    path: PurePosixPath
    data: bytes
    at: datetime
    stamped: str = ""

    def __str__(self) -> str:
        return self.path.as_posix()


@dataclass(frozen=True)
class Whose:
    """A student as a download names them: the folder to use, and what tells two of one name apart."""

    student: str
    number: str = ""


@dataclass
class Collected:
    """What became of a download. `placed`, `replaced` and `same` are student/assignment; `left` says what was left, and why."""

    placed: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    """What Canvas calls late: student/assignment."""


def collect(course: CourseDir, source: Path, class_dir: Path) -> Collected:
    """Sorts the folder or zip `source` into class_dir/submitted/. Raises CourseError where there is nothing to sort."""
    lessons = {p.stem: _grade_ids(p) for p in sorted(course.release.glob("*/*.ipynb")) if p.stem == p.parent.name}
    if not lessons:
        raise CourseError(f"{course.release} holds no released lesson. Run `autograder build` first.")
    if not source.exists():
        raise CourseError(f"There is no {source}. Name the folder or the zip file that you downloaded.")
    if class_dir.resolve().is_relative_to(source.resolve()) or source.resolve().is_relative_to(
        class_dir.resolve() / "submitted"
    ):
        raise CourseError(f"{source} is where submissions are sorted into. Name a folder that holds the download alone.")
    roster = _roster(class_dir / ROSTER)
    done = Collected()
    claims: dict[tuple[str, str], dict[str, list[Found]]] = defaultdict(lambda: defaultdict(list))
    for found in _Reader(done.left).read(source):
        lesson = _lesson(found, lessons)
        whose = _whose(found.path, list(lessons), roster)
        if lesson is None:
            done.left.append(f"{found}: for no lesson of this course; known are {', '.join(lessons)}")
        elif isinstance(whose, str):
            done.left.append(f"{found}: {whose}")
        else:
            claims[whose.student, lesson][whose.number].append(found)
            if any((match := _CANVAS.fullmatch(part)) and match["late"] for part in found.path.parts):
                done.late.append(f"{whose.student}/{lesson}")
    if not claims and not done.left:
        raise CourseError(f"{source} holds no notebook. Expected .ipynb files, or zip files with some, in folders or not.")
    for (student, lesson), by_number in sorted(claims.items()):
        _place(class_dir, student, lesson, by_number, done)
    return done


# -- reading ---------------------------------------------------------------------------------------------------------------


class _Reader:
    """Finds notebooks in folders and zips; says in `left` what it does not read."""

    def __init__(self, left: list[str]):
        self.left, self.total, self.entries = left, 0, 0

    def read(self, source: Path) -> Iterator[Found]:
        if source.is_dir():
            yield from self._folder(source)
        elif source.suffix.lower() == _ZIP:
            yield from self._zip(source.open("rb"), PurePosixPath(), source.name, 1)
        else:
            raise CourseError(f"{source} is neither a folder nor a .zip file.")

    def _folder(self, source: Path) -> Iterator[Found]:
        for folder, inner, files in os.walk(source):
            here = PurePosixPath(Path(folder).relative_to(source).as_posix())
            for name in [n for n in inner if (Path(folder) / n).is_symlink()]:
                self._leave(here / name, "a link, and links are not followed")
            inner[:] = sorted(n for n in inner if not n.startswith((".", "__MACOSX")))
            stamped = self._stamp(Path(folder) / "timestamp.txt")
            wanted = sorted(n for n in files if n.lower().endswith((".ipynb", _ZIP)) and not n.startswith("."))
            self._leave_others(here, files, wanted)
            for name in wanted:
                file, path = Path(folder) / name, here / name
                try:
                    facts = file.lstat()
                    if not stat.S_ISREG(facts.st_mode):
                        self._leave(path, "a link or a device, not a file")
                    elif name.lower().endswith(_ZIP):
                        yield from self._zip(file.open("rb"), path, name, 1)
                    elif facts.st_size > MOST_BYTES:
                        self._leave(path, f"larger than {MOST_BYTES // 2**20} MB")
                    elif self._count(facts.st_size, path):
                        yield _found(path, file.read_bytes(), datetime.fromtimestamp(facts.st_mtime, UTC), stamped)
                except OSError as error:
                    self._leave(path, f"cannot be read ({error.strerror})")

    def _leave_others(self, here: PurePosixPath, names: list[str], wanted: list[str]) -> None:
        """Names what a student handed in instead of a notebook: else it would look as if nothing had come."""
        for name in sorted(set(names) - set(wanted) - {"timestamp.txt"}):
            if not name.startswith(".") and (not wanted or _MOODLE.fullmatch(name) or _CANVAS.fullmatch(name)):
                self._leave(here / name, "neither a notebook nor a zip file")

    def _stamp(self, file: Path) -> str:
        try:
            return file.read_bytes()[:100].decode("utf-8", "replace") if stat.S_ISREG(file.lstat().st_mode) else ""
        except OSError:
            return ""

    def _zip(self, opened: io.BufferedIOBase, path: PurePosixPath, name: str, depth: int) -> Iterator[Found]:
        with opened:
            try:
                with zipfile.ZipFile(opened) as archive:
                    yield from self._entries(archive, path, depth)
            except (
                zipfile.BadZipFile,
                zlib.error,
                EOFError,
                NotImplementedError,
                RuntimeError,
                ValueError,
                OSError,
            ) as error:
                self._leave(path if path.parts else PurePosixPath(name), f"cannot be read as a zip file ({error})")

    def _entries(self, archive: zipfile.ZipFile, path: PurePosixPath, depth: int) -> Iterator[Found]:
        stamps = {}
        infos = archive.infolist()
        self.entries += len(infos)
        if self.entries > MOST_ENTRIES:
            return self._leave(path, f"more than {MOST_ENTRIES} files in the download")
        folders: dict[PurePosixPath, list[str]] = defaultdict(list)
        for info in infos:
            inside = PurePosixPath(info.filename.replace("\\", "/"))
            if inside.name == "timestamp.txt" and info.file_size < 1000:
                stamps[inside.parent] = archive.read(info)[:100].decode("utf-8", "replace")
            if not info.is_dir() and not any(p.startswith((".", "__MACOSX")) for p in inside.parts):
                folders[inside.parent].append(inside.name)
        for folder, names in folders.items() if not path.parts else ():  # the download itself, not what a student packed
            self._leave_others(folder, names, [n for n in names if n.lower().endswith((".ipynb", _ZIP))])
        for info in infos:
            inside = PurePosixPath(info.filename.replace("\\", "/"))
            kind = inside.suffix.lower()
            if (
                info.is_dir()
                or kind not in (".ipynb", _ZIP)
                or any(p.startswith((".", "__MACOSX")) and p != ".." for p in inside.parts)
            ):
                continue
            at, most = path / inside, MOST_ZIP if kind == _ZIP else MOST_BYTES
            if inside.is_absolute() or ".." in inside.parts:
                self._leave(path / inside.name, f"the zip says to put it at {info.filename}, outside of its folder")
            elif stat.S_ISLNK(info.external_attr >> 16):
                self._leave(at, "a link, and links are not followed")
            elif kind == _ZIP and depth >= DEEPEST:
                self._leave(at, f"more than {DEEPEST} zips within each other")
            else:
                with archive.open(info) as opened:
                    data = opened.read(most + 1)  # whatever size the zip claims
                if len(data) > most:
                    self._leave(at, f"larger than {most // 2**20} MB")
                elif self._count(len(data), at):
                    if kind == _ZIP:
                        yield from self._zip(io.BytesIO(data), at, inside.name, depth + 1)
                    else:
                        yield _found(at, data, datetime(*info.date_time).astimezone(UTC), stamps.get(inside.parent, ""))
        return None

    def _count(self, size: int, path: PurePosixPath) -> bool:
        """Whether so much may still be read."""
        self.total += size
        if self.total > MOST_TOTAL:
            self._leave(path, f"the download holds more than {MOST_TOTAL // 2**20} MB; collect it in parts")
        return self.total <= MOST_TOTAL

    def _leave(self, path: PurePosixPath, why: str) -> None:
        self.left.append(f"{path.as_posix()}: {why}")


def _found(path: PurePosixPath, data: bytes, at: datetime, stamped: str) -> Found:
    try:
        return (
            Found(path, data, parse_utc(stamped.strip()).replace(tzinfo=UTC), stamped.strip())
            if stamped
            else Found(path, data, at)
        )
    except (ValueError, OverflowError):
        return Found(path, data, at)


# -- whose, and for which lesson -------------------------------------------------------------------------------------------


def _lesson(found: Found, lessons: dict[str, set[str]]) -> str | None:
    """The lesson that the nearest part of the path names; where none does, the one whose cells are in the notebook."""
    for part in reversed(found.path.parts):
        if named := [name for name in lessons if name in part]:
            return max(named, key=len)
    try:
        ids = {
            c.metadata["nbgrader"]["grade_id"] for c in cells_of(found.data.decode("utf-8-sig")) if "nbgrader" in c.metadata
        }
    except (Unreadable, UnicodeDecodeError):
        return None
    best = max(lessons, key=lambda name: len(ids & lessons[name]))
    return best if len(ids & lessons[best]) > len(lessons[best]) / 2 else None


def _grade_ids(released: Path) -> set[str]:
    cells = nbformat.read(released, as_version=4).cells
    return {c.metadata.nbgrader.grade_id for c in cells if "nbgrader" in c.metadata}


def _whose(path: PurePosixPath, lessons: list[str], roster: dict[str, set[str]] | None) -> Whose | str:
    """The student that a path names, or why it names none."""
    for part in path.parts:
        if match := _MOODLE.fullmatch(part):
            return _known(Whose(match["name"], match["number"]), [match["name"]], roster)
        if match := _CANVAS.fullmatch(part):
            names = [match["number"], match["name"]]
            return _known(Whose(f"{match['name']}_{match['number']}", match["number"]), names, roster)
    folders, zips = [], []
    for part in reversed(path.parts[:-1]):
        (zips if part.lower().endswith(_ZIP) else folders).append(_without_lesson(part, lessons))
    own = _without_lesson(path.name, lessons) if any(name in path.name for name in lessons) else ""
    named = [name for name in (own, *folders, *zips) if name]
    if not named:
        return "it names no student. Put it into a folder with the student's name"
    first = next((name for name in named if roster and _key(name) in roster), named[0])
    return _known(Whose(first), [first], roster)


def _without_lesson(part: str, lessons: list[str]) -> str:
    """What stands before a lesson's name: "ada" of ada_04_softmax-20261124.zip, and all of a name without one."""
    stem = re.sub(r"\.(zip|ipynb)$", "", part, flags=re.IGNORECASE)
    at = min((stem.find(name) for name in lessons if name in stem), default=len(stem))
    return stem[:at].rstrip(" _-") if at < len(stem) else stem


def _known(whose: Whose, names: list[str], roster: dict[str, set[str]] | None) -> Whose | str:
    """`whose` under the id that the roster gives, if there is one. Else why it is nobody's, or cannot be a folder's name."""
    if roster is not None:
        hits = next((roster[_key(n)] for n in names if _key(n) in roster), set())
        if len(hits) != 1:
            return f"{ROSTER} has {'several students' if hits else 'no student'} called {names[-1]}"
        whose = Whose(next(iter(hits)), whose.number)
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


def _roster(file: Path) -> dict[str, set[str]] | None:
    """{name: ids} by every name of a student: id, LMS id, email, and first and last name in either order."""
    if not file.is_file():
        return None
    try:
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{file} cannot be read ({error}). Save it as CSV in UTF-8.") from error
    if not rows or "id" not in rows[0]:
        raise CourseError(
            f"{file} has no column id. Expected id,first_name,last_name,email,lms_user_id, of which only id is a must."
        )
    names: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        student, first, last = ((row.get(k) or "").strip() for k in ("id", "first_name", "last_name"))
        if problem := unusable(student):
            raise CourseError(f"{file}: {student!r} cannot be the name of a student's folder: {problem}.")
        both = (first + last, last + first) if first or last else ()
        for name in (student, row.get("lms_user_id"), row.get("email"), *both):
            if name:
                names[_key(name)].add(student)
    return names


def _key(name: str) -> str:
    """A name as platforms write it into a file's: without spaces, signs and capitals."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold()) or name


# -- placing ---------------------------------------------------------------------------------------------------------------


def _place(class_dir: Path, student: str, lesson: str, by_number: dict[str, list[Found]], done: Collected) -> None:
    """Writes the latest of one student's notebooks for one lesson, unless what is there is later."""
    everything = sorted((f for found in by_number.values() for f in found), key=lambda f: f.at)
    newest = everything[-1]
    if len(by_number) > 1:
        for found in everything:
            done.left.append(f"{found}: two students are called {student}. Put each into a folder of another name")
        return
    if rivals := [f for f in everything[:-1] if f.at == newest.at and f.data != newest.data]:
        for found in (*rivals, newest):
            done.left.append(f"{found}: {student} handed in {lesson} twice at the same time. Delete one")
        return
    for found in everything[:-1]:
        if found.data != newest.data:
            done.left.append(f"{found}: {newest} is later")
    folder = class_dir / "submitted" / student / lesson
    file, name = folder / f"{lesson}.ipynb", f"{student}/{lesson}"
    there = sorted(folder.glob("*.ipynb")) if folder.is_dir() else []
    if there and there[-1].read_bytes() == newest.data:
        done.same.append(name)
        return
    if there and _when(folder, there[-1]) > newest.at:
        done.left.append(f"{newest}: what is in submitted/{name} is later")
        return
    if there:
        kept = class_dir / REPLACED / student / f"{lesson}-{stamp()}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(kept)
    try:
        write(file, newest.data)
        os.utime(file, (newest.at.timestamp(),) * 2)
        if newest.stamped:
            write(folder / "timestamp.txt", newest.stamped.encode())
    except OSError as error:
        raise CourseError(f"{folder} cannot be written to ({error.strerror}). What was placed before stands.") from error
    (done.replaced if there else done.placed).append(name)


def _when(folder: Path, file: Path) -> datetime:
    stamped = folder / "timestamp.txt"
    at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return _found(PurePosixPath(), b"", at, stamped.read_text(errors="replace")[:100] if stamped.is_file() else "").at
