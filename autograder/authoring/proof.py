"""Runs and shows `autograder verify`: all exercises in parallel, a table, the problems, and rows for programs."""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from ..course_dir import CourseDir, CourseError
from .catalog import load_exercises
from .exercise import Exercise
from .verify import Row, messages, verify


def verify_all(course: CourseDir, only: str = "", json_file: Path | None = None) -> bool:
    """Verifies every exercise (or `only` one), prints what was found, and returns whether all may be released."""
    names = [only] if only else list(_exercises(course))
    context = get_context("spawn")
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(names)), mp_context=context, initializer=_one_thread) as pool:
        futures = [pool.submit(_verify_one, course.solutions, name) for name in names]
        rows = [f.result() for f in track(futures, "verifying", console=Console(stderr=True), transient=True)]
    if json_file:
        json_file.write_text(json.dumps([asdict(row) | {"passed": row.passed} for row in rows], indent=1) + "\n")
    _print(rows)
    return all(row.passed for row in rows)


def show_messages(course: CourseDir, name: str) -> None:
    """Prints what a student reads for each known wrong answer of one exercise."""
    known = _exercises(course)
    if name not in known:
        raise CourseError(f"There is no exercise called {name!r}; known are {', '.join(known)}.")
    for mistake, text in messages(known[name]):
        print(f"──── {mistake}\n{text}\n")


def _exercises(course: CourseDir) -> dict[str, Exercise]:
    return {name: e for found in load_exercises(course.solutions).values() for name, e in found.items()}


def _one_thread() -> None:
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")


def _verify_one(solutions: Path, name: str) -> Row:
    return verify({n: e for found in load_exercises(solutions).values() for n, e in found.items()}[name])


def _print(rows: list[Row]) -> None:
    console = Console(highlight=False)
    table = Table()
    for title in ("exercise", "wrong: caught", "named", "right accepted", "mutants caught", "listed", "ms a check", ""):
        table.add_column(title, justify="left" if title in ("exercise", "") else "right")
    for r in rows:
        table.add_row(
            r.exercise, f"{r.caught}/{r.wrong}", f"{r.named}/{r.wrong}", f"{r.accepted}/{r.variants}",
            f"{r.killed}/{r.mutants}", str(r.listed), f"{r.milliseconds:.0f}", "ok" if r.passed else "PROBLEM",
        )  # fmt: skip
    console.print(table)
    for r in rows:
        for problem in r.problems:
            console.print(f"{r.exercise}: {escape(problem)}", soft_wrap=True)
