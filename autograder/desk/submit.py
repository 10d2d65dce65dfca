"""`submit` as a notebook calls it."""

from __future__ import annotations

import os

from ..judging.key_files import is_lesson, lesson_folder
from ..messages.translate import _
from .progress import is_fresh


def submit(lesson: str | int | None = None, anyway: bool = False) -> None:
    """Checks that the notebook of a lesson is complete, runs it once from the top and writes the file to hand in.

    Parameters
    ----------
    lesson : its number, or the name of its folder. Left out, it is the lesson that this notebook belongs to.
    anyway : hand in what is there, although something was found that might cost points.
    """
    if is_fresh() or "AUTOGRADER_SANDBOX" in os.environ or "NBGRADER_EXECUTION" in os.environ:
        return  # this very cell, where the notebook is run to hand it in or to grade it
    from ..coursedir.folders import CourseError
    from .handin import find_desk, hand_in

    lines: list[str] = []
    show = _screen()

    def say(line: str) -> None:
        lines.append(line)
        show(lines)

    def step(at: int, total: int) -> None:
        show([*lines, _("cell {at} of {total}", at=at, total=total)])

    try:
        word = lesson_folder().name if lesson is None and is_lesson() else lesson
        hand_in(find_desk(lesson_folder()).lesson(word), say, step, anyway)
    except CourseError as error:
        say(str(error))


def _screen():
    """Shows lines in place of those shown before, in a notebook; prints the last one elsewhere."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return lambda lines: print(lines[-1])
    if getattr(get_ipython(), "kernel", None) is None:
        return lambda lines: print(lines[-1])
    from ..messages.render import lines_html

    handle = display({"text/plain": ""}, raw=True, display_id=True)
    return lambda lines: handle.update({"text/plain": "\n".join(lines), "text/html": lines_html(lines)}, raw=True)
