"""Turns a declared answer, right or wrong, into the cell a student would have written."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable

from .exercise import Exercise


def as_cell(exercise: Exercise, function: Callable | None = None) -> str:
    """Code that defines `exercise.name` as `function` (the reference where left out), with the helpers it calls."""
    function = function or exercise.reference
    if function is exercise.reference:
        return exercise.source()
    parts = _with_helpers(exercise, [function.__name__])
    names = {node.name: f"_{node.name}" for node in parts} | {function.__name__: exercise.name}
    return (
        "\n".join(_imports(exercise)) + "\n\n\n" + "\n\n\n".join(ast.unparse(_Rename(names).visit(node)) for node in parts)
    )


def held_source(exercise: Exercise, seed: str = "visible") -> str:
    """A module that defines the functions that the judge holds for the key of this seed, with the helpers they call.

    Their text is copied: what `ast.unparse` makes of it depends on the Python that builds.
    """
    lines = exercise.file.read_text(encoding="utf-8").splitlines()
    parts = ["\n".join(lines[n.lineno - 1 : n.end_lineno]) for n in _with_helpers(exercise, list(exercise.makers()))]
    classes = {maker.__name__ for maker in exercise.held if inspect.isclass(maker)}
    details = [
        f"{name}{'.__init__' if name in classes else ''}.__kwdefaults__ = {drawn!r}"
        for name, drawn in exercise.drawn_details(seed).items()
    ]
    return "\n\n\n".join(["\n".join(_imports(exercise)), *parts, *(["\n".join(details)] if details else [])]) + "\n"


def _with_helpers(exercise: Exercise, names: list[str]) -> list[ast.FunctionDef | ast.ClassDef]:
    """The functions `names` of the exercise's module and all that they call there, in the module's order, undecorated."""
    tree = ast.parse(exercise.file.read_text(encoding="utf-8"))
    defined = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    wanted, queue = [], list(names)
    while queue:
        name = queue.pop(0)
        if name in defined and name not in wanted:
            wanted.append(name)
            queue += [n.id for n in ast.walk(defined[name]) if isinstance(n, ast.Name)]
    parts = [node for name, node in defined.items() if name in wanted]
    for node in parts:
        node.decorator_list = []
    return parts


def standalone(exercise: Exercise, exercises: dict[str, Exercise]) -> str:
    """A module that defines the reference and, before it, every reference that it calls."""
    ordered: list[Exercise] = []

    def add(one: Exercise) -> None:
        for name in one.needs:
            add(exercises[name])
        if one not in ordered:
            ordered.append(one)

    add(exercise)
    imports = {line for one in ordered for line in _imports(one)}
    return "\n".join(sorted(imports)) + "\n\n\n" + "\n\n\n".join(one.source() for one in ordered) + "\n"


def _imports(exercise: Exercise) -> list[str]:
    """The plain imports of the exercise's module."""
    tree = ast.parse(exercise.file.read_text(encoding="utf-8"))
    return [ast.unparse(n) for n in tree.body if isinstance(n, ast.Import)]


class _Rename(ast.NodeTransformer):
    """Renames functions where they are defined and called."""

    def __init__(self, names: dict[str, str]):
        self.names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self.names.get(node.name, node.name)
        self.generic_visit(node)
        return node

    visit_ClassDef = visit_FunctionDef

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node
