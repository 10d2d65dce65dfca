"""The student's copy of the release: lessons that are new are copied, newer ones merged into what was begun."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ..course_dir import CourseError
from ..kept import FOLDER
from ..words import _
from .files import back_up, write
from .lessons import RELEASED
from .progress import FILE

if TYPE_CHECKING:
    from .merge import Merged

NOT_RELEASED = {FOLDER, FILE, ".ipynb_checkpoints", "__pycache__"}
"""What lies in notebooks/ where somebody opens a lesson in place."""


def find_release(start: Path | None = None) -> Path:
    """notebooks/ of the nearest folder up that has one: a student may have the bundle alone."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if any((folder / "notebooks").glob("*/*.ipynb")):
            return folder / "notebooks"
    raise CourseError("There is no folder notebooks/ with lessons here or above. Change into the course's folder.")


def copy_release(released: Path, folder: Path) -> list[str]:
    """Brings the student's `folder` up to the release; never loses what was written. Returns what it did, a line each.

    A lesson is brought up as a whole or, where its notebook cannot be read, left as it is. Each notebook's release is kept in
    folder/.released/, to tell next time what the student wrote.
    """
    said = []
    for source in sorted(p for p in released.iterdir() if p.is_dir() and p.name not in NOT_RELEASED):
        try:
            said += _lesson(source, folder / source.name, folder / RELEASED / source.name / f"{source.name}.ipynb")
        except OSError as error:
            raise CourseError(
                _("{lesson} could not be brought up to date: {why} ({file}). What you wrote is untouched; make room, or mend "
                  "the folder's permissions, and repeat.", lesson=source.name, why=error.strerror, file=error.filename)
            ) from error  # fmt: skip
    return said


def _lesson(source: Path, lesson: Path, base: Path) -> list[str]:
    fresh, target = source / f"{source.name}.ipynb", lesson / f"{source.name}.ipynb"
    said: list[str] = []
    if fresh.is_file():
        begun = lesson.is_dir() and any(lesson.glob("*.ipynb"))
        if not begun:
            write(target, fresh.read_bytes())
            said.append(_("new lesson: {file}", file=target))
        elif base.is_file() and base.read_bytes() != fresh.read_bytes():
            try:
                said += _merge(lesson, base, fresh)
            except CourseError as error:
                return [_("{lesson} was left as it is, and a newer release waits: {why}", lesson=lesson.name, why=error)]
        elif not target.exists():
            said.append(_("{lesson}: your notebook has another name than {name}. `autograder repair` gives it back.",
                          lesson=lesson.name, name=target.name))  # fmt: skip
    for file in sorted(p for p in source.rglob("*") if p.is_file() and p != fresh):
        name = file.relative_to(source)
        if NOT_RELEASED.isdisjoint(name.parts) and not _same(file, lesson / name):
            write(lesson / name, file.read_bytes())
    if fresh.is_file() and not _same(fresh, base):
        write(base, fresh.read_bytes())  # last: until it is there, the next call does all of this again
    return said


def _merge(lesson: Path, base: Path, fresh: Path) -> list[str]:
    """Brings the student's notebook in the folder `lesson` from the release `base` to `fresh`, under the released name."""
    import nbformat  # takes a second to import, which most calls can do without

    from .merge import merge
    from .notebooks import own_notebook, read_notebook
    from .repair import repaired

    mine, target = own_notebook(lesson), lesson / fresh.name
    if mine.read_bytes() == base.read_bytes():
        write(target, fresh.read_bytes())
        return [_("{name}: brought up to the new release", name=target.name)]
    notebook, was, now = read_notebook(mine), read_notebook(base), read_notebook(fresh)
    release = hashlib.sha256(fresh.read_bytes()).hexdigest()[:16]
    if notebook.metadata.get("autograder_release") == release:
        return []  # merged before, and stopped after that
    merged = merge(repaired(notebook.cells, was.cells, demos=False), was.cells, now.cells)
    kept = back_up(mine, lesson.parent)
    notebook.cells, notebook.nbformat_minor = merged.cells, now.nbformat_minor
    notebook.metadata["autograder_release"] = release
    write(target, nbformat.writes(notebook).encode())
    return _report(target.name, kept.relative_to(lesson.parent).as_posix(), merged)


def _report(name: str, backup: str, merged: Merged) -> list[str]:
    answers = ", ".join(merged.kept) or _("none")
    said = [_("{name}: {number} cells of the new release came in; what you wrote stays ({answers}, and every cell of your own)",
              name=name, number=merged.fresh, answers=answers)]  # fmt: skip
    if merged.restubbed:
        said.append(
            _("  the task changed: compare your answer with the new text for {names}", names=", ".join(merged.restubbed))
        )
    if merged.dropped:
        said.append(_("  no longer part of the lesson, kept as cells of your own: {names}", names=", ".join(merged.dropped)))
    return [*said, _("  the notebook as it was before: {backup}", backup=backup)]


def _same(a: Path, b: Path) -> bool:
    return b.is_file() and a.read_bytes() == b.read_bytes()
