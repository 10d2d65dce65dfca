"""A verdict in words: one headline, one sentence, and what lies behind it. Layout is `autograder.messages.render`'s business."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..judging.judge import close
from ..judging.key import Key
from ..judging.printable import lines, one_line
from ..judging.values import Array, Held, Opaque, Other, leaves
from ..judging.verdict import Failure, Verdict
from .relation import relation
from .translate import _


@dataclass(frozen=True)
class Grid:
    """A value to show: its label, its entries as text, which of them are wrong, and how many dimensions are shown (0 to 2)."""

    label: str
    rows: list[list[str]]
    wrong: list[list[bool]]
    dims: int = 0


@dataclass(frozen=True)
class Description:
    """What a student is told. `grids` are shown side by side, `notes` as lines under them.

    `open` says that nothing is there to be judged yet, `named` that the sentence names the mistake. `hints` are for where they can be folded, `next_step` for where not.
    """

    passed: bool
    headline: str
    sentence: str = ""
    asked: str = ""
    inputs: list[Grid] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    aspects: list[str] = field(default_factory=list)
    next_step: str = ""
    named: bool = False
    open: bool = False
    hints: list[str] = field(default_factory=list)


@np.errstate(all="ignore")
def describe(verdict: Verdict, key: Key, unready: Sequence[str] = ()) -> Description:
    """`verdict` in words, whatever the reply was: each is a line that can be written to any file and shown on any terminal.

    `unready` names functions that this one may call and that do not pass their own checks yet."""
    name, failure = verdict.exercise, verdict.failure
    score = (
        _("optional") if key.optional else _("{score:g} of {points:g} points", score=verdict.score, points=verdict.points)
    )
    if failure is None:
        said = _("your choice is {letter}", letter=verdict.choice) if key.options else _("every check passed")
        return Description(True, f"{name}: {said}, {score}")
    if key.options:
        return Description(False, f"{name}: {_('not made yet')}, {score}", sentence=_what_broke(failure, key), open=True)
    description = Description(
        False,
        f"{name}: {_('not right yet')}, {score}",
        sentence=_sentence(verdict, key),
        aspects=[] if key.optional else _aspects(verdict),
        named=bool(verdict.mistake),
    )
    if verdict.hidden:
        return description
    if key.hints:
        description = replace(description, next_step=f'hint("{name}")', hints=[_(h) for h in key.hints])
    if failure.case is None or failure.kind == "ready-made":  # no input is to blame for that
        return description
    call, expected = failure.case.call, failure.case.expected
    first = [
        _("It may call your {name}, which does not pass its own check yet: mend that first.", name=name) for name in unready
    ]
    notes = []
    at = next((i for i, case in enumerate(key.cases) if case is failure.case), call.step)
    for number, case in enumerate(key.cases[at - call.step : at], 1):
        notes.append(_("Call {number}, before it: {call}", number=number, call=_with_numbers(name, case.call.args)))
    if failure.reply.error and failure.reply.error.line:
        notes.append(_("It stopped at this line: {line}", line=one_line(failure.reply.error.line)))
    notes += [_("Your function warned: {text}", text=one_line(w)) for w in failure.reply.warnings[:2]]
    if failure.reply.printed:
        notes.append(_("Your function printed: {text}", text=lines(failure.reply.printed.strip()[:500])))
    return replace(
        description,
        sentence=" ".join([*first, description.sentence]),
        asked=_signature(name, call.args) + (f"   # {_(failure.case.what)}" if failure.case.what else ""),
        inputs=[_grid(_label(n, v, key.shapes.get(n)), v) for n, v in _arrays(call.args)],
        grids=[] if expected.errors else _got_and_expected(failure, key),
        notes=notes,
    )


def _arrays(args: dict[str, Any]) -> Iterator[tuple[str, Array]]:
    """The arrays among the arguments, and those that held things are made with, each with its label."""
    for name, value in args.items():
        if isinstance(value, Held):
            yield from ((f"{name}: {label}", array) for label, array in _arrays(value.args))
        elif isinstance(value, Array):
            yield name, value


def _aspects(verdict: Verdict) -> list[str]:
    lines = [f"{_(a)}: {got:g}/{points:g}" for a, (got, points) in verdict.aspects.items()]
    first = next(iter(verdict.aspects), "")
    if len(lines) > 1 and not verdict.aspects[first][0]:
        lines.append(_("the rest counts once {first} is right", first=_(first)))
    return lines


# -- the sentence ------------------------------------------------------------------------------------------------------


def _sentence(verdict: Verdict, key: Key) -> str:
    broke = _hidden_input(verdict.failure) if verdict.hidden else _what_broke(verdict.failure, key)
    if verdict.failure.kind in ("value", "shape") and not verdict.hidden and not verdict.mistake:
        return f"{broke} {_relation(verdict.failure)}".strip()
    if verdict.mistake:
        named = _("This is what you get when {mistake}.", mistake=_(key.mistakes[verdict.mistake]))
        return f"{named.replace('?.', '?')} {broke}"  # some end by asking what led to it
    return broke


def sentence(key: Key, id: str, values: dict[str, Any]) -> str:
    """The key's sentence of this id, with `values` in its places; what is no id is the sentence itself."""
    return _(key.sentences[id]).format(**values) if id in key.sentences else _(id)


def _relation(failure: Failure) -> str:
    """How the result relates to the right one; of several results, the first that says something."""
    want, got, tolerance = failure.case.expected.value, failure.reply.value, failure.case.expected.tolerance
    if not isinstance(want, tuple | list):
        return relation(want, got, tolerance)
    if len(want) == 2 and not _differs_from(want[::-1], got, tolerance):
        return _("The two results have changed places.")
    parts = [(i, w, g) for i, (w, g) in enumerate(zip(want, got, strict=True), 1) if _differs_from([w], [g], tolerance)]
    relations = [(i, relation(w, g, tolerance)) for i, w, g in parts]
    return next((_("Result number {number}: {text}", number=i, text=text) for i, text in relations if text), "")


def _differs_from(want: Any, got: Any, tolerance: float) -> bool:
    numbers = [(_numbers(w), _numbers(g)) for w, g in zip(want, got, strict=True)]
    return any(a is None or b is None or a.shape != b.shape or not close(a, b, tolerance).all() for a, b in numbers)


def _hidden_input(failure: Failure) -> str:
    """Says what kind of input failed, and nothing that was computed from it: an exception's text may quote the input."""
    if failure.case is None:
        return ""
    return _("It goes wrong on an input that you have not seen: {what}.", what=_(failure.case.what))


def _what_broke(failure: Failure, key: Key) -> str:
    d, name = failure.detail, key.exercise
    match failure.kind:
        case "missing":
            return _("{name} is not defined. Run the cell that defines it, then this one again.", name=name)
        case "renamed":
            return _("You defined {other} and not {name}: is that the one? Give it the name {name}, run its cell, then this one.",
                     name=name, other=failure.absent.type_name)  # fmt: skip
        case "stopped":
            return _("The cell of {name} stopped with {error} when it last ran, so {name} is not what that cell says. Mend the cell, "
                     "run it, then this one.", name=name, error=failure.absent.type_name)  # fmt: skip
        case "not callable":
            return _("{name} should be a function, and is {found}.", name=name, found=one_line(failure.absent.type_name))
        case "stub":
            return _("{name} is not written yet. Put your code in the place of `raise NotImplementedError()`.", name=name)
        case "no choice":
            options = ", ".join(f'"{o}"' for o in key.options)
            if d["found"] not in ("not set", "None"):
                return _("{name} is {found}, which is none of the choices. Set it to one of {options}, with the quotes; run that "
                         "cell, then this one.", name=name, found=d["found"], options=options)  # fmt: skip
            return _("Write the letter of your choice in the cell of `{name}`, one of {options}, with the quotes; run that cell, then "
                     "this one.", name=name, options=options)  # fmt: skip
        case "ready-made" if d["name"].startswith("standins."):
            return _("This is the ready-made function `{name}`. Write the steps yourself.", name=d["name"])
        case "ready-made":
            return _("Your function calls `{name}`, which does what you are asked to write. Write the steps yourself.",
                     name=d["name"])  # fmt: skip
        case "error":
            error = failure.reply.error
            return _(
                "Your function stopped with {kind}: {message}",
                kind=one_line(error.kind),
                message=one_line(error.message) or "(no message)",
            )
        case "slow":
            return _("Your function took longer than {limit} for one small input and was stopped.",
                     limit=one_line(failure.reply.error.message))  # fmt: skip
        case "no error":
            errors = " / ".join(failure.case.expected.errors)
            return _("For {what} your function should stop with `raise {errors}(...)`, but it returned a result.",
                     what=_(failure.case.what), errors=errors)  # fmt: skip
        case "other error":
            return _("For {what} your function should raise {errors}, but it raised {kind}: {message}",
                     what=_(failure.case.what), errors=" / ".join(failure.case.expected.errors),
                     kind=one_line(failure.reply.error.kind), message=one_line(failure.reply.error.message))  # fmt: skip
        case "changed":
            return _("The result is right, but your function changed its input {names}. Work on a copy.",
                     names=", ".join(d["names"]))  # fmt: skip
        case "random":
            return _("The result is right, but your function moved the global random state of {names}.",
                     names=", ".join(d["names"]))  # fmt: skip
        case "verifier":
            words = ". ".join(sentence(key, *parts) for parts in d["sentences"])
            return _("The result is not what was asked for: {said}.", said=one_line(words)).replace("?.", "?")
        case "no gradient":
            return _("The result is right, but no gradient reaches {name}.", name=d["name"])
        case "gradient":
            return _("The result is right, but its gradient with respect to {name} is wrong.", name=d["name"])
    part = _part(d, key)
    match failure.kind:
        case "type":
            return _("{part} should be {want}, and is {got}.", part=part, want=_kind(d["want"]), got=_kind(d["got"]))
        case "length":
            return _("Your function should return {want} results, and returned {got}.", want=len(d["want"]),
                     got=len(d["got"]))  # fmt: skip
        case "shape":
            named = _named(_dims(d, key), len(d["want"].shape))
            return _("{part} should have shape {want}{named}, and has shape {got}.", part=part, want=d["want"].shape,
                     named=named, got=d["got"].shape)  # fmt: skip
        case "dtype":
            return _("{part} should have dtype {want}, and has {got}.", part=part, want=d["want"].dtype, got=d["got"].dtype)
    return _wrong_values(part, d, failure)


def _wrong_values(part: str, d: dict[str, Any], failure: Failure) -> str:
    want, got = _numbers(d["want"]), _numbers(d["got"])
    if want is None or got is None or not got.size:
        return _("{part} is wrong.", part=part)
    if np.isnan(got).any() and not np.isnan(want).any():
        return _("{part} contains NaN (not a number) where a number is expected.", part=part)
    if np.isinf(got).any() and not np.isinf(want).any():
        return _("{part} contains an infinity where a finite number is expected.", part=part)
    if got.size == 1:
        return _("{part} has the wrong value.", part=part)
    wrong = int((~close(want, got, failure.case.expected.tolerance)).sum())
    if wrong == got.size:
        return _("{part} has the right shape, but all of its {all} values are wrong.", part=part, all=got.size)
    if wrong == 1:
        return _("{part} has the right shape, but one of its {all} values is wrong.", part=part, all=got.size)
    return _("{part} has the right shape, but {wrong} of its {all} values are wrong.", part=part, wrong=wrong, all=got.size)


def _part(d: dict[str, Any], key: Key) -> str:
    if not d.get("place"):
        return _("The result")
    return _("Result number {number}", number=d["place"][0] + 1)


def _dims(d: dict[str, Any], key: Key) -> str:
    """The names of the dimensions of this result, or of this gradient."""
    if "name" in d:
        return key.shapes.get(d["name"], "")
    index = d["place"][0] if d.get("place") else 0
    return key.returns[index] if index < len(key.returns) else ""


def _named(dims: str, ndim: int) -> str:
    """ " = (n_q, d_k)" for a shape of `ndim` dimensions; leading ones that have no name are an ellipsis."""
    names = [] if dims == "..." else dims.split()
    return f" = ({', '.join(names if len(names) <= ndim else names[1:])})" if names and ndim else ""


def _kind(value: Any) -> str:
    if isinstance(value, Array):
        if value.shape == () and value.backend == "numpy":
            return _("a number")
        return _("a torch tensor") if value.backend == "torch" else _("a numpy array")
    if isinstance(value, Other):
        return _("something of type {name}", name=one_line(value.what))
    if isinstance(value, Opaque):
        return _("something to hand to the next call")
    if value is None:
        return _("None (is a `return` missing?)")
    names = {bool: _("True or False"), int: _("a whole number"), float: _("a number"), str: _("a string"),
             list: _("a list"), tuple: _("a tuple"), dict: _("a dict")}  # fmt: skip
    return names.get(type(value)) or _("something of type {name}", name=type(value).__name__)


# -- values as grids ---------------------------------------------------------------------------------------------------

MOST = 8
"""Rows and columns of a grid; the rest is cut."""


def _got_and_expected(failure: Failure, key: Key) -> list[Grid]:
    d = failure.detail
    if failure.kind == "verifier":
        arrays = [v for v in leaves(failure.reply.value) if isinstance(v, Array)]
        if len(arrays) == 1:
            return [_grid(_label(_("yours"), arrays[0]), arrays[0])]
        return [_grid(_label(_("yours, number {number}", number=i), v), v) for i, v in enumerate(arrays, 1)]
    if "want" not in d:
        expected = failure.case.expected
        if failure.reply.error is not None or expected.verifier or isinstance(expected.value, tuple | list):
            return []
        return [_grid(_label(_("expected"), expected.value, _dims(d, key)), expected.value)]
    want, got = d["want"], d["got"]
    wrong, index = None, None
    a, b = _numbers(want), _numbers(got)
    if a is not None and b is not None and a.shape == b.shape:
        tolerance = (
            failure.case.expected.gradient_tolerance if failure.kind == "gradient" else failure.case.expected.tolerance
        )
        wrong = ~close(a, b, tolerance)
        if wrong.ndim > 2 and wrong.any():
            index = tuple(int(i[0]) for i in np.nonzero(wrong))[:-2]
    return [
        _grid(_label(_("yours"), got, index=index), got, wrong, index, a if wrong is not None else None),
        _grid(_label(_("expected"), want, _dims(d, key), index), want, None, index, b if wrong is not None else None),
    ]


def _numbers(value: Any) -> np.ndarray | None:
    if isinstance(value, Array):
        return np.asarray(value.data, np.float64)
    return np.asarray(value, np.float64) if isinstance(value, bool | int | float) else None


def _label(name: str, value: Any, dims: str | None = None, index: tuple[int, ...] | None = None) -> str:
    if not isinstance(value, Array):
        return name
    shape = f"{value.shape}" + (_named(dims, len(value.shape)) if dims else "")
    part = f", [{', '.join(map(str, index))}]" if index else ""
    return f"{name}{part}: {value.dtype}, {_('shape')} {shape}" if value.shape else f"{name}: {value.dtype}"


def _grid(
    label: str, value: Any, wrong: np.ndarray | None = None, index: Any = None, beside: np.ndarray | None = None
) -> Grid:
    if not isinstance(value, Array):
        return Grid(label, [[_short(value)]], [[bool(wrong is not None and wrong.any())]])
    data = value.data
    if not data.size:
        return Grid(label, [], [])
    if index is None and data.ndim > 2:
        index = (0,) * (data.ndim - 2)
        label += f", {_('showing')} [{', '.join(map(str, index))}]"
    if index:
        data, wrong = data[index], wrong[index] if wrong is not None else None
    data = np.atleast_2d(data)
    flags = np.zeros(data.shape, bool) if wrong is None else np.atleast_2d(wrong)
    cut = data[:MOST, :MOST]
    rows = _entries(cut, None if beside is None else np.atleast_2d(beside[index] if index else beside)[:MOST, :MOST])
    if data.shape[1] > MOST:
        rows = [[*row, "…"] for row in rows]
    return Grid(label, rows, flags[:MOST, :MOST].tolist(), min(value.data.ndim, 2))


def _entries(data: np.ndarray, beside: np.ndarray | None = None) -> list[list[str]]:
    """Numbers as text, with as many digits as it takes to tell different ones apart, also from those shown beside them."""
    if data.dtype.kind != "f":
        return [[str(v) for v in row] for row in data]
    both = data if beside is None or beside.shape != data.shape else np.concatenate([data, beside])
    finite = both[np.isfinite(both)]
    different = len({f"{v:.12g}" for v in finite})  # what differs after that is rounding, and not the same on every machine
    for digits in (4, 6, 8, 10, 12):
        if len({f"{v:.{digits}g}" for v in finite}) == different:
            break
    return [[f"{float(v) + 0.0:.{digits}g}" for v in row] for row in data]  # + 0.0: no "-0"


def _short(value: Any) -> str:
    if isinstance(value, Held):
        return _signature(value.name, value.args) if value.args else value.name
    if isinstance(value, Opaque) and value.id:
        return _("what call {number} returned", number=int(value.id.partition(".")[0]) + 1)
    if isinstance(value, Other | Opaque):
        return one_line(value.what) if isinstance(value, Other) else _kind(value)
    if isinstance(value, list | tuple):
        inner = ", ".join(_kind(v) if isinstance(v, Array) else _short(v) for v in value[:20])
        text = f"[{inner}]" if isinstance(value, list) else f"({inner})"
    else:
        text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 200 else text[:200] + "…"


def _with_numbers(name: str, args: dict[str, Any]) -> str:
    """The call with the numbers of its arrays, as far as there is room."""
    return f"{name}({', '.join(f'{a}={_short(v.data.tolist() if isinstance(v, Array) else v)}' for a, v in args.items())})"


def _signature(name: str, args: dict[str, Any]) -> str:
    return f"{name}({', '.join(a if isinstance(v, Array) else f'{a}={_short(v)}' for a, v in args.items())})"
