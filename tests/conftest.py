"""What several tests need: the course as it stands, built once, and its exercises."""

from __future__ import annotations

import functools
import os
import shutil
from pathlib import Path

# One thread for each process, kernels too: with two workers on two cores, torch's threads would spend their time on waiting.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import pytest
from filelock import FileLock

from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.authoring.keymaker import make_key
from autograder.coursedir.folders import CourseDir
from autograder.coursedir.settings import FILE, read_settings

ROOT = Path(__file__).parent.parent
SETTINGS = read_settings(ROOT)
ABOUT = ("nbgrader_config.py", FILE)
"""The files in which a course says what it is."""


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
    """A copy of the course, built. Workers that run side by side build it once, and each has a copy of that to itself."""
    own = tmp_path_factory.mktemp("course")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return _build_in(own)
    shared = tmp_path_factory.getbasetemp().parent / "course"
    with FileLock(f"{shared}.lock"):
        if not (shared / "built").exists():
            shutil.rmtree(shared, ignore_errors=True)
            _build_in(shared)
            (shared / "built").touch()
    shutil.copytree(shared, own, dirs_exist_ok=True, ignore=shutil.ignore_patterns("built", "__pycache__"))
    return CourseDir(own)


def _build_in(root: Path) -> CourseDir:
    for name in ("solutions", "notebooks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ABOUT:
        shutil.copy(ROOT / name, root)
    build(CourseDir(root))
    return CourseDir(root)


#: These take the longest, so they begin first: nobody waits for one of them at the end. The others follow in their order.
LONGEST = [
    "test_verify",
    "test_attacks",
    "test_nbgrader",
    "test_sample_class",
    "test_release",
    "test_lessons",
    "test_exercises",
]


def pytest_collection_modifyitems(items):
    rank = {name: i for i, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONGEST)))


@pytest.fixture(scope="module")
def browser():
    """Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    from .lab import CHROMIUM, QUIET

    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()
