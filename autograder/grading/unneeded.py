"""Which demos of a lesson need not run while it is graded: those that make or change nothing that another cell reads."""

from __future__ import annotations

import ast
import symtable
import warnings
from dataclasses import dataclass
from functools import lru_cache

_ANYTHING = {"exec", "eval", "globals", "locals", "vars", "get_ipython", "__import__"}
"""Names by which code reaches others without writing them down."""


@dataclass(frozen=True)
class _Uses:
    """A cell's names: what it reads, what it makes or may change, and what it imports."""

    reads: frozenset[str]
    makes: frozenset[str]
    imports: frozenset[str]


def unneeded(sources: list[str], demos: frozenset[str]) -> set[str]:
    """Those of `sources` (cells in order) that are in `demos` and that nothing else depends on."""
    uses = {source: (_uses_of_demo if source in demos else _uses)(source) for source in dict.fromkeys(sources)}
    imported = frozenset().union(*(u.imports for u in uses.values()))
    needed: set[str] = set()
    for source in sources:
        if source not in demos:
            if uses[source].reads & _ANYTHING:
                return set()
            needed |= uses[source].reads - imported
    idle = {s for s in sources if s in demos and not uses[s].imports}
    while woken := {s for s in idle if (uses[s].makes - imported) & needed}:
        idle -= woken
        for source in woken:
            needed |= uses[source].reads - imported
    return idle


@lru_cache(maxsize=512)
def _uses_of_demo(source: str) -> _Uses:
    """Demos are the same in all submissions."""
    return _uses(source)


def _uses(source: str) -> _Uses:
    """A cell that cannot be read uses nothing: it cannot be run either."""
    plain = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings
            tree, table = ast.parse(plain), symtable.symtable(plain, "cell", "exec")
        reached = _globals(table)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Uses(frozenset(), frozenset(), frozenset())
    reads = {s.get_name() for s in table.get_symbols() if s.is_referenced()} | reached
    makes = {s.get_name() for s in table.get_symbols() if s.is_assigned()}
    imports = {s.get_name() for s in table.get_symbols() if s.is_imported()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript):
            while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
                node = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(node, ast.Name):
                makes.add(node.id)
    return _Uses(frozenset(reads), frozenset(makes), frozenset(imports))


def _globals(table: symtable.SymbolTable) -> set[str]:
    """The names outside themselves that functions and classes in a cell refer to."""
    found = set()
    for inner in table.get_children():
        found |= {s.get_name() for s in inner.get_symbols() if s.is_global() or s.is_free()} | _globals(inner)
    return found
