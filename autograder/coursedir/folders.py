"""Where things lie in a course."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class CourseError(Exception):
    """Something in the course, or in what a command was given, is not as expected. The text says what, and what to do."""


@dataclass(frozen=True)
class CourseDir:
    """The folders of a course, by what they hold."""

    root: Path

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def release(self) -> Path:
        return self.root / "notebooks"

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def source(self) -> Path:
        return self.build / "source"

    @property
    def hidden_keys(self) -> Path:
        return self.build / "hidden"

    @property
    def waiting_keys(self) -> Path:
        """Visible keys of exercises that no lesson places yet."""
        return self.build / "waiting"

    @property
    def solved(self) -> Path:
        return self.build / "solutions"

    @property
    def releases(self) -> Path:
        """What every release is graded by: kept, like the seed, and out of git."""
        return self.root / ".released"

    @property
    def seed_file(self) -> Path:
        return self.root / ".hidden_seed"


def find_course(start: Path | None = None) -> CourseDir:
    """The course that `start` (the current folder) lies in: the nearest folder up with nbgrader_config.py and solutions/."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir():
            return CourseDir(folder)
    raise CourseError(
        f"{start} lies in no course: no folder above it has nbgrader_config.py and solutions/. Change into the course's folder, "
        "or name it with --course."
    )
