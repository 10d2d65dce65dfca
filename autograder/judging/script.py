"""What crosses the seam between the judge and a student's function: a `Call` goes in, a `Reply` comes out.

Both are plain data (`autograder.judging.values`), so a player may sit in the notebook's own process or behind a pipe, and the judge
cannot tell which.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Protocol

WHOLE = -1
"""Among the parts that a call keeps: all of the result."""


@dataclass(frozen=True)
class Call:
    """One call of the function under test.

    `args` are keyword arguments in the order of the signature, passed by position. `layout` says how numpy and torch
    arguments lie in memory: "plain", "strided" (every second entry of a larger block, along each axis) or "read-only" (numpy only). With a
    `cotangent`, shaped like what the function returns, the player also asks for the vector-Jacobian product with it.

    Calls in a row are a script where `step` counts up from 0. The parts `keeps` of a result stay with the player, as they are: an
    argument `Opaque("0.1")` is part 1 of what call 0 of the script returned, and `Opaque("0")` all of it.
    """

    args: dict[str, Any]
    layout: str = "plain"
    cotangent: Any = None
    step: int = 0
    keeps: tuple[int, ...] = ()


@dataclass(frozen=True)
class Error:
    """An exception that the function raised: its type (with base classes, nearest first), text, and line in the cell."""

    kind: str
    message: str
    bases: tuple[str, ...] = ()
    line: str = ""


@dataclass(frozen=True)
class Reply:
    """What one call did. `value` is plain data, or None where `error` says why there is none. `used` are the functions that the
    exercise asks to write, of those watched, that it called."""

    value: Any = None
    error: Error | None = None
    gradients: dict[str, Any] | None = None
    changed: tuple[str, ...] = ()
    random_changed: tuple[str, ...] = ()
    printed: str = ""
    warnings: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A call, by a student's function, of a thing that the judge holds for it, or of the right function of another exercise.

    `name` is the parameter that the thing came in, or the exercise; `method` is "" for the thing itself. Arguments by position have
    numbers for names.
    """

    name: str
    call: Call
    method: str = ""
    held: bool = True


class Player(Protocol):
    """Whoever can play a call: in this process (`autograder.judging.player`) or in another."""

    def __call__(self, call: Call) -> Reply: ...


@dataclass(frozen=True)
class Absent:
    """There is no function to call: `why` is "missing", "stub" or "not callable"; in a student's notebook also "stopped", where the
    cell that defines it stopped with an error, or "renamed". `type_name` names what was there instead: a type, that error, the other
    name."""

    why: str
    type_name: str = field(default="")


def to_plain(message: Call | Reply | Question) -> dict[str, Any]:
    """A call, a reply or a question as plain data, to be sent."""
    nested = (Call, Error)
    return {f.name: to_plain(v) if isinstance(v := getattr(message, f.name), nested) else v for f in fields(message)}


def call_from(plain: Any) -> Call:
    """The call that was sent as `plain`. Raises ValueError where it is none."""
    keeps, step = _field(plain, "keeps"), _field(plain, "step")
    if type(step) is not int or not isinstance(keeps, list | tuple) or not all(type(k) is int for k in keeps):
        raise ValueError("step and keeps are not whole numbers")
    return Call(_dict(plain, "args"), _text(plain, "layout"), plain.get("cotangent"), step, tuple(keeps))


def question_from(plain: Any) -> Question:
    """The question that was sent as `plain`, by whomever. Raises ValueError where it is none."""
    return Question(_text(plain, "name"), call_from(plain.get("call")), _text(plain, "method"), plain.get("held") is True)


def reply_from(plain: Any) -> Reply:
    """The reply that was sent as `plain`, by whomever: every field is checked. Raises ValueError where it is none."""
    error = plain.get("error") if isinstance(plain, dict) else None
    if error is not None:
        error = Error(_text(error, "kind"), _text(error, "message"), _texts(error, "bases"), _text(error, "line"))
    gradients = None if _field(plain, "gradients") is None else _dict(plain, "gradients")
    return Reply(plain.get("value"), error, gradients, _texts(plain, "changed"), _texts(plain, "random_changed"),
                 _text(plain, "printed"), _texts(plain, "warnings"), _texts(plain, "used"))  # fmt: skip


def _field(plain: Any, name: str) -> Any:
    if not isinstance(plain, dict) or name not in plain:
        raise ValueError(f"expected a dict with {name!r}, found {type(plain).__name__}")
    return plain[name]


def _text(plain: Any, name: str) -> str:
    if not isinstance(_field(plain, name), str):
        raise ValueError(f"{name} is {type(plain[name]).__name__}, expected text")
    return plain[name]


def _texts(plain: Any, name: str) -> tuple[str, ...]:
    texts = _field(plain, name)
    if not isinstance(texts, list | tuple) or not all(isinstance(t, str) for t in texts):
        raise ValueError(f"{name} is {type(texts).__name__}, expected texts")
    return tuple(texts[:100])


def _dict(plain: Any, name: str) -> dict[str, Any]:
    if not isinstance(_field(plain, name), dict):
        raise ValueError(f"{name} is {type(plain[name]).__name__}, expected a dict")
    return plain[name]
