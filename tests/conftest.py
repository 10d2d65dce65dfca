"""What several tests need: the course as it stands, built once, and its exercises."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

import pytest

from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.authoring.keymaker import make_key
from autograder.course_dir import CourseDir

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def exercises():
    """{name: exercise} of the whole course."""
    return {name: e for found in load_exercises(ROOT / "solutions").values() for name, e in found.items()}


@pytest.fixture(scope="session")
def key_of(exercises):
    """The visible key of an exercise, made once."""
    return functools.lru_cache(lambda name: make_key(exercises[name]))


@pytest.fixture(scope="session")
def course(tmp_path_factory) -> CourseDir:
    """A copy of the course, built."""
    root = tmp_path_factory.mktemp("course")
    for name in ("solutions", "notebooks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "nbgrader_config.py", root)
    build(CourseDir(root))
    return CourseDir(root)
