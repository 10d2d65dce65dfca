"""What is amiss in a student's notebook, next to the release that it was made from."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from textwrap import dedent

from nbformat import NotebookNode

from ..coursedir.cells import task_name
from ..messages.translate import _
from .names import out_of_order
from .notebooks import defines, grade_id, graded, same_text, stands_alone
from .pieces import pieces_of


@dataclass(frozen=True)
class Finding:
    """Something amiss with the cell `name` of the release."""

    kind: str
    name: str

    def __str__(self) -> str:
        return _(SENTENCES[self.kind], name=task_name(self.name))


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
    amiss = []
    copies = defaultdict(list)
    for cell in cells:
        copies[grade_id(cell)].append(cell)
    expected = graded(released)
    for name, cell in expected.items():
        mark, here = cell.metadata.nbgrader, copies[name]
        if not here and mark.solution:
            own = cell.cell_type == "code" and any(grade_id(c) not in expected and defines(c.source, name) for c in cells)
            amiss.append(Finding("unmarked" if own else "no answer", name))
        elif not here:
            amiss.append(Finding("no check", name))
        elif pieces_of(cells, cell, released):
            amiss.append(Finding("pieces", name))
        elif len(here) > 1:
            amiss.append(Finding("twice", name))
        elif here[0].cell_type != cell.cell_type:
            amiss.append(Finding("other type", name))
        elif mark.locked and not same_text(here[0], cell):
            amiss.append(Finding("changed", name))
    predictions = [c.id for c in lost_demos(cells, released) if c.id.endswith("-prediction")]
    return amiss + [Finding("no prediction", name.removesuffix("-prediction")) for name in predictions]


def lost_demos(cells: list[NotebookNode], released: list[NotebookNode]) -> list[NotebookNode]:
    """The release's code cells that are gone, and that nobody grades."""
    return [c for c in released if c.cell_type == "code" and not grade_id(c) and not is_there(c, cells)]


def is_there(cell: NotebookNode, cells: list[NotebookNode]) -> bool:
    """Whether a cell of the release is among `cells`; the cell of a prediction is also one that makes it."""
    name = cell.id.removesuffix("-prediction")
    if name != cell.id and any(re.search(rf"^{re.escape(name)}\s*=", c.source, re.MULTILINE) for c in cells):
        return True
    return any(c.get("id") == cell.id or same_text(c, cell) for c in cells)


def loose_ends(cells: list[NotebookNode]) -> list[str]:
    """What only the student can mend: cells that begin in the middle of something, and cells in the wrong order."""
    lines = []
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "code" and cell.source[:1].isspace() and not stands_alone(dedent(cell.source)):
            lines.append(_("Cell {number} cannot be run on its own.", number=number) + " " + rest_of_the_cell_above())
    return lines + out_of_order(cells)


def rest_of_the_cell_above() -> str:
    """What to do about a cell that begins in the middle of something."""
    return _("It may be the rest of the cell above: select both and press Shift+M, which makes one cell of them.")
