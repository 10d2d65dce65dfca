"""What a course says of itself: course.toml, in its folder."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .folders import CourseDir, CourseError

FILE = "course.toml"
FORMAT = 1
"""Of the file. A field that is added, or means something else, is a new format."""

WHEEL = Path(__file__).resolve().parent.parent
"""Where the wheel of a course has its file: in the package."""


@dataclass(frozen=True)
class Settings:
    """A course's settings.

    id          nbgrader's course_id, by which a gradebook belongs to the course
    title       as students read it
    package     what the lessons share, such as "shared.figures"; submissions may read it where it lies in the course's folder
    warm        modules that are imported once, before submissions come: what lessons import and takes long
    language    of what the engine says in released notebooks and on feedback pages: a code such as "en"
    site        address of the course's pages, "" where there are none
    repository  address of its sources, where mistakes are reported; "" where they are not public
    """

    id: str
    title: str
    package: str = ""
    warm: tuple[str, ...] = ()
    language: str = "en"
    site: str = ""
    repository: str = ""

    def shared(self, course: CourseDir) -> Path | None:
        """The folder of the course's package; None where it is installed, as Python's other packages are."""
        folder = course.root / self.package.split(".")[0]
        return folder if self.package and folder.is_dir() else None


def read_settings(folder: Path) -> Settings:
    """The settings in folder/course.toml. Raises CourseError, with what to do, where they cannot be used."""
    file = folder / FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"{folder} has no {FILE}. Write one with three lines: "
            f'format = {FORMAT}, id = "…" (for nbgrader\'s gradebook) and title = "…" (for students).'
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f'{file} is not TOML ({error}). Expected lines such as title = "Counting"; correct it.') from None
    _refuse_other_formats(file, values.pop("format", None))
    names = [field.name for field in fields(Settings)]
    for name in values:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1) or names
            raise CourseError(
                f"{file} sets {name}, which is no setting. Is it {' or '.join(near)}? Correct it, or take it out."
            )
    for name, (holds, expected) in _EXPECTED.items():
        if name not in values and name in ("id", "title"):
            raise CourseError(f"{file} does not set {name}. Add it: expected is {expected}.")
        if name in values and not holds(values[name]):
            raise CourseError(f"{file} sets {name} to {values[name]!r}; expected is {expected}. Correct it.")
    return Settings(**values | {"warm": tuple(values.get("warm", ()))})


def settings_of_release(folder: Path) -> Settings | None:
    """The settings of the course whose notebooks/ are in `folder`, for students.

    course.toml in `folder`, as the bundle brings it, wins over the one in the wheel, which may be of an earlier bundle. None where there
    is neither, as in a bundle from before there were settings. Raises CourseError.
    """
    return next((read_settings(place) for place in (folder, WHEEL) if (place / FILE).is_file()), None)


def _refuse_other_formats(file: Path, value: Any) -> None:
    if value is None:
        raise CourseError(f"{file} does not say its format. Add the line format = {FORMAT}, before all others.")
    if type(value) is not int or value < 1:
        raise CourseError(f"{file} sets format to {value!r}; expected is {FORMAT}. Correct it.")
    if value > FORMAT:
        raise CourseError(
            f"{file} has format {value}, and this autograder knows no format after {FORMAT}. Install the autograder that came "
            "with it."
        )


def _is_module(value: Any) -> bool:
    return isinstance(value, str) and all(part.isidentifier() for part in value.split("."))


def _is_address(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return value == "" or (parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"[\s<>]", value))


_NOT_SHARED = ("solutions", "build")
"""Folders of a course that submissions must not read."""

_EXPECTED = {
    "id": (lambda value: isinstance(value, str) and re.fullmatch(r"[\w.-]+", value), 'a word such as "counting"'),
    "title": (lambda value: isinstance(value, str) and value.strip(), 'a text such as "Counting"'),
    "package": (
        lambda value: value == "" or (_is_module(value) and value.split(".")[0] not in _NOT_SHARED),
        'the name of a package such as "shared", none of ' + " and ".join(_NOT_SHARED),
    ),
    "warm": (lambda value: isinstance(value, list) and all(map(_is_module, value)), 'a list of modules such as ["numpy"]'),
    "language": (
        lambda value: isinstance(value, str) and re.fullmatch(r"[a-z]{2}(_[A-Z]{2})?", value),
        'a code such as "en"',
    ),
    "site": (_is_address, 'an address such as "https://example.org/course", or ""'),
    "repository": (_is_address, 'an address such as "https://example.org/course.git", or ""'),
}
"""{setting: (whether a value of it can be used, what is expected)}."""
