"""Made what lies beside it, once, from the course of November 2026. Run again it would make another release, not this one.

    python -m tests.old_release.make

`released.zip` is .released/ as `autograder build` keeps it: each lesson's notebook, visible keys and hidden keys, these from the
seed below. `submitted.zip` holds 40 submissions, and `scores.json` what each exercise of each earned.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import zipfile
from pathlib import Path

import nbformat

from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.authoring.sample import fill_in, write_sample_class
from autograder.coursedir.folders import CourseDir
from autograder.grading.submission import Submission, grade_one

ROOT = Path(__file__).parent.parent.parent
SEED = "00112233445566778899aabbccddeeff"
FROM_SAMPLE = ["no_shift", "in_place", "carried_forward", "carried_missing", "carried_default", "check_deleted",
               "check_doubled", "answer_renamed", "other_file_name", "syntax_error"]  # fmt: skip
EACH = 6
"""Submissions of each of the five other lessons: all right, all blank, the rest with wrong answers here and there."""


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        course = CourseDir(Path(scratch))
        for name in ("solutions", "notebooks"):
            shutil.copytree(ROOT / name, course.root / name)
        for name in ("nbgrader_config.py", "course.toml"):
            shutil.copy(ROOT / name, course.root)
        course.seed_file.write_text(SEED + "\n")
        build(course)
        _submit(course)
        scores = {}
        for folder in sorted((course.root / "submitted").glob("*/*")):
            record = grade_one(Submission(folder.parent.name, folder.name, folder, course)).record
            scores[f"{record.student}/{record.assignment}"] = {r.name: r.score for r in record.results}
            print(record.student, record.assignment, record.score, record.points)
        here = Path(__file__).parent
        (here / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")
        _zip(course.releases, here / "released.zip")
        _zip(course.root / "submitted", here / "submitted.zip")


def _submit(course: CourseDir) -> None:
    draw, declared = random.Random(SEED), load_exercises(course.solutions)
    write_sample_class(course, course.root)
    for folder in (course.root / "submitted").iterdir():
        if folder.name not in FROM_SAMPLE:
            shutil.rmtree(folder)
    for lesson in sorted(set(declared) - {"04_softmax"}):
        released = course.release / lesson / f"{lesson}.ipynb"
        for number in range(EACH):
            how = {"exercises": "blank" if number == 1 else "right", "predictions": "b", "written": "An answer."}
            if number > 1:
                how |= {n: draw.choice(list(e.mistakes)) for n, e in declared[lesson].items() if draw.random() < 0.5}
            place = course.root / "submitted" / f"student_{number}" / lesson
            place.mkdir(parents=True)
            nbformat.write(fill_in(nbformat.read(released, as_version=4), declared[lesson], how), place / released.name)


def _zip(folder: Path, file: Path) -> None:
    """Packs `folder`, the same bytes for the same content."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            packed.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
