"""Which names the cells of a notebook make and use, as Python's own symbol table has it: what is out of order."""

from __future__ import annotations

import builtins
import symtable
import warnings
from collections.abc import Iterator

from nbformat import NotebookNode

from ..words import _
from .notebooks import without_magics

COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


def makers(name: str, cells: list[NotebookNode]) -> list[int]:
    """The numbers, from 1, of the cells that make `name`."""
    return [number for number, cell in enumerate(cells, 1) if name in made_and_used(cell)[0]]


def made_and_used(cell: NotebookNode) -> tuple[set[str], set[str]]:
    """The names that running the cell makes, and those that it needs to be there; what functions use is not among them."""
    if cell.cell_type != "code":
        return set(), set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings
            top = symtable.symtable(without_magics(cell.source), "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()
    made = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    return made, set(_used(top)) - made - set(dir(builtins))


def out_of_order(cells: list[NotebookNode]) -> list[str]:
    """A sentence for each cell that uses what only a later cell makes: one of the two was moved."""
    known = [made_and_used(cell) for cell in cells]
    said = []
    for i, (_made, used) in enumerate(known):
        for name in sorted(used):
            below = next((j for j in range(i + 1, len(known)) if name in known[j][0]), None)
            if below is not None and not any(name in made for made, _used in known[:i]):
                said.append(too_late(i + 1, name, below + 1))
    return said


def too_late(number: int, name: str, maker: int) -> str:
    return _("Cell {number} uses `{name}`, which cell {maker} further down makes: move that one up, or this one below it.",
             number=number, name=name, maker=maker)  # fmt: skip


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    yield from (s.get_name() for s in table.get_symbols() if s.is_referenced() and s.is_global())
    for inner in table.get_children():
        if inner.get_name() in COMPREHENSIONS:
            yield from _used(inner)
