"""Every graded cell in a student's notebook once, as it was released: what is amiss, and how to put it right."""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ..words import _
from .files import back_up, write
from .lessons import desk_of
from .notebooks import (
    defines,
    grade_id,
    graded,
    own_notebook,
    parses,
    read_notebook,
    read_released,
    renew_ids,
    same_text,
    unmark,
)


@dataclass(frozen=True)
class Finding:
    """Something amiss with the cell `name` of the release."""

    kind: str
    name: str

    def __str__(self) -> str:
        return _(SENTENCES[self.kind], name=self.name.removesuffix("-check"))


SENTENCES = {
    "no answer": "The answer cell of `{name}` is missing: it would count as not done.",
    "no check": "The check cell of `{name}` is missing.",
    "no prediction": "The cell of the prediction `{name}` is missing: it would count as not made.",
    "unmarked": "The answer cell of `{name}` is a new cell, which the grader does not know by name.",
    "twice": "A cell of `{name}` is there more than once: the last one would count, whatever is in it.",
    "pieces": "The answer cell of `{name}` was split: its last part alone would count.",
    "other type": "The cell of `{name}` is of another type (code, Markdown, raw) than it was released with.",
    "changed": "The check cell of `{name}` was changed. Grading uses the released one.",
}


def findings(cells: list[NotebookNode], released: list[NotebookNode]) -> list[Finding]:
    """What is amiss with the graded cells, in the order of the release; [] where nothing is."""
    found = []
    copies = defaultdict(list)
    for cell in cells:
        copies[grade_id(cell)].append(cell)
    expected = graded(released)
    for name, cell in expected.items():
        mark, here = cell.metadata.nbgrader, copies[name]
        if not here and mark.solution:
            own = cell.cell_type == "code" and any(grade_id(c) not in expected and defines(c.source, name) for c in cells)
            found.append(Finding("unmarked" if own else "no answer", name))
        elif not here:
            found.append(Finding("no check", name))
        elif len(here) > 1:
            found.append(Finding("pieces" if _is_split(here, cell, name) else "twice", name))
        elif here[0].cell_type != cell.cell_type:
            found.append(Finding("other type", name))
        elif mark.locked and not same_text(here[0], cell):
            found.append(Finding("changed", name))
    return found + [Finding("no prediction", c.id.removesuffix("-prediction")) for c in _lost_predictions(cells, released)]


def repaired(cells: list[NotebookNode], released: list[NotebookNode], demos: bool = True) -> list[NotebookNode]:
    """`cells` with every graded cell in it once, and the release's other code cells (`demos`); nothing written is dropped."""
    expected = graded(released)
    cells = _one_of_each([copy.deepcopy(c) for c in cells], expected)
    for name, cell in expected.items():
        if name not in graded(cells) and cell.metadata.nbgrader.solution and cell.cell_type == "code":
            _adopt(name, cells)
    for i, cell in enumerate(released):
        gone = grade_id(cell) not in graded(cells) if grade_id(cell) else demos and not _is_there(cell, cells)
        if gone and (grade_id(cell) or cell.cell_type == "code"):
            before = [j for j, c in enumerate(cells) if any(_is_same_cell(c, r) for r in released[:i])]
            cells.insert(max(before, default=-1) + 1, copy.deepcopy(cell))
    names = graded(cells)
    for name, cell in expected.items():
        names[name].metadata |= copy.deepcopy(cell.metadata)
    renew_ids(cells, {id(names[name]): cell.id for name, cell in expected.items()})
    return cells


def repair(lesson: Path) -> list[str]:
    """Repairs the student's notebook in the folder `lesson`, after a backup; returns what it did, a line each."""
    file, released = own_notebook(lesson), read_released(lesson)
    notebook = read_notebook(file)
    found = findings(notebook.cells, released.cells)
    mended = repaired(notebook.cells, released.cells)
    target = lesson / f"{lesson.name}.ipynb"
    back = len(mended) - len(notebook.cells)
    if target == file and not found and back <= 0:
        return [_("{name} is complete: there is nothing to repair.", name=file.name)]
    kept = back_up(file, desk_of(lesson))
    notebook.cells = mended
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    write(target, nbformat.writes(notebook).encode())
    lines = [f"{finding}" for finding in found]
    if target != file:
        lines.append(_("{found} is there as {name} now; {found} itself was left alone.", found=file.name, name=target.name))
    lines.append(_("Repaired. Nothing that you wrote was dropped, and {backup} is as it was before.",
                   backup=kept.relative_to(desk_of(lesson)).as_posix()))  # fmt: skip
    return [*lines, _("If the notebook is open, choose File → Reload Notebook from Disk, before you save.")]


def _is_split(here: list[NotebookNode], cell: NotebookNode, name: str) -> bool:
    """Whether these are pieces of one code cell: some cannot stand alone, and all together define the function."""
    if cell.cell_type != "code" or all(parses(c.source) for c in here):
        return False
    return defines("\n".join(c.source for c in here), name)


def _one_of_each(cells: list[NotebookNode], expected: dict[str, NotebookNode]) -> list[NotebookNode]:
    """Leaves nbgrader's mark on one copy of each graded cell, the one to grade, and on no other cell."""
    for cell in cells:
        if "nbgrader" in cell.metadata and grade_id(cell) not in expected:
            unmark(cell)
    for name, cell in expected.items():
        here = [c for c in cells if grade_id(c) == name]
        if not here:
            continue
        whole = [c for c in here if same_text(c, cell)]
        chosen, gone = here[-1], []
        if cell.metadata.nbgrader.locked:
            chosen, gone = (whole[-1], whole[:-1]) if whole else (None, [])  # a changed one becomes a cell of the student's
        elif all(same_text(c, here[0]) for c in here):
            gone = here[:-1]
        elif cell.cell_type != "code" or _is_split(here, cell, name):
            chosen, gone = here[0], here[1:]
            parts = [c.source for c in here if not same_text(c, cell)]
            chosen.source = ("\n" if cell.cell_type == "code" else "\n\n").join(dict.fromkeys(parts))
        else:
            defining = [c for c in here if defines(c.source, name)]
            chosen = ([c for c in defining if not same_text(c, cell)] or defining or here)[-1]
        for other in here:
            if other is not chosen:
                unmark(other)
        cells = [_retyped(c, cell) if c is chosen else c for c in cells if not any(c is g for g in gone)]
    return cells


def _retyped(cell: NotebookNode, released: NotebookNode) -> NotebookNode:
    """The cell, of the type that it was released with."""
    if cell.cell_type == released.cell_type:
        return cell
    made = copy.deepcopy(released)
    made.source = cell.source
    return made


def _adopt(name: str, cells: list[NotebookNode]) -> None:
    """Marks the last cell that defines the function `name`, where there is one, as its answer; `repaired` completes the mark."""
    own = [c for c in cells if c.cell_type == "code" and not grade_id(c) and defines(c.source, name)]
    if own:
        own[-1].metadata["nbgrader"] = NotebookNode(grade_id=name)


def _is_there(cell: NotebookNode, cells: list[NotebookNode]) -> bool:
    name = cell.id.removesuffix("-prediction")
    if name != cell.id and any(re.search(rf"^{re.escape(name)}\s*=", c.source, re.MULTILINE) for c in cells):
        return True
    return any(c.get("id") == cell.id or same_text(c, cell) for c in cells)


def _is_same_cell(a: NotebookNode, b: NotebookNode) -> bool:
    return a.get("id") == b.id or (bool(grade_id(b)) and grade_id(a) == grade_id(b)) or same_text(a, b)


def _lost_predictions(cells: list[NotebookNode], released: list[NotebookNode]) -> list[NotebookNode]:
    return [c for c in released if c.id.endswith("-prediction") and c.cell_type == "code" and not _is_there(c, cells)]
