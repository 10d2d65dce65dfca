"""`submit` as a notebook calls it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ..judging.key_files import is_lesson, lesson_folder
from ..messages.translate import _
from . import shell
from .live import is_live

Show = Callable[..., None]
"""Called with lines to show in place of earlier ones, and with which of their words lead where."""


def submit(lesson: str | int | None = None, anyway: bool = False) -> None:
    """Checks that the notebook of a lesson is complete, runs it once from the top and writes the file to hand in.

    Parameters
    ----------
    lesson : its number, or the name of its folder. Left out, it is the lesson that this notebook belongs to.
    anyway : hand in what is there, although something was found that might cost points.
    """
    if is_live():  # and not this very cell, where the notebook is run to hand it in or to grade it
        submit_and_show(shell.LiveLines().show, lesson, anyway)


def submit_and_show(show: Show, lesson: str | int | None = None, anyway: bool = False) -> None:
    """The same, with what there is to say shown by `show`."""
    from ..coursedir.folders import CourseError
    from .copies import find_lesson
    from .handin import hand_in

    lines: list[str] = []
    packed: Path | None = None

    def say(line: str) -> None:
        lines.append(line)
        show(lines)

    def step(at: int, total: int) -> None:
        show([*lines, _("cell {at} of {total}", at=at, total=total)])

    try:
        word = lesson_folder().name if lesson is None and is_lesson() else lesson
        packed = hand_in(find_lesson(lesson_folder(), word), say, step, anyway)
    except CourseError as error:
        say(str(error))
    if packed and shell.in_notebook():
        words = packed.relative_to(packed.parent.parent).as_posix()
        show(lines, {words: Path(os.path.relpath(packed, lesson_folder())).as_posix()})
