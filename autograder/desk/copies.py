"""Where a student's copy of the course is, seen from wherever a command was started, and the release that belongs to it."""

from __future__ import annotations

from pathlib import Path

from ..coursedir.files import is_same
from ..coursedir.folders import CourseError
from ..messages.translate import _
from .lessons import Lesson, lessons
from .released import RELEASED, released_notebook, stamp_of

STUDENT = "student"
"""What a copy is called where nobody names it: it lies beside notebooks/."""


def find_release(start: Path | None = None) -> Path:
    """notebooks/ of the nearest folder up that has one: a student may have the bundle alone."""
    course = _up(start or Path.cwd())[-1]
    if not _has_release(course):
        raise CourseError(_("There is no folder notebooks/ with lessons here or above. Change into the course's folder."))
    return course / "notebooks"


def find_copy(start: Path) -> Path | None:
    """The copy that `start` is, lies in, or has beside or above it as student/; None where there is none in this course."""
    places = (place for folder in _up(start) for place in (folder, folder / STUDENT))
    return next(filter(_is_copy, places), None)


def copy_and_release(folder: Path | None, released: Path | None) -> tuple[Path, Path]:
    """The copy to bring up to date, which may not be there yet, and the release for it. Both may be left out.

    A copy belongs to the course that it lies in, wherever the command was started. Raises CourseError where `folder` can be no copy.
    """
    if folder is None:
        copy = find_copy(Path.cwd())
    else:
        copy = next((place for place in _up(folder) if _is_copy(place)), folder.resolve())
        if _has_release(copy) or any(place.name == "notebooks" and _has_release(place.parent) for place in _up(copy)):
            raise CourseError(
                _("{folder} holds the course's own files, so it cannot be your copy. Leave the folder out, or name a new one.",
                  folder=folder)
            )  # fmt: skip
    if released is None:
        try:
            released = find_release(copy or Path.cwd())
        except CourseError:
            released = find_release()
    return copy or released.parent / STUDENT, released


def find_lesson(start: Path, word: str | int | None) -> Lesson:
    """The lesson that `word` names in the student's folder that `start` is, lies in, or has beside or above it.

    The word is its number, its folder or the beginning of it. Raises CourseError, with a list, where it names none.
    """
    choices = lessons(find_copy(start) or start)
    text = str("" if word is None else word).strip().rstrip("/\\").replace("\\", "/").split("/")[-1].removesuffix(".ipynb")
    fitting = [x for x in choices if text and (x.name.startswith(text) or (text.isdigit() and int(x.name[:2]) == int(text)))]
    if len(fitting) == 1:
        return fitting[0]
    numbers = ", ".join(f"{int(x.name[:2])} ({x.name[3:]})" for x in choices)
    if not numbers:
        raise CourseError(_("There are no lessons here. Change into your folder, or run `autograder lab` to make one."))
    if text:
        raise CourseError(_("No lesson is called {word}. Known are {known}.", word=word, known=numbers))
    raise CourseError(_("Which lesson? Write its number: {known}.", known=numbers))


def newer_waits(lesson: Path, notebook: Path) -> bool:
    """Whether the student's `notebook` is of another release than the newest that is known in the folder `lesson`, or above it."""
    newest = released_notebook(lesson)
    try:
        fresh = find_release(lesson) / lesson.name / newest.name
    except CourseError:
        fresh = newest
    stamps = {stamp_of(file) for file in (notebook, newest, fresh) if file.is_file()}
    return len(stamps) > 1 or (fresh.is_file() and newest.is_file() and not is_same(fresh, newest))


def _up(folder: Path) -> tuple[Path, ...]:
    """The folder and those above it, as far as its course reaches: what lies above that is another course's."""
    places: list[Path] = []
    for place in (folder.resolve(), *folder.resolve().parents):
        places.append(place)
        if _has_release(place):
            break
    return tuple(places)


def _has_release(folder: Path) -> bool:
    return any(folder.glob("notebooks/*/keys/lesson.json"))


def _is_copy(folder: Path) -> bool:
    """Whether this is a folder of lessons that somebody works in, and not a release, which has the same lessons."""
    if not any(folder.glob("[0-9][0-9]_*/keys/lesson.json")):
        return False
    return folder.name != "notebooks" or (folder / RELEASED).is_dir()
