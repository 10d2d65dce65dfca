"""What was graded by an earlier release is graded the same today: 40 submissions, by the keys that they were made for."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from autograder.coursedir.folders import CourseDir
from autograder.grading.submission import Submission, grade_one

from .conftest import ABOUT, ROOT

OLD = Path(__file__).parent / "old_release"
SCORES = json.loads((OLD / "scores.json").read_text())


@pytest.fixture(scope="module")
def old_course(tmp_path_factory) -> CourseDir:
    """A course whose only releases are the old ones."""
    root = tmp_path_factory.mktemp("old")
    for name, folder in (("released.zip", ".released"), ("submitted.zip", "submitted")):
        zipfile.ZipFile(OLD / name).extractall(root / folder)
    for name in ABOUT:
        shutil.copy(ROOT / name, root)
    return CourseDir(root)


def test_there_are_40_of_all_lessons():
    assert len(SCORES) == 40
    assert [lesson[:2] for lesson in sorted({at.split("/")[1] for at in SCORES})] == ["01", "02", "03", "04", "05", "06"]
    assert len({score for scores in SCORES.values() for score in scores.values()}) > 5


@pytest.mark.parametrize("at", SCORES)
def test_graded_the_same(at, old_course):
    student, lesson = at.split("/")
    record = grade_one(Submission(student, lesson, old_course.root / "submitted" / at, old_course)).record
    assert record.release == (old_course.releases / lesson / "newest").read_text().strip()
    assert {r.name: r.score for r in record.results} == SCORES[at]
