"""Kills the grader at random moments, again and again: `python -m tests.killed 50` in a built course."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil

from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.authoring.sample import fill_in
from autograder.coursedir.folders import CourseDir
from autograder.grading.grade import grade_class

from .conftest import ROOT

LESSON = "04_softmax"
EVERYONE = {"exercises": "right", "predictions": "a", "written": "x"}
ANSWERS = {"right": 40.0, "no_shift": 38.0, "sigmoid": 32.0}
"""What a student answers to `softmax`, and the score that this gives, written down by hand."""


def add_students(course: CourseDir, root: Path, first: int, count: int) -> dict[str, float]:
    """Hands in for `count` more students; returns what each of them should get."""
    exercises, truth = load_exercises(course.solutions)[LESSON], {}
    for i in range(first, first + count):
        student, answer = f"student{i:04}", list(ANSWERS)[i % len(ANSWERS)]
        notebook = nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4)
        place = root / "submitted" / student / LESSON
        place.mkdir(parents=True)
        nbformat.write(fill_in(notebook, exercises, EVERYONE | {"softmax": answer}), place / f"{LESSON}.ipynb")
        truth[student] = ANSWERS[answer]
    return truth


def graded(root: Path) -> dict[str, tuple[str, float]]:
    """{student: (when it was graded, score)} of a gradebook that must be whole."""
    file = root / "gradebook.db"
    if not file.exists():
        return {}
    with sqlite3.connect(file, timeout=60) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        if not db.execute("select 1 from sqlite_master where name = 'autograder_record'").fetchone():
            return {}
        rows = db.execute(
            "select s.student_id, r.graded, (select sum(auto_score) from grade g join submitted_notebook n "
            "on n.id = g.notebook_id where n.assignment_id = s.id) from autograder_record r "
            "join submitted_assignment s on s.id = r.submission_id"
        ).fetchall()
    for student, _, _ in rows:
        for kind, ending in (("autograded", "ipynb"), ("feedback", "html")):
            assert (root / kind / student / LESSON / f"{LESSON}.{ending}").stat().st_size > 1000
    return {student: (when, score) for student, when, score in rows}


def kill_and_look(course: CourseDir, root: Path, after: float, truth: dict[str, float], before: dict) -> dict:
    """Starts the grader, kills it `after` seconds, and looks at what it leaves; returns what is graded by then."""
    command = [
        sys.executable,
        "-c",
        "from autograder.cli import main; main()",
        "grade",
        str(root),
        "--course",
        str(course.root),
    ]
    grader = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    time.sleep(after)
    started = psutil.Process(grader.pid).children(recursive=True)
    grader.kill()
    grader.wait()
    _, alive = psutil.wait_procs(started, timeout=20)
    assert not alive, "processes outlive their grader"
    now = graded(root)
    assert {s: now[s] for s in before} == before, "what was graded was graded again, or is gone"
    assert all(score == truth[student] for student, (_, score) in now.items())
    return now


def run(course: CourseDir, root: Path, kills: int, each: int, longest: float, seed: int = 0) -> int:
    """Kills the grader `kills` times, with `each` more submissions every time; returns how many were graded in between."""
    draw, truth, before = random.Random(seed), {}, {}
    for number in range(kills):
        truth |= add_students(course, root, len(truth), each)
        before = kill_and_look(course, root, draw.uniform(0.5, longest), truth, before)
        print(f"kill {number + 1}: {len(before)} of {len(truth)} graded", flush=True)
    records = grade_class(course, root).records
    assert {r.student: r.score for r in records} == truth
    after = graded(root)
    assert {s: after[s] for s in before} == before
    return len(before)


if __name__ == "__main__":
    whole = CourseDir(ROOT)
    build(whole)
    with tempfile.TemporaryDirectory() as scratch:
        between = run(whole, Path(scratch), int(sys.argv[1]), each=6, longest=16.0)
    print(f"{sys.argv[1]} kills: every score right, {between} submissions graded between kills, none twice")
