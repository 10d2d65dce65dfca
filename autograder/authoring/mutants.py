"""Small changes to a reference, one at a time: what a slip of the hand would make of it. Every check must catch them."""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .exercise import Exercise


@dataclass(frozen=True)
class Mutant:
    """A changed reference. `change` says where and what: "body line 2: a - b → a + b", counted after the docstring. `line` is
    counted in the file."""

    change: str
    function: Callable
    line: int


def mutants(exercise: Exercise) -> list[Mutant]:
    """Every mutant of the reference whose code differs from it and from the others', and compiles."""
    tree = ast.parse(exercise.source())
    texts, every = {ast.unparse(tree)}, []
    for number, node in enumerate(_nodes(tree)):
        for make in _changes(node):
            changed = copy.deepcopy(tree)
            target = list(_nodes(changed))[number]
            replacement = make(target)
            _replace(changed, target, replacement)
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in texts:
                texts.add(text)
                change = f"{_line(node, tree)}: {_brief(node)} → {_brief(replacement) or 'nothing'}"
                if function := _compile(exercise, text):
                    every.append(Mutant(change, function, exercise.reference.__code__.co_firstlineno + node.lineno - 1))
    return every


def _compile(exercise: Exercise, text: str) -> Callable | None:
    """The function that `text` defines; None where a change left something that is no Python, which no student can hand in."""
    names = dict(vars(sys.modules[exercise.reference.__module__]))
    try:
        exec(compile(text, f"<mutant of {exercise.name}>", "exec"), names)
    except SyntaxError:
        return None
    return names[exercise.name]


def _line(node: ast.AST, tree: ast.Module) -> str:
    """Where `node` stands in the function, in words that a longer docstring leaves as they are."""
    line = node.lineno - tree.body[0].body[0].end_lineno
    return f"body line {line}" if line > 0 else "signature"


def _brief(node: ast.AST) -> str:
    return "" if isinstance(node, ast.Pass) else " ".join(ast.unparse(node).split())[:80]


def _nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement and expression of the body that can matter: no docstring, no annotation, no text of an error."""

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.Raise) or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield child
            yield from walk(child)

    function = tree.body[0]
    yield from function.args.defaults
    for statement in function.body[1:]:
        yield statement
        yield from walk(statement)


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list):
                setattr(parent, name, [new if item is old else item for item in value])


_OPERATORS = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.FloorDiv: (ast.Mod,),
    ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,), ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,),
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.And: (ast.Or,), ast.Or: (ast.And,),
}  # fmt: skip

Change = Callable[[ast.AST], ast.AST]


def _changes(node: ast.AST) -> Iterator[Change]:
    """The ways to change this one node; each is given a copy of it."""
    if isinstance(node, ast.BinOp):
        yield from (lambda n, op=op: ast.BinOp(n.left, op(), n.right) for op in _OPERATORS.get(type(node.op), ()))
        if not isinstance(node.op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr):
            yield lambda n: ast.BinOp(n.right, n.op, n.left)
        yield lambda n: n.left
        yield lambda n: n.right
    elif isinstance(node, ast.Compare):
        for i, old in enumerate(node.ops):
            for op in _OPERATORS.get(type(old), ()):
                yield lambda n, i=i, op=op: ast.Compare(n.left, [*n.ops[:i], op(), *n.ops[i + 1 :]], n.comparators)
    elif isinstance(node, ast.BoolOp):
        yield lambda n: ast.BoolOp(_OPERATORS[type(n.op)][0](), n.values)
    elif isinstance(node, ast.UnaryOp) and not _is_signed_number(node):
        yield lambda n: n.operand
    elif isinstance(node, ast.UnaryOp) or (isinstance(node, ast.Constant) and not isinstance(node.value, str)):
        yield from _constants(ast.literal_eval(node))
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.IfExp):
        yield lambda n: n.body
        yield lambda n: n.orelse
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield lambda n: ast.Tuple([n.elts[1], n.elts[0], *n.elts[2:]], n.ctx)
    elif isinstance(node, ast.If):
        yield lambda n: ast.If(ast.UnaryOp(ast.Not(), n.test), n.body, n.orelse)
        yield lambda n: ast.Pass()
        yield lambda n: ast.If(ast.Constant(True), n.body, n.orelse)
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
        yield lambda n: ast.Pass()


def _is_signed_number(node: ast.UnaryOp) -> bool:
    return (
        isinstance(node.op, ast.USub | ast.UAdd)
        and isinstance(node.operand, ast.Constant)
        and type(node.operand.value) in (int, float)
    )


def _constants(value: object) -> Iterator[Change]:
    others: tuple = ()
    if isinstance(value, bool):
        others = (not value,)
    elif isinstance(value, int):
        others = (value + 1, value - 1) if value >= 0 else (value - 1, 0)
    elif isinstance(value, float):
        others = (value + 1, value * 2) if value else (1.0,)
    for other in others:
        yield lambda n, other=other: ast.parse(repr(other), mode="eval").body


def _calls(node: ast.Call) -> Iterator[Change]:
    """Dropped (leaving what it worked on), two arguments swapped, one keyword left out."""
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield lambda n: n.func.value
    elif node.args:
        yield lambda n: n.args[0].value if isinstance(n.args[0], ast.Starred) else n.args[0]
    symmetric = isinstance(node.func, ast.Attribute) and node.func.attr in ("transpose", "swapaxes", "maximum", "minimum")
    for i in range(0 if symmetric else len(node.args) - 1):
        yield lambda n, i=i: ast.Call(n.func, [*n.args[:i], n.args[i + 1], n.args[i], *n.args[i + 2 :]], n.keywords)
    for i in range(len(node.keywords)):
        yield lambda n, i=i: ast.Call(n.func, n.args, [*n.keywords[:i], *n.keywords[i + 1 :]])


def _is_module(node: ast.expr) -> bool:
    """Whether a function is looked up in a module: `np.exp(x)` works on x, `x.sum()` on x too."""
    names = {"np", "torch", "math"}
    return (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and _is_module(node.value))
