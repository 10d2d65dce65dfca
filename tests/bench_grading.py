"""Grading side by side in one run: nbgrader's own commands and `autograder grade`, on the same submissions.

`python -m tests.bench_grading` prints seconds a submission, start-up apart, and ends with the ratios;
`python -m tests.bench_grading scale 100 1000` grades generated classes of those sizes, and one with 1 and with 2 workers.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.authoring.sample import fill_in
from autograder.coursedir.folders import CourseDir

from .conftest import ROOT, SETTINGS

LESSON = "05_scaled_dot_product_attention"
"""It imports numpy, torch and matplotlib."""
STUDENTS = 24
EVERYONE = {"exercises": "right", "predictions": "a", "written": "An answer."}
STOCK = f"""
import os
from pathlib import Path

root = Path(__file__).resolve().parent
os.environ["AUTOGRADER_HIDDEN_KEYS"] = str(root / "build" / "hidden")
c = get_config()
c.CourseDirectory.course_id = "{SETTINGS.id}"
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "notebooks"
"""
"""nbgrader as it comes: its own Execute, and its own feedback."""


@dataclass(frozen=True)
class Cost:
    cpu: float
    wall: float

    def per_submission(self, one: Cost, students: int) -> Cost:
        """Of each submission after the first, whose run holds the start-up."""
        return Cost((self.cpu - one.cpu) / (students - 1), (self.wall - one.wall) / (students - 1))


def cost(*commands: list[str], cwd: Path) -> Cost:
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.perf_counter() - start)


def write_class(course: CourseDir, root: Path, lesson: str, students: int) -> None:
    """Half of them all right; the others each with one wrong answer, taken in turn from all that are declared."""
    exercises = load_exercises(course.solutions)[lesson]
    wrong = [(name, mistake) for name, e in exercises.items() for mistake in e.mistakes]
    step = max(1, len(wrong) // max(1, students // 2))
    for i in range(students):
        name, mistake = wrong[(i // 2 * step) % len(wrong)]
        how = EVERYONE | ({name: mistake} if i % 2 else {})
        notebook = nbformat.read(course.release / lesson / f"{lesson}.ipynb", as_version=4)
        place = root / "submitted" / f"student{i:05}" / lesson
        place.mkdir(parents=True)
        nbformat.write(fill_in(notebook, exercises, how), place / f"{lesson}.ipynb")


def scores(gradebook: Path) -> dict[tuple[str, str], float | None]:
    query = (
        "select s.student_id, c.name, g.auto_score from grade g join base_cell c on c.id = g.cell_id "
        "join submitted_notebook n on n.id = g.notebook_id join submitted_assignment s on s.id = n.assignment_id"
    )
    with sqlite3.connect(gradebook) as db:
        return {(student, cell): score for student, cell, score in db.execute(query)}


def by_nbgrader(course: CourseDir, folder: Path, students: int) -> Cost:
    shutil.copytree(course.build, folder / "build", ignore=shutil.ignore_patterns("sample-class", "gradebook.db"))
    (folder / "nbgrader_config.py").write_text(STOCK)
    write_class(course, folder, LESSON, students)
    nbgrader = [sys.executable, "-m", "nbgrader"]
    cost([*nbgrader, "generate_assignment", LESSON, "--force"], cwd=folder)
    return cost([*nbgrader, "autograde", LESSON], [*nbgrader, "generate_feedback", LESSON], cwd=folder)


def by_autograder(course: CourseDir, folder: Path, students: int, lesson: str = LESSON, workers: int = 1) -> Cost:
    write_class(course, folder, lesson, students)
    command = [str(Path(sys.executable).parent / "autograder"), "grade", str(folder), "--workers", str(workers)]
    return cost([*command, "--course", str(course.root)], cwd=folder)


def side_by_side(course: CourseDir, scratch: Path) -> None:
    found = {}
    for name, grade in {"nbgrader": by_nbgrader, "autograder": by_autograder}.items():
        (one, all_) = (scratch / f"{name}-{n}" for n in (1, STUDENTS))
        one.mkdir()
        all_.mkdir()
        first = grade(course, one, 1)
        found[name] = grade(course, all_, STUDENTS).per_submission(first, STUDENTS)
        print(
            f"{name:10}  {found[name].cpu:6.3f} CPU seconds and {found[name].wall:6.3f} s a submission; "
            f"start-up and the first one {first.cpu:.1f} CPU seconds, {first.wall:.1f} s",
            flush=True,
        )
    same = scores(scratch / f"nbgrader-{STUDENTS}/gradebook.db") == scores(scratch / f"autograder-{STUDENTS}/gradebook.db")
    cpu, wall = (getattr(found["nbgrader"], k) / getattr(found["autograder"], k) for k in ("cpu", "wall"))
    print(f"cpu ratio {cpu:.1f}, wall ratio {wall:.1f}, scores equal: {'yes' if same else 'no'}")


def scale(course: CourseDir, scratch: Path, sizes: list[int]) -> None:
    for size in sizes:
        folder = scratch / str(size)
        folder.mkdir()
        found = by_autograder(course, folder, size, "04_softmax", workers=2)
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"{size:6} submissions, 2 workers: {found.wall:7.1f} s, {1000 * found.cpu / size:6.1f} CPU ms each; "
            f"largest process so far {most:.0f} MB",
            flush=True,
        )
        shutil.rmtree(folder)
    taken = {}
    for workers in (1, 2):
        for students in (1, 200):
            folder = scratch / f"{students}-with-{workers}"
            folder.mkdir()
            taken[workers, students] = by_autograder(course, folder, students, "04_softmax", workers).wall
    one, two = (taken[w, 200] - taken[w, 1] for w in (1, 2))
    print(f"200 submissions, start-up apart: 1 worker {one:.1f} s, 2 workers {two:.1f} s, throughput {one / two:.2f} times")


def main() -> None:
    course = CourseDir(ROOT)
    build(course)
    with tempfile.TemporaryDirectory() as scratch:
        if sys.argv[1:2] == ["scale"]:
            scale(course, Path(scratch), [int(n) for n in sys.argv[2:]] or [100, 1000])
        else:
            side_by_side(course, Path(scratch))


if __name__ == "__main__":
    main()
