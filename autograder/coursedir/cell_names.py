"""The names of a cell of code: what it makes, what it needs to be there when it runs, and what its functions need when they do.

Read from the syntax tree: what Python's own symbol table says of comprehensions differs from one version to another.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache

_READERS = {
    "abs", "all", "any", "bool", "dict", "enumerate", "float", "int", "isinstance", "len", "list", "max", "min", "print", "range",
    "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "type", "zip",
}  # fmt: skip
"""Functions of Python's that leave their arguments as they are."""

_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Names:
    """`makes` are bound when the cell runs, `surely` whatever happens in it; `imports` are those of them that are modules or from one.

    `reads` are needed when the cell runs, `reads_later` when its functions do; `strings` are what functions are given that may
    look a name up, as `yours("softmax")` does. `changes` and
    `changes_later` are names whose objects may be changed then: by an assignment into them, a method, or a function they are given to.
    `holds` says of a name which others' objects may be, or be in, what it names.
    """

    makes: set[str] = field(default_factory=set)
    surely: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    reads_later: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    changes_later: set[str] = field(default_factory=set)
    strings: set[str] = field(default_factory=set)
    holds: dict[str, set[str]] = field(default_factory=dict)


def names_of(source: str) -> Names:
    """A cell that is no Python has no names: it cannot be run either."""
    names = Names()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings
            tree = ast.parse(without_magics(source))
        walker = _Walker(names)
        for statement in tree.body:
            walker.visit(statement)
            names.surely |= _bound(statement)
        for node in ast.walk(tree):
            for name, value in _holdings(node):
                names.holds.setdefault(name, set()).update(_parts(value))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names()
    return names


def without_magics(source: str) -> str:
    """The code with `pass` in place of IPython's own lines."""
    return re.sub(r"^([^\S\n]*)[%!].*", r"\1pass", source, flags=re.MULTILINE)


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds if it does not stop."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return _imported(statement)
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return {
            n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
    return set()


def _holdings(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """What a name may hold when the node has run: (name, expression)."""
    pairs: list[tuple[ast.AST, ast.AST | None]] = []
    if isinstance(node, ast.Assign):
        pairs = [(target, node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        pairs = [(node.target, node.value)]
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        pairs = [(node.target, node.iter)]
    elif isinstance(node, ast.withitem):
        pairs = [(node.optional_vars, node.context_expr)] if node.optional_vars else []
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        pairs = [(node.func, value) for value in (*node.args, *(k.value for k in node.keywords))]
    names = [(n.id, value) for target, value in pairs for n in ast.walk(target) if isinstance(n, ast.Name)]
    return [(name, value) for name, value in names if value is not None]


def _parts(value: ast.AST) -> set[str]:
    """The names in an expression, but those of functions that it calls."""
    called = {id(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(value) if isinstance(node, ast.Name) and id(node) not in called}


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


class _Walker(ast.NodeVisitor):
    """Sorts names into `names`. `scopes` are the local names of the functions, classes and comprehensions around a node."""

    def __init__(self, names: Names):
        self.names, self.scopes, self.globals, self.functions = names, [], set(), 0

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._note(node.id, self.names.reads, self.names.reads_later)
        else:
            self._make(node.id)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name in _imported(node):
            self._make(name)
        if not self.scopes:
            self.names.imports |= _imported(node)

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._make(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self._make(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._make(node.rest)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._note(node.target.id, self.names.reads, self.names.reads_later)
        self._change(node.target)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._change(node)
        self.generic_visit(node)

    visit_Subscript = visit_Attribute

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            self._change(node.func)
        if not (isinstance(node.func, ast.Name) and node.func.id in _READERS):
            if isinstance(node.func, ast.Name):
                texts = (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
                self.names.strings |= {text for text in texts if text.isidentifier()}
            for argument in (*node.args, *(k.value for k in node.keywords)):
                self._change(argument)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: _FUNCTION) -> None:
        if not isinstance(node, ast.Lambda):
            self._make(node.name)
            for outside in (*node.decorator_list, node.returns):
                self.visit(outside) if outside else None
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for outside in (*arguments.defaults, *arguments.kw_defaults, *(a.annotation for a in every if a)):
            self.visit(outside) if outside else None
        body = node.body if isinstance(node.body, list) else [node.body]
        own, outer = _locals(body)
        self.scopes.append((own | {a.arg for a in every if a}) - outer)
        before, self.globals = self.globals, self.globals | outer
        self.functions += 1
        for inside in body:
            self.visit(inside)
        self.functions -= 1
        self.globals = before
        self.scopes.pop()

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._make(node.name)
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outside)
        self.scopes.append(set())  # its own names are no variables of its methods, so reading one counts as reading outside
        for inside in node.body:
            self.visit(inside)
        self.scopes.pop()

    def visit_ListComp(self, node: _COMPREHENSION) -> None:
        targets = [n for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)]
        self.visit(node.generators[0].iter)  # looked up outside
        self.scopes.append({n.id for n in targets})
        self.generic_visit(node)
        self.scopes.pop()

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        if not self.functions:  # it binds outside of a comprehension
            self.names.makes.add(node.target.id)

    def _make(self, name: str | None) -> None:
        if name and not self.scopes:
            self.names.makes.add(name)
        elif name in self.globals:
            self.names.changes_later.add(name)

    def _note(self, name: str, now: set[str], later: set[str]) -> None:
        if not any(name in scope for scope in self.scopes):
            (later if self.functions else now).add(name)

    def _change(self, node: ast.AST) -> None:
        """Notes the name whose object an expression is, or is a part of; what a function returns is no part of the function."""
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        ):
            node = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Name):  # a local name, too: it may be another one for an object outside
            (self.names.changes_later if self.functions else self.names.changes).add(node.id)


def _locals(body: list[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that a function's body binds, and those that it declares to be outside."""
    own: set[str] = set()
    outer: set[str] = set()
    queue = list(body)
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Global):
            outer |= set(node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            own |= _imported(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            own.add(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            own.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            own.add(node.rest)
        if isinstance(node, _COMPREHENSION):  # its targets are its own; what it names with := is the function's
            own |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
            continue
        queue += ast.iter_child_nodes(node)
    return own, outer


@lru_cache(maxsize=512)
def names_of_released(source: str) -> Names:
    """The same, of a cell that all submissions have. Not to be changed."""
    return names_of(source)
