"""The course on each Python that pyproject.toml allows and this machine has: `python -m tests.versions`, or `make test-versions`.

The Python that this runs on tries all lessons. Others get an environment of their own in build/versions/, with the pinned packages but
torch, which is hundreds of megabytes for each: there the lessons that need none are built, proved and compared with notebooks/.
With `--one`, the newest other Python alone, and nothing is proved.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MINORS = range(11, 15)
LEFT_OUT = {"torch", "jupyterlab", "onnx", "playwright", "axe-playwright-python", "py-rattler", "pytest-xdist", "ruff"}
"""Packages that none of what is tried needs."""

TESTS = ["test_cell_names.py", "test_structure.py", "test_collect.py", "test_release_merge.py", "test_values.py"]
"""What depends on the version most: names and code as Python reads it, files, dates, zips."""


def pythons() -> dict[int, Path]:
    """{minor version: interpreter} of those that start, from PATH and pyenv."""
    found: dict[int, Path] = {}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in MINORS:
        on_path = shutil.which(f"python3.{minor}")
        for python in (
            *sorted(pyenv.glob(f"3.{minor}.*/bin/python3.{minor}"), reverse=True),
            *([Path(on_path)] if on_path else []),
        ):
            code = "import ensurepip, sys; print(sys.version_info[1])"
            started = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
            if started.returncode == 0 and started.stdout.strip() == str(minor):
                found.setdefault(minor, python)
    return found


def environment(minor: int, python: Path) -> Path:
    """An interpreter with the pinned packages, made at first use and anew when the pins change. Raises CalledProcessError."""
    pins = [pin.split(";")[0].strip() for pin in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]
    pins = [pin for pin in pins if re.split(r"[=<>~!\[ ]", pin)[0] not in LEFT_OUT]
    folder = ROOT / "build" / "versions" / f"3.{minor}"
    made, ready = folder / ("Scripts" if os.name == "nt" else "bin") / "python", folder / "ready"
    if not ready.exists() or ready.read_text() != "\n".join(pins):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [made, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, *pins], check=True)
        subprocess.run([*pip, "--no-deps", "--editable", ROOT], check=True)
        ready.write_text("\n".join(pins))
    return made


def try_here(prove: bool) -> None:
    """Builds what this Python can, in a copy of the course, and compares; then proves it, with `prove`, and runs TESTS."""
    from autograder.authoring.build import build, differing_files
    from autograder.authoring.verify_command import verify_all
    from autograder.coursedir.folders import CourseDir

    with tempfile.TemporaryDirectory() as scratch:
        course = CourseDir(Path(scratch) / "course")
        lessons = [p.parent for p in sorted((ROOT / "solutions").glob("*/lesson.md")) if is_possible(p.parent)]
        for lesson in lessons:
            shutil.copytree(lesson, course.solutions / lesson.name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("nbgrader_config.py", "course.toml"):
            shutil.copy(ROOT / name, course.root)
        course.release.mkdir()
        build(course)
        differing = [
            f"{x.name}/{file}"
            for x in lessons
            for file in differing_files(course.release / x.name, ROOT / "notebooks" / x.name)
        ]
        if differing:
            sys.exit(f"Python {sys.version.split()[0]} builds another release: {', '.join(differing)}")
        print(
            f"  {len(lessons)} lessons ({', '.join(x.name[:2] for x in lessons)}): the release is the one in notebooks/",
            flush=True,
        )
        if prove and not verify_all(course, None):
            sys.exit("  not all checks are proved")
    tests = [str(ROOT / "tests" / name) for name in (TESTS if prove else TESTS[:2])]
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], cwd=ROOT, check=False)
    sys.exit(done.returncode)


def is_possible(lesson: Path) -> bool:
    """Whether this Python has what the lesson's exercises import."""
    if importlib.util.find_spec("torch"):
        return True
    return not any(
        re.search(r"^(import|from) torch\b", f.read_text(encoding="utf-8"), re.MULTILINE) for f in lesson.glob("*.py")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", action="store_true", help="the newest other Python alone, and nothing is proved")
    parser.add_argument("--here", action="store_true", help="this Python alone")
    wanted = parser.parse_args()
    if wanted.here:
        try_here(prove=not wanted.one)
    own = sys.version_info[1]
    others = {minor: python for minor, python in pythons().items() if minor != own}
    if wanted.one:
        others = dict(list(others.items())[-1:])
    if not others:
        print("No other Python from 3.11 to 3.14 is on this machine: nothing was tried on one.")
    failed = []
    for minor, python in sorted((others if wanted.one else others | {own: Path(sys.executable)}).items()):
        print(f"Python 3.{minor}:", flush=True)
        try:
            made = python if minor == own else environment(minor, python)
        except subprocess.CalledProcessError as error:
            print(f"  left out: its environment cannot be made ({' '.join(map(str, error.cmd[:5]))} …)")
            failed.append(minor)
            continue
        command = [made, "-m", "tests.versions", "--here", *(["--one"] if wanted.one else [])]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(minor)
    if failed:
        sys.exit("Not all is well on Python " + ", ".join(f"3.{minor}" for minor in failed))


if __name__ == "__main__":
    main()
