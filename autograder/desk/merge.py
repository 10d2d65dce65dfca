"""A newer release of a lesson, merged into a notebook that was begun: a three-way decision, cell by cell.

Cells of the release that were left alone become those of the new release. What the student wrote, into a cell of the release or
in one of their own, always stays, in its place. So there are no conflicts, which is why this is no general merge such as nbdime's.
"""

from __future__ import annotations

import copy
import difflib
from dataclasses import dataclass, field

from nbformat import NotebookNode

from .notebooks import grade_id, graded, renew_ids, same_text, unmark


@dataclass
class Merged:
    """The cells, and what there is to say: cells of the release that are new or changed, answers kept, answers with no task left."""

    cells: list[NotebookNode]
    fresh: int = 0
    answers: list[str] = field(default_factory=list)
    restubbed: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def merge(mine: list[NotebookNode], base: list[NotebookNode], new: list[NotebookNode]) -> Merged:
    """`mine` was begun from the release `base`, and has each of its graded cells once; `new` is the newer release."""
    place = _places(base, new)
    origin = _origins(mine, base)
    own: dict[int, list[NotebookNode]] = {}  # cells that go after the cell of this number in `new`; -1: before all
    result: dict[int, NotebookNode] = {}
    merged = Merged([])
    after = -1
    for cell, at in zip(mine, origin, strict=True):
        to = place[at] if at is not None else None
        touched = at is None or not (same_text(cell, base[at]) or _locked(base[at]))
        counterpart = to is not None and _is_same(base[at], new[to])
        if to is not None:
            after = to
        if at is not None and counterpart and to not in result:
            result[to] = _updated(cell, base[at], new[to], touched)
            if touched:
                merged.answers.append(_name(new[to]))
                if not same_text(base[at], new[to]) and grade_id(new[to]):
                    merged.restubbed.append(_name(new[to]))
        elif touched:
            own_cell = copy.deepcopy(cell)
            if grade_id(own_cell):
                merged.dropped.append(_name(cell))
            unmark(own_cell)
            own.setdefault(after, []).append(own_cell)
    gone = {i for i in range(len(base)) if i not in {a for a in origin if a is not None}}
    preferred = {}
    merged.cells = list(own.get(-1, []))
    for number, cell in enumerate(new):
        before = next((i for i in range(len(base)) if place[i] == number and _is_same(base[i], cell)), None)
        if number in result or not (before in gone and same_text(base[before], cell) and not grade_id(cell)):
            merged_cell = result.get(number) or copy.deepcopy(cell)  # else the student deleted a cell that has not changed
            preferred[id(merged_cell)] = cell.id
            merged.cells.append(merged_cell)
            merged.fresh += before is None or not same_text(base[before], cell)
        merged.cells += own.get(number, [])
    renew_ids(merged.cells, preferred)
    return merged


def _updated(cell: NotebookNode, base: NotebookNode, new: NotebookNode, touched: bool) -> NotebookNode:
    """The cell of the new release, with the student's text where there is one, and outputs where the text is the same."""
    updated = copy.deepcopy(cell if touched or same_text(base, new) else new)
    updated.metadata = copy.deepcopy(new.metadata)
    if _locked(new):
        updated.source = new.source
    return updated


def _origins(mine: list[NotebookNode], base: list[NotebookNode]) -> list[int | None]:
    """For each cell, the number of the cell of `base` that it comes from; None for a cell of the student's own."""
    ids = {c.id: i for i, c in enumerate(base)}
    names = {name: ids[c.id] for name, c in graded(base).items()}
    matched: set[int] = set()
    origin: list[int | None] = []
    for cell in mine:
        at = names.get(grade_id(cell)) if grade_id(cell) else ids.get(cell.get("id"))
        if at is not None and (at in matched or base[at].cell_type != cell.cell_type):
            at = None
        origin.append(at)
        matched.add(at) if at is not None else None
    for i, cell in enumerate(mine):  # ids are lost where an older tool has saved the notebook: then the text tells
        if origin[i] is None and not grade_id(cell):
            at = next((j for j, b in enumerate(base) if j not in matched and not grade_id(b) and same_text(cell, b)), None)
            origin[i] = at
            matched.add(at) if at is not None else None
    return origin


def _places(base: list[NotebookNode], new: list[NotebookNode]) -> list[int]:
    """For each cell of `base`, the number in `new` of the same cell, or of the one that stands in its place; -1 for the top."""
    keys = [[grade_id(c) or c.id for c in cells] for cells in (base, new)]
    place = [-1] * len(base)
    for kind, a, a_end, b, b_end in difflib.SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        for i in range(a, a_end):
            place[i] = b + i - a if kind == "equal" else min(b + i - a, b_end - 1)
    where = {key: j for j, key in enumerate(keys[1])}
    return [where.get(key, place[i]) for i, key in enumerate(keys[0])]


def _is_same(a: NotebookNode, b: NotebookNode) -> bool:
    """Whether both are the same cell, in two releases."""
    return (grade_id(a) == grade_id(b)) if grade_id(a) or grade_id(b) else a.id == b.id


def _locked(cell: NotebookNode) -> bool:
    return bool(grade_id(cell)) and bool(cell.metadata.nbgrader.locked)


def _name(cell: NotebookNode) -> str:
    return grade_id(cell) or cell.get("id", "")
