"""Which demos of a lesson need not run while it is graded: those that make or change nothing that a cell which runs depends on."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import nbformat

from ..coursedir.cell_names import Names, names_of, names_of_released

_ANYTHING = {"exec", "eval", "globals", "locals", "vars", "get_ipython", "__import__"}
"""Names by which code reaches others without writing them down."""

MOST_CELLS = 500
"""With more, every demo runs: to look at them all would take longer."""


@lru_cache(maxsize=16)
def demos_of(released: Path) -> frozenset[str]:
    """The code cells that a released notebook hands out and grades nothing by."""
    cells = nbformat.read(released, as_version=4).cells
    return frozenset(c.source for c in cells if c.cell_type == "code" and "nbgrader" not in c.metadata)


def unneeded(sources: list[str], demos: frozenset[str]) -> set[str]:
    """Those of `sources` (cells in order) that are in `demos` and that nothing which runs depends on.

    What a cell reads is there from the cells before it: from the last that surely made it, and those that may have made or changed it
    since. What its functions read may come from any cell, also from a later one, for nobody knows when they are called.
    """
    cells = [(names_of_released if source in demos else names_of)(source) for source in sources]
    own = [i for i, source in enumerate(sources) if source not in demos]
    if len(cells) > MOST_CELLS or any((cells[i].reads | cells[i].reads_later) & _ANYTHING for i in own):
        return set()
    changes = _changes(cells)
    sure = _sure(cells, own)
    touching: dict[str, list[int]] = defaultdict(list)
    for i, cell in enumerate(cells):
        for name in cell.makes | changes[i]:
            touching[name].append(i)
    queue = [*own, *(i for i, cell in enumerate(cells) if cell.imports)]
    needed = set(queue)
    while queue:
        i = queue.pop()
        needs = {j for name in cells[i].reads_later for j in touching[name]}
        for name in cells[i].reads | cells[i].strings:
            needs |= _serving(name, i, touching[name], sure, changes)
        queue += needs - needed
        needed |= needs
    running = {sources[i] for i in needed}  # a cell that is there twice runs twice or not at all
    return {source for source in sources if source in demos and source not in running}


def _serving(name: str, at: int, touching: list[int], sure: list[set[str]], changes: list[set[str]]) -> set[int]:
    """The cells that made what `name` is at the cell `at`, or have changed it: also later ones, while the name stays with it."""
    serving: set[int] = set()
    for i in reversed([i for i in touching if i < at]):
        serving.add(i)
        if name in sure[i]:
            break
    for i in (i for i in touching if i > at):
        if name in changes[i]:
            serving.add(i)
        if name in sure[i]:
            break
    return serving


def _changes(cells: list[Names]) -> list[set[str]]:
    """For each cell, the names whose objects it may change: also by functions that it calls, and by other names of the same object.

    Modules are not counted.
    """
    modules = set().union(*(cell.imports for cell in cells))
    held: dict[str, set[str]] = defaultdict(set)
    for cell in cells:
        for name, others in cell.holds.items():
            held[name] |= others - modules
    later: dict[str, set[str]] = defaultdict(set)  # by the function's name, or that of whatever holds it
    grown = True
    while grown:
        grown = False
        for cell in cells:
            changed = _with_held(cell.changes_later.union(*(later[name] for name in cell.reads_later)) - modules, held)
            for name in cell.makes if changed else ():
                grown |= not changed <= later[name]
                later[name] |= changed
    return [_with_held(cell.changes.union(*(later[name] for name in cell.reads)) - modules, held) for cell in cells]


def _with_held(names: set[str], held: dict[str, set[str]]) -> set[str]:
    """The names, and all whose objects theirs may be or hold."""
    every, queue = set(names), list(names)
    while queue:
        fresh = held.get(queue.pop(), set()) - every
        every |= fresh
        queue += fresh
    return every


def _sure(cells: list[Names], own: list[int]) -> list[set[str]]:
    """For each cell, the names that it has made when it has run. Where a cell depends on what a student wrote it may stop half-way."""
    theirs = set().union(*(cells[i].makes for i in own))
    while more := {n for c in cells if (c.reads | c.reads_later | c.strings) & theirs for n in c.makes} - theirs:
        theirs |= more
    doubtful = {i for i, c in enumerate(cells) if (c.reads | c.reads_later | c.strings) & theirs} | set(own)
    return [set() if i in doubtful else cell.surely for i, cell in enumerate(cells)]
