"""Puts a student's notebook right: every graded cell in it once, nothing dropped that was written."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ..coursedir.files import back_up, write
from ..messages.translate import _
from .copies import newer_waits
from .findings import Finding, findings, loose_ends, lost_demos
from .mending import repaired
from .my_functions import FOLDER
from .notebooks import first_line, grade_id, own_notebook, read_notebook, read_released
from .released import desk_of


def repair(lesson: Path) -> list[str]:
    """Repairs the student's notebook in the folder `lesson`, after a backup; returns what it did, a line each."""
    file = own_notebook(lesson)
    notebook, released = read_notebook(file), read_released(lesson, file)
    newer = []
    if newer_waits(lesson, file):
        newer = [_("A newer release of this lesson waits: close the notebook, then `autograder update` merges it.")]
    amiss = findings(notebook.cells, released.cells)
    lost = lost_demos(notebook.cells, released.cells)
    target = lesson / f"{lesson.name}.ipynb"
    if target == file and not amiss and not lost:
        if loose := loose_ends(notebook.cells):
            return [*loose, _("Nothing else is amiss in {name}, and nothing was changed.", name=file.name), *newer]
        return [_("{name} is complete: there is nothing to repair.", name=file.name), *newer]
    cells = repaired(notebook.cells, released.cells)
    backup = back_up(file, desk_of(lesson))
    notebook.cells = cells
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    write(target, nbformat.writes(notebook))
    lines = [*map(str, amiss), *_put_back(cells, lost, amiss, lesson)]
    if target != file:
        lines.append(_("{found} is there as {name} now; {found} itself was left alone.", found=file.name, name=target.name))
    lines.append(_("Repaired. Nothing that you wrote was dropped, and {backup} is as it was before.",
                   backup=backup.relative_to(desk_of(lesson)).as_posix()))  # fmt: skip
    lines += loose_ends(cells)
    return [*lines, *newer, _("If the notebook is open, choose File → Reload Notebook from Disk, before you save.")]


def _put_back(cells: list[NotebookNode], lost: list[NotebookNode], amiss: list[Finding], lesson: Path) -> list[str]:
    """A line for each cell that was put back: where it is, its first line, and where an answer to it is kept."""
    names = {f.name for f in amiss if f.kind in ("no answer", "no check")} | {c.id for c in lost}
    lines = []
    for number, cell in enumerate(cells, 1):
        if (grade_id(cell) or cell.get("id")) not in names:
            continue
        lines.append(_("Put back: cell {number}, `{line}`.", number=number, line=first_line(cell)))
        answer = lesson / FOLDER / f"{grade_id(cell)}.py"
        if grade_id(cell) and answer.is_file():
            lines.append(_("Your `{name}`, as it last passed its check, is in {file}: copy it into cell {number}.",
                          name=grade_id(cell), file=answer.relative_to(desk_of(lesson)).as_posix(), number=number))  # fmt: skip
    return lines
