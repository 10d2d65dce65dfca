"""Every graded cell in a student's notebook once, as it was released: what is amiss, and how to put it right."""

from __future__ import annotations

import copy
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import nbformat
from nbformat import NotebookNode

from ..coursedir.files import back_up, write
from ..messages.translate import _
from .my_functions import FOLDER
from .names import out_of_order
from .notebooks import (
    defines,
    first_line,
    grade_id,
    graded,
    own_notebook,
    read_notebook,
    read_released,
    renew_ids,
    same_text,
    stands_alone,
    unmark,
)
from .released import desk_of
from .update import newer_waits


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
    "pieces": "The answer cell of `{name}` was split: one part alone would count.",
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
        elif _pieces(cells, cell, released):
            found.append(Finding("pieces", name))
        elif len(here) > 1:
            found.append(Finding("twice", name))
        elif here[0].cell_type != cell.cell_type:
            found.append(Finding("other type", name))
        elif mark.locked and not same_text(here[0], cell):
            found.append(Finding("changed", name))
    return found + [Finding("no prediction", c.id.removesuffix("-prediction")) for c in _lost_predictions(cells, released)]


def repaired(cells: list[NotebookNode], released: list[NotebookNode], demos: bool = True) -> list[NotebookNode]:
    """`cells` with every graded cell in it once, and the release's other code cells (`demos`); nothing written is dropped."""
    expected = graded(released)
    cells = [copy.deepcopy(c) for c in cells]
    for cell in cells:
        if "nbgrader" in cell.metadata and grade_id(cell) not in expected:
            unmark(cell)
    for name, cell in expected.items():
        if name not in graded(cells) and cell.metadata.nbgrader.solution and cell.cell_type == "code":
            _adopt(name, cells)
        cells = _joined(cells, cell, released)
    cells = _one_of_each(cells, expected)
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
    file = own_notebook(lesson)
    notebook, released = read_notebook(file), read_released(lesson, file)
    later = [_("A newer release of this lesson waits: close the notebook, then `autograder update` merges it.")]
    later = later if newer_waits(lesson, file) else []
    found = findings(notebook.cells, released.cells)
    lost = lost_demos(notebook.cells, released.cells)
    target = lesson / f"{lesson.name}.ipynb"
    if target == file and not found and not lost:
        left = _left_to_do(notebook.cells)
        if left:
            return [*left, _("Nothing else is amiss in {name}, and nothing was changed.", name=file.name), *later]
        return [_("{name} is complete: there is nothing to repair.", name=file.name), *later]
    mended = repaired(notebook.cells, released.cells)
    back = _put_back(mended, lost, found, lesson)
    kept = back_up(file, desk_of(lesson))
    notebook.cells = mended
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    write(target, nbformat.writes(notebook))
    lines = [*(f"{finding}" for finding in found), *back]
    if target != file:
        lines.append(_("{found} is there as {name} now; {found} itself was left alone.", found=file.name, name=target.name))
    lines.append(_("Repaired. Nothing that you wrote was dropped, and {backup} is as it was before.",
                   backup=kept.relative_to(desk_of(lesson)).as_posix()))  # fmt: skip
    lines += _left_to_do(mended)
    return [*lines, *later, _("If the notebook is open, choose File → Reload Notebook from Disk, before you save.")]


def lost_demos(cells: list[NotebookNode], released: list[NotebookNode]) -> list[NotebookNode]:
    """The release's code cells that are gone, and that nobody grades."""
    return [c for c in released if c.cell_type == "code" and not grade_id(c) and not _is_there(c, cells)]


def rest_of_the_cell_above() -> str:
    """What to do about a cell that begins in the middle of something."""
    return _("It may be the rest of the cell above: select both and press Shift+M, which makes one cell of them.")


def _put_back(mended: list[NotebookNode], lost: list[NotebookNode], found: list[Finding], lesson: Path) -> list[str]:
    """A line for each cell that was put back: where it is, its first line, and where an answer to it is kept."""
    gone = {f.name for f in found if f.kind in ("no answer", "no check")} | {c.id for c in lost}
    said = []
    for number, cell in enumerate(mended, 1):
        if (grade_id(cell) or cell.get("id")) not in gone:
            continue
        said.append(_("Put back: cell {number}, `{line}`.", number=number, line=first_line(cell)))
        kept = lesson / FOLDER / f"{grade_id(cell)}.py"
        if grade_id(cell) and kept.is_file():
            said.append(_("Your `{name}`, as it last passed its check, is in {file}: copy it into cell {number}.",
                          name=grade_id(cell), file=kept.relative_to(desk_of(lesson)).as_posix(), number=number))  # fmt: skip
    return said


def _left_to_do(cells: list[NotebookNode]) -> list[str]:
    """What only the student can mend: cells that begin in the middle of something, and cells in the wrong order."""
    said = []
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "code" and cell.source[:1].isspace() and not stands_alone(dedent(cell.source)):
            said.append(_("Cell {number} cannot be run on its own.", number=number) + " " + rest_of_the_cell_above())
    return said + out_of_order(cells)


def _pieces(cells: list[NotebookNode], released: NotebookNode, release: list[NotebookNode]) -> list[NotebookNode]:
    """The cells, in order, that the answer `released` was split into; [] where it was not.

    JupyterLab gives each part the marks of the whole, VS Code the first alone. So a part is also an unmarked cell right below one
    that does not stand alone. Joined, they define the function.
    """
    name, ids, members = grade_id(released), {c.id for c in release}, []
    for i, cell in enumerate(cells):
        below = bool(members) and cells[i - 1] is members[-1] and not grade_id(cell) and cell.get("id") not in ids
        if cell.cell_type == "code" and (grade_id(cell) == name or (below and not stands_alone(cell.source))):
            members.append(cell)
    while len(members) > 1 and not grade_id(members[-1]) and not _whole(members, released):
        members.pop()
    marked = [c for c in cells if grade_id(c) == name]
    all_in = all(any(c is m for m in members) for c in marked)
    split = len(members) > 1 and not all(stands_alone(c.source) for c in members) and all_in
    return members if split and _whole(members, released) else []


def _whole(pieces: list[NotebookNode], released: NotebookNode) -> str:
    """The answer that the pieces make, in order; "" where they make none. A cut in the middle of a line is tried as well."""
    if released.cell_type != "code" or not released.metadata.nbgrader.solution:
        return ""
    parts = list(dict.fromkeys(c.source for c in pieces if not same_text(c, released)))
    for cuts in itertools.product(("\n", ""), repeat=min(len(parts), 7) - 1) if parts else ():
        text = parts[0] + "".join(a + b for a, b in itertools.zip_longest(cuts, parts[1:], fillvalue="\n"))
        if stands_alone(text) and defines(text, grade_id(released)):
            return text
    return ""


def _joined(cells: list[NotebookNode], released: NotebookNode, release: list[NotebookNode]) -> list[NotebookNode]:
    """`cells` with the pieces of an answer that was split in one cell."""
    pieces = _pieces(cells, released, release)
    if pieces:
        pieces[0].source = _whole(pieces, released)
    return [c for c in cells if not any(c is p for p in pieces[1:])]


def _one_of_each(cells: list[NotebookNode], expected: dict[str, NotebookNode]) -> list[NotebookNode]:
    """Leaves nbgrader's mark on one copy of each graded cell, the one to grade."""
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
        elif cell.cell_type != "code":
            chosen, gone = here[0], here[1:]
            chosen.source = "\n\n".join(dict.fromkeys(c.source for c in here if not same_text(c, cell)))
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
