"""Which names the cells of a notebook make and use: what is out of order."""

from __future__ import annotations

import builtins

from nbformat import NotebookNode

from ..coursedir.cell_names import names_of
from ..messages.translate import _


def makers(name: str, cells: list[NotebookNode]) -> list[int]:
    """The numbers, from 1, of the cells that make `name`."""
    return [number for number, cell in enumerate(cells, 1) if name in made_and_used(cell)[0]]


def made_and_used(cell: NotebookNode) -> tuple[set[str], set[str]]:
    """The names that running the cell makes, and those that it needs to be there; what functions use is not among them."""
    if cell.cell_type != "code":
        return set(), set()
    names = names_of(cell.source)
    return names.makes, names.reads - names.makes - set(dir(builtins))


def out_of_order(cells: list[NotebookNode]) -> list[str]:
    """A sentence for each cell that uses what only a later cell makes: one of the two was moved."""
    uses = [made_and_used(cell) for cell in cells]
    sentences = []
    for i, (_makes, used) in enumerate(uses):
        for name in sorted(used):
            below = next((j for j in range(i + 1, len(uses)) if name in uses[j][0]), None)
            if below is not None and not any(name in makes for makes, _used in uses[:i]):
                sentences.append(too_late(i + 1, name, below + 1))
    return sentences


def too_late(number: int, name: str, maker: int) -> str:
    return _("Cell {number} uses `{name}`, which cell {maker} further down makes: move that one up, or this one below it.",
             number=number, name=name, maker=maker)  # fmt: skip
