"""`autograder bundle`: one zip with all that a class needs, and no solutions."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..course_dir import CourseDir, CourseError
from .build import build


def write_bundle(course: CourseDir, output: Path, say: Callable[[str], None] = lambda text: None) -> Path:
    """Builds, packs and returns `output`. Raises CourseError where the wheel cannot be made."""
    build(course, say=lambda lesson: say(f"building {lesson}"))
    say(f"packing {course.release.name}/ and data/")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in (course.release, course.root / "data"):
            for file in sorted(p for p in folder.rglob("*") if p.is_file()):
                archive.write(file, file.relative_to(course.root))
        for name in ("environment.yml", "LICENSE"):
            archive.write(course.root / name, name)
        say("making the wheel of autograder")
        wheel = _wheel(course, Path(scratch))
        archive.write(wheel, wheel.name)
    return output


def _wheel(course: CourseDir, scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(scratch), str(course.root)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise CourseError(f"The wheel could not be made:\n{made.stderr.strip()[-1000:]}")
    return next(scratch.glob("*.whl"))
