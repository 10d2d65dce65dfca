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

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from .coursedir.folders import CourseDir
from .coursedir.settings import read_settings


class NbgraderFailed(Exception):
    """A converter of nbgrader failed; the text is the last error in its log."""


def generate_assignment(course: CourseDir, root: Path, assignment: str, release: Path) -> None:
    """Makes the release of one assignment from the course's sources in the folder `release`, and its rows in root/gradebook.db.

    Raises NbgraderFailed.
    """
    run(GenerateAssignment, config_of(course, root, assignment, release_directory=str(release)))


def config_of(course: CourseDir, root: Path, assignment: str, **more: str) -> Config:
    """nbgrader's configuration for one assignment, with gradebook.db in the folder `root`. The sources are the course's; other
    folders have their usual names under `root`, unless `more` of CourseDirectory's settings say otherwise."""
    config = Config()
    config.CourseDirectory.update(
        root=str(root.resolve()),
        course_id=read_settings(course.root).id,
        db_url=gradebook_url(root),
        assignment_id=assignment,
        source_directory=str(course.source),
        **more,
    )
    return config


def run(converter: type[BaseConverter], config: Config) -> None:
    """Runs one converter, overwriting what it made before. Raises NbgraderFailed."""
    application = converter(coursedir=CourseDirectory(config=config), config=config)
    application.force = True
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    application.log.addHandler(handler)
    application.log.propagate = False
    try:
        with scripts_on_path(), warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9.6 on SQLAlchemy 2.1: harmless, and many
            application.start()
    except Exception as error:
        lines = log.getvalue().strip().splitlines()
        raise NbgraderFailed(next((line for line in reversed(lines) if "Error" in line), str(error))) from error
    finally:
        application.log.removeHandler(handler)


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
