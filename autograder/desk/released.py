"""The releases that a student's folder knows, and which of them a notebook was made from: its stamp says so."""

from __future__ import annotations

import json
from pathlib import Path

from ..coursedir.cells import cells_in, content_of
from ..coursedir.files import is_same, write
from ..coursedir.releases import stamp_in

RELEASED = ".released"
"""Folder, in the student's, of the notebooks as they were released: the newest as <lesson>.ipynb, earlier ones by their stamp."""


def desk_of(lesson: Path) -> Path:
    """The student's folder that a lesson's folder lies in."""
    return lesson.resolve().parent


def released_notebook(lesson: Path) -> Path:
    """The notebook of the folder `lesson` as it was released last."""
    return desk_of(lesson) / RELEASED / lesson.resolve().name / f"{lesson.resolve().name}.ipynb"


def base_of(lesson: Path, notebook: Path) -> Path | None:
    """The release that the student's `notebook` was made from; None where no copy of it is kept here.

    Of a notebook without a stamp it is the one with which it shares most cells.
    """
    stamp, newest = stamp_of(notebook), released_notebook(lesson)
    stamps = {file: stamp_of(file) for file in (newest, *sorted(newest.parent.glob("*.ipynb"))) if is_notebook(file)}
    if stamp:
        return next((file for file, other in stamps.items() if other == stamp), None)
    own = _sources(notebook)
    return max(stamps, key=lambda file: len(own & _sources(file)), default=None)


def keep_release(lesson: Path, fresh: Path) -> None:
    """Makes `fresh` the newest release of the folder `lesson`. Earlier ones stay: a notebook on the disk may still be of one."""
    newest = released_notebook(lesson)
    if is_same(fresh, newest):
        return
    if earlier := stamp_of(newest):
        write(newest.with_name(f"{earlier}.ipynb"), newest.read_bytes())
    write(newest, fresh.read_bytes())


def stamp_of(notebook: Path) -> str:
    """The stamp in a notebook's file, "" where there is none."""
    return stamp_in(content_of(notebook).get("metadata"))


def is_notebook(file: Path) -> bool:
    """Whether the file can be read and has cells."""
    return isinstance(content_of(file).get("cells"), list)


def _sources(notebook: Path) -> set[str]:
    return {json.dumps(cell.get("source")) for cell in cells_in(notebook)}
