"""An answer that was split into several cells: which they are, and the one that they make."""

from __future__ import annotations

import itertools

from nbformat import NotebookNode

from .notebooks import defines, grade_id, same_text, stands_alone


def pieces_of(cells: list[NotebookNode], released: NotebookNode, release: list[NotebookNode]) -> list[NotebookNode]:
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


def joined(cells: list[NotebookNode], released: NotebookNode, release: list[NotebookNode]) -> list[NotebookNode]:
    """`cells` with the pieces of an answer that was split in one cell."""
    pieces = pieces_of(cells, released, release)
    if pieces:
        pieces[0].source = _whole(pieces, released)
    return [c for c in cells if not any(c is p for p in pieces[1:])]


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
