"""`autograder bundle`: one zip with all that a class needs, and no solutions."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

from jinja2 import StrictUndefined, Template

from ..coursedir.folders import NOT_RELEASED, CourseDir, CourseError
from ..coursedir.settings import FILE, read_settings
from .build import build

README = Path(__file__).with_name("bundle.md")
"""What the bundle says to students: a template of Jinja's."""

PACKED = (FILE, "environment.yml", "LICENSE")


def write_bundle(course: CourseDir, output: Path, say: Callable[[str], None] = lambda text: None) -> Path:
    """Builds, packs and returns `output`. Raises CourseError where a file is missing, or the wheel cannot be made."""
    if missing := [name for name in (*PACKED, "pyproject.toml") if not (course.root / name).is_file()]:
        raise CourseError(
            f"{course.root} has no {' and no '.join(missing)}, of which a bundle is made. Add what is missing."
        )
    build(course, say=lambda lesson: say(f"building {lesson}"))
    say(f"packing {course.release.name}/ and data/")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in (course.release, course.root / "data"):
            for file in sorted(p for p in folder.rglob("*") if p.is_file()):
                if NOT_RELEASED.isdisjoint(file.parts):
                    archive.write(file, file.relative_to(course.root))
        for name in PACKED:
            archive.write(course.root / name, name)
        say("making the wheel of autograder")
        wheel = _wheel(course, Path(scratch))
        archive.write(wheel, wheel.name)
        archive.writestr("README.md", _readme(course, wheel.name))
    return output


def _readme(course: CourseDir, wheel: str) -> str:
    """What students read, with the course's title and addresses, conda's name of its environment, and the version of torch if the
    course pins one."""
    pins = tomllib.loads((course.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    environment = re.search(r"^name:\s*(\S+)", (course.root / "environment.yml").read_text(encoding="utf-8"), re.MULTILINE)
    template = Template(
        README.read_text(encoding="utf-8"), trim_blocks=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return template.render(
        course=read_settings(course.root),
        wheel=wheel,
        environment=environment.group(1),
        torch=next((pin.split("==")[1] for pin in pins if pin.startswith("torch==")), ""),
    )


def _wheel(course: CourseDir, scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(scratch), str(course.root)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise CourseError(f"The wheel could not be made:\n{process.stderr.strip()[-1000:]}")
    return next(scratch.glob("*.whl"))
