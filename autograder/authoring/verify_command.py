"""Runs and shows `autograder verify`: all exercises in parallel, a table, the problems, and rows for programs."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from ..coursedir.folders import CourseDir, CourseError
from .catalog import every_exercise
from .verify import Row, messages, verify
from .workers import workers


def verify_all(course: CourseDir, json_file: Path | None = None) -> bool:
    """Verifies every exercise, prints what was found, and returns whether all may be released."""
    exercises = every_exercise(course.solutions)
    with workers(len(exercises)) as pool:
        # The longest file first: it declares the most to try, and nobody should wait for it at the end.
        names = sorted(exercises, key=lambda name: -exercises[name].file.stat().st_size)
        futures = {name: pool.submit(_verify, course.solutions, name) for name in names}
        waiting = track([futures[name] for name in exercises], "verifying", console=Console(stderr=True), transient=True)
        return _report([future.result() for future in waiting], json_file)


def verify_one(course: CourseDir, name: str, json_file: Path | None = None) -> bool:
    """The same for one exercise, after what a student reads for each of its known wrong answers. Its file is read afresh."""
    with workers(1) as pool:
        read = pool.submit(_messages, course.solutions, name)
        row = pool.submit(_verify, course.solutions, name)
        for mistake, text in read.result():
            print(f"──── {mistake}\n{text}\n")
        return _report([row.result()], json_file)


def _verify(solutions: Path, name: str) -> Row:
    return verify(every_exercise(solutions)[name])


def _messages(solutions: Path, name: str) -> list[tuple[str, str]]:
    known = every_exercise(solutions)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or sorted(known)
        raise CourseError(f"There is no exercise called {name!r}. Is it one of {', '.join(near)}?")
    return list(messages(known[name]))


def _report(rows: list[Row], json_file: Path | None) -> bool:
    """Shows the rows, and returns whether all exercises may be released."""
    if json_file:
        json_file.write_text(json.dumps([asdict(row) | {"passed": row.passed} for row in rows], indent=1) + "\n")
    console = Console(highlight=False)
    table = Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True)
    table.add_column("exercise", overflow="fold")
    for title in ("caught", "named", "right", "mutants", "listed", "ms"):
        table.add_column(title, justify="right")
    table.add_column("")
    for r in rows:
        table.add_row(
            r.exercise, f"{r.caught}/{r.wrong}", f"{r.named}/{r.wrong}", f"{r.accepted}/{r.variants}",
            f"{r.killed}/{r.mutants}", str(r.listed), f"{r.milliseconds:.0f}", "ok" if r.passed else "✗",
        )  # fmt: skip
    console.print(table)
    for r in rows:
        for problem in r.problems:
            console.print(f"{r.exercise}: {escape(problem)}", soft_wrap=True)
    return all(row.passed for row in rows)
