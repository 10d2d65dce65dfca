"""Drives nbgrader's own converters from Python: its commands take seconds to start."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from .grading.preprocessor import PREPROCESSORS

COURSE_ID = "self-attention"


class NbgraderFailed(Exception):
    """A converter of nbgrader failed; the text is the last error in its log."""


def run(
    converter: type[BaseConverter],
    root: Path,
    assignment: str,
    student: str = "*",
    course: Path | None = None,
    **folders: Path | str,
) -> None:
    """Runs one converter on one assignment, overwriting what it made before.

    `folders` name nbgrader's steps: source=…, release=…, submitted=…; the rest keep their names under `root`. The gradebook is
    root/gradebook.db. Autograding needs the `course`, whose keys it judges by. Raises NbgraderFailed.
    """
    config = Config()
    config.CourseDirectory.root = str(root.resolve())
    config.CourseDirectory.course_id = COURSE_ID
    config.CourseDirectory.db_url = gradebook_url(root)
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = student
    config.Autograde.autograde_preprocessors = PREPROCESSORS
    config.SandboxExecute.course = str(course)
    for step, folder in folders.items():
        config.CourseDirectory[f"{step}_directory"] = str(folder)
    made = converter(coursedir=CourseDirectory(config=config), config=config)
    made.force = True
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    made.log.addHandler(handler)
    made.log.propagate = False
    try:
        with scripts_on_path(), warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9.6 on SQLAlchemy 2.1: harmless, and many
            made.start()
    except Exception as error:
        lines = log.getvalue().strip().splitlines()
        raise NbgraderFailed(next((line for line in reversed(lines) if "Error" in line), str(error))) from error
    finally:
        made.log.removeHandler(handler)


@contextlib.contextmanager
def scripts_on_path() -> Iterator[None]:
    """For a new gradebook nbgrader starts `alembic` by name."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def gradebook_url(root: Path) -> str:
    return f"sqlite:///{root.resolve() / 'gradebook.db'}"
