"""Releases of a lesson: each build keeps what grading needs, so that a submission is graded by the keys that it was made for."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cells import source_of
from .folders import CARDS, CourseDir, CourseError

STAMP = "autograder_release"
"""Where a notebook's metadata says which release it is: `version_of` is written there by the build, and by nobody else."""

_VERSION = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Release:
    """One release of a lesson, as it was kept: the notebook that students got, and both kinds of keys."""

    lesson: str
    version: str
    folder: Path

    @property
    def notebook(self) -> Path:
        return self.folder / f"{self.lesson}.ipynb"

    @property
    def visible(self) -> Path:
        return self.folder / "keys"

    @property
    def hidden(self) -> Path:
        return self.folder / "hidden"


def version_of(sources: Path, cells: list[dict]) -> str:
    """The version of the lesson in the folder `sources`, of which the notebook has `cells`: it changes with any text or exercise of
    the lesson, and with anything else that changes a cell. A question that is on the page of questions alone changes none."""
    digest = hashlib.sha256(json.dumps(cells, sort_keys=True).encode())
    for file in sorted(p for p in sources.iterdir() if p.suffix in (".md", ".py") and p.name != CARDS):
        digest.update(file.name.encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:12]


def version_of_text(cells: list[dict]) -> str:
    """The version of a notebook that is text alone: it changes with what is written in cells, not with what they show."""
    texts = [(cell.get("cell_type"), source_of(cell)) for cell in cells]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:12]


def keep(course: CourseDir, lesson: str, version: str, released: Path, hidden: list[Path]) -> None:
    """Keeps a release: the folder `released` as students get it, and the files of its hidden keys."""
    folder = course.releases / lesson / version
    fresh = folder.with_name(f"{version}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(released, fresh)
    (fresh / "hidden").mkdir()
    for file in hidden:
        shutil.copyfile(file, fresh / "hidden" / file.name)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    (course.releases / lesson / "newest").write_text(version + "\n")


def newest(course: CourseDir, lesson: str) -> Release:
    """The release that was built last. Raises CourseError where there is none."""
    mark = course.releases / lesson / "newest"
    version = mark.read_text().strip() if mark.is_file() else ""
    if release := _release(course, lesson, version):
        return release
    raise CourseError(f"{lesson} has no keys to grade by. Run `autograder build` first.")


def stamp_in(metadata: Any) -> str:
    """The stamp in a notebook's metadata, whatever that is; "" where there is none."""
    stamp = metadata.get(STAMP) if isinstance(metadata, dict) else None
    return stamp if isinstance(stamp, str) and _VERSION.fullmatch(stamp) else ""


def release_for(course: CourseDir, lesson: str, version: str) -> Release:
    """The release of this version, or the newest where it is none that is kept."""
    return _release(course, lesson, version) or newest(course, lesson)


def _release(course: CourseDir, lesson: str, version: str) -> Release | None:
    """The release of this version, where submissions can be graded by it: its notebook and its hidden keys are there."""
    release = Release(lesson, version, course.releases / lesson / version)
    return release if _VERSION.fullmatch(version) and release.hidden.is_dir() and release.notebook.is_file() else None


def fingerprint(seed: str) -> str:
    """What tells one secret seed from another, and nothing of it."""
    return hashlib.sha256(b"seed " + seed.encode()).hexdigest()[:12]
