"""A student's progress through a lesson: what the last check of each exercise said, in a file beside the notebook.

Grading neither reads nor writes it. It holds no answers, and nothing sends it anywhere.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import os
import textwrap
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..coursedir.folders import MY_PROGRESS as FILE
from .beside import Kind

FRESH = "AUTOGRADER_FRESH_RUN"
"""Environment variable that is set where handing in runs the notebook: checks there are not the student's."""

VERSION = 1
"""Raised when an older reader would misread a newer file."""


@dataclass(frozen=True)
class Entry:
    """What the last check of one exercise said, and when. `text` recognises the function that was checked.

    `right_at` is when it last passed, "" where it never did.
    """

    score: float
    points: float
    passed: bool
    at: str
    text: str = ""
    right_at: str = ""


def read(lesson: Path) -> tuple[dict[str, Entry], str]:
    """What is kept in the folder `lesson`, by exercise; and "damaged" or "newer" where the file cannot be used, else ""."""
    return _KIND.read(lesson)


def record(lesson: Path, exercise: str, score: float, points: float, passed: bool, text: str = "") -> None:
    """Writes down what a check said, where the file is not one of a newer version and can be written."""
    now = datetime.now().astimezone().isoformat(timespec="milliseconds")
    before = read(lesson)[0].get(exercise)
    right_at = now if passed else before.right_at if before else ""
    _KIND.keep(lesson, exercise, Entry(score, points, passed, now, text, right_at))


def is_fresh() -> bool:
    """Whether this kernel is one that handing in has started."""
    return FRESH in os.environ


def problem_text(problem: str) -> str:
    """What a student reads about a file that is "damaged" or "newer"."""
    return _KIND.problem_text(problem)


def function_text(source: str, name: str) -> str:
    """What a function's text is recognised by: "" where `source` defines no function `name`."""
    try:
        with_name = [n for n in ast.parse(textwrap.dedent(source)).body if getattr(n, "name", None) == name]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    if not with_name:
        return ""
    node = with_name[-1]
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    lines = textwrap.dedent(source).splitlines()[first - 1 : node.end_lineno]
    return hashlib.sha256("\n".join(line.rstrip() for line in lines).encode()).hexdigest()[:16]


def text_of(function: object, name: str) -> str:
    """What the text of a function that is there is recognised by, "" where it has none."""
    try:
        return function_text(inspect.getsource(function), name)
    except (OSError, TypeError):
        return ""


def when(at: str) -> str:
    """A kept time as a student reads it, such as "24 Nov 14:16"; "" where it is none."""
    try:
        return f"{datetime.fromisoformat(at):%d %b %H:%M}".lstrip("0")
    except ValueError:
        return ""


def _entry(fields: dict) -> Entry:
    entry = Entry(float(fields["score"]), float(fields["points"]), fields["passed"] is True, str(fields["at"]),
                  str(fields.get("text", "")), str(fields.get("right_at", "")))  # fmt: skip
    datetime.fromisoformat(entry.at)
    return entry


_KIND = Kind(
    FILE,
    VERSION,
    "exercises",
    _entry,
    "Your work is not in it: run the check cells again, and it is made anew.",
)
