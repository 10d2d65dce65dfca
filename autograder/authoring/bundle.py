"""`autograder bundle`: one zip with all that a class needs, and no solutions."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..coursedir.folders import NOT_RELEASED, CourseDir, CourseError
from .build import build

README = Path(__file__).with_name("bundle.md")
"""What the bundle says to students, with places for the wheel's name and torch's version."""


def write_bundle(course: CourseDir, output: Path, say: Callable[[str], None] = lambda text: None) -> Path:
    """Builds, packs and returns `output`. Raises CourseError where the wheel cannot be made."""
    build(course, say=lambda lesson: say(f"building {lesson}"))
    say(f"packing {course.release.name}/ and data/")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in (course.release, course.root / "data"):
            for file in sorted(p for p in folder.rglob("*") if p.is_file()):
                if NOT_RELEASED.isdisjoint(file.parts):
                    archive.write(file, file.relative_to(course.root))
        for name in ("environment.yml", "LICENSE"):
            archive.write(course.root / name, name)
        say("making the wheel of autograder")
        wheel = _wheel(course, Path(scratch))
        archive.write(wheel, wheel.name)
        archive.writestr("README.md", README.read_text(encoding="utf-8").format(wheel=wheel.name, torch=_torch(course)))
    return output


def _torch(course: CourseDir) -> str:
    """The version of torch that the course pins."""
    pins = tomllib.loads((course.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    return next(pin.split("==")[1] for pin in pins if pin.startswith("torch=="))


def _wheel(course: CourseDir, scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(scratch), str(course.root)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise CourseError(f"The wheel could not be made:\n{made.stderr.strip()[-1000:]}")
    return next(scratch.glob("*.whl"))
