"""A student's cells with every graded cell among them once, as it was released."""

from __future__ import annotations

import copy

from nbformat import NotebookNode

from .findings import is_there
from .notebooks import defines, grade_id, graded, renew_ids, same_text, unmark
from .pieces import joined


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
        cells = joined(cells, cell, released)
    cells = _one_of_each(cells, expected)
    for i, cell in enumerate(released):
        lost = grade_id(cell) not in graded(cells) if grade_id(cell) else demos and not is_there(cell, cells)
        if lost and (grade_id(cell) or cell.cell_type == "code"):
            before = [j for j, c in enumerate(cells) if any(_is_same_cell(c, r) for r in released[:i])]
            cells.insert(max(before, default=-1) + 1, copy.deepcopy(cell))
    names = graded(cells)
    for name, cell in expected.items():
        names[name].metadata |= copy.deepcopy(cell.metadata)
    renew_ids(cells, {id(names[name]): cell.id for name, cell in expected.items()})
    return cells


def _adopt(name: str, cells: list[NotebookNode]) -> None:
    """Marks the last cell that defines the function `name`, where there is one, as its answer; `repaired` completes the mark."""
    own = [c for c in cells if c.cell_type == "code" and not grade_id(c) and defines(c.source, name)]
    if own:
        own[-1].metadata["nbgrader"] = NotebookNode(grade_id=name)


def _one_of_each(cells: list[NotebookNode], expected: dict[str, NotebookNode]) -> list[NotebookNode]:
    """Leaves nbgrader's mark on one copy of each graded cell, the one to grade."""
    for name, cell in expected.items():
        here = [c for c in cells if grade_id(c) == name]
        if not here:
            continue
        whole = [c for c in here if same_text(c, cell)]
        chosen, surplus = here[-1], []
        if cell.metadata.nbgrader.locked:
            chosen, surplus = (
                (whole[-1], whole[:-1]) if whole else (None, [])
            )  # a changed one becomes a cell of the student's
        elif all(same_text(c, here[0]) for c in here):
            surplus = here[:-1]
        elif cell.cell_type != "code":
            chosen, surplus = here[0], here[1:]
            chosen.source = "\n\n".join(dict.fromkeys(c.source for c in here if not same_text(c, cell)))
        else:
            defining = [c for c in here if defines(c.source, name)]
            chosen = ([c for c in defining if not same_text(c, cell)] or defining or here)[-1]
        for other in here:
            if other is not chosen:
                unmark(other)
        cells = [_retyped(c, cell) if c is chosen else c for c in cells if not any(c is s for s in surplus)]
    return cells


def _retyped(cell: NotebookNode, released: NotebookNode) -> NotebookNode:
    """The cell, of the type that it was released with."""
    if cell.cell_type == released.cell_type:
        return cell
    retyped = copy.deepcopy(released)
    retyped.source = cell.source
    return retyped


def _is_same_cell(a: NotebookNode, b: NotebookNode) -> bool:
    return a.get("id") == b.id or (bool(grade_id(b)) and grade_id(a) == grade_id(b)) or same_text(a, b)
