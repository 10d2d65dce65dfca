"""Ratios measured side by side in one run: `python -m tests.bench`."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.coursedir.folders import CourseDir

from .conftest import ROOT

LESSON = "04_softmax"


def median_ms(function: Callable[[], object], times: int = 15) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


def main() -> None:
    """Instant feedback beside `nbgrader validate` on the same, solved lesson; and what importing costs."""
    course = CourseDir(ROOT)
    build(course)
    os.chdir(ROOT / "notebooks" / LESSON)
    from autograder import check

    slowest = 0.0
    for name, exercise in load_exercises(course.solutions)[LESSON].items():
        taken = median_ms(lambda name=name, exercise=exercise: check(name, exercise.reference))
        slowest = max(slowest, taken)
        print(f"check {name:26} {taken:6.1f} ms (median of 15)")
    base = median_ms(lambda: run(sys.executable, "-c", "import numpy", cwd=ROOT), 7)
    whole = median_ms(lambda: run(sys.executable, "-c", "import numpy, autograder", cwd=ROOT), 7)
    print(f"import autograder, numpy apart   {whole - base:6.1f} ms; with Python's start and numpy {whole:.1f} ms")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / LESSON
        shutil.copytree(ROOT / "notebooks" / LESSON, folder)
        shutil.copy(course.solved / f"{LESSON}.ipynb", folder)
        command = (sys.executable, "-m", "nbgrader", "validate", f"{LESSON}.ipynb")
        validate = median_ms(lambda: run(*command, cwd=folder), 3)
    print(f"nbgrader validate                {validate:6.0f} ms (median of 3)")
    print(f"slowest check : nbgrader validate = 1 : {validate / slowest:.0f}")


if __name__ == "__main__":
    main()
