"""`autograder verify --exercise NAME --watch`: the proof of one exercise, again at each save."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.markup import escape
from watchfiles import watch as changes

from ..coursedir.folders import CourseDir, CourseError
from .faults import AuthorError
from .verify_command import verify_one


def watch(course: CourseDir, name: str) -> None:
    """Verifies the exercise now and whenever a module in solutions/ is saved, until Ctrl+C. A slip is shown, and waited out."""
    console = Console(highlight=False)
    _turn(console, course, name)
    for _ in changes(course.solutions, watch_filter=lambda _, file: file.endswith(".py"), raise_interrupt=False):
        _turn(console, course, name)


def _turn(console: Console, course: CourseDir, name: str) -> None:
    console.rule(f"{name}, {datetime.now():%H:%M:%S}")
    try:
        verify_one(course, name)
    except (AuthorError, CourseError) as error:
        console.print(f"[red]{escape(str(error))}", soft_wrap=True)
    console.print("Waiting for the next save. Ctrl+C ends.", style="dim")
