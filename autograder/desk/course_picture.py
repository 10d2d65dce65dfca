"""What a course draws of how far a student is in it. Each course draws its own: the engine knows the name of a function alone."""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path

from ..coursedir.settings import settings_of_release
from .copies import find_release
from .lessons import Progress


def course_picture(folder: Path, lessons: list[Progress]) -> str:
    """HTML of `learned(done)` in the module `course_map` of the course's package, which gets the numbers of the lessons that are
    done: "" where there is no such function, or where it fails, which no student can mend."""
    done = frozenset(int(p.lesson.name[:2]) for p in lessons if p.latest and not p.open)
    with contextlib.suppress(Exception):  # whatever a course draws with, the page stands without it
        settings = settings_of_release(find_release(folder).parent)
        return importlib.import_module(f"{settings.package}.course_map").learned(done)
    return ""
