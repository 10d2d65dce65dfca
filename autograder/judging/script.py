"""What crosses the seam between the judge and a student's function: a `Call` goes in, a `Reply` comes out.

Both are plain data (`autograder.judging.values`), so a player may sit in the notebook's own process or behind a pipe, and the judge
cannot tell which.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Protocol


@dataclass(frozen=True)
class Call:
    """One call of the function under test.

    `args` are keyword arguments in the order of the signature, passed by position. `layout` says how numpy and torch
    arguments lie in memory: "plain", "strided" (every second entry of a larger block, along each axis) or "read-only" (numpy only). With a
    `cotangent`, shaped like what the function returns, the player also asks for the vector-Jacobian product with it.
    """

    args: dict[str, Any]
    layout: str = "plain"
    cotangent: Any = None


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


class Player(Protocol):
    """Whoever can play a call: in this process (`autograder.judging.player`) or in another."""

    def __call__(self, call: Call) -> Reply: ...


@dataclass(frozen=True)
class Absent:
    """There is no function to call: `why` is "missing", "stub" or "not callable"; `found` says what was there instead."""

    why: str
    found: str = field(default="")


def to_plain(said: Call | Reply) -> dict[str, Any]:
    """A call or a reply as plain data, to be sent."""
    plain = {f.name: getattr(said, f.name) for f in fields(said)}
    if isinstance(plain.get("error"), Error):
        plain["error"] = {f.name: getattr(plain["error"], f.name) for f in fields(Error)}
    return plain


def call_from(plain: Any) -> Call:
    """The call that was sent as `plain`. Raises ValueError where it is none."""
    return Call(_dict(plain, "args"), _text(plain, "layout"), plain.get("cotangent"))


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
    found = _field(plain, name)
    if not isinstance(found, list | tuple) or not all(isinstance(t, str) for t in found):
        raise ValueError(f"{name} is {type(found).__name__}, expected texts")
    return tuple(found[:100])


def _dict(plain: Any, name: str) -> dict[str, Any]:
    if not isinstance(_field(plain, name), dict):
        raise ValueError(f"{name} is {type(plain[name]).__name__}, expected a dict")
    return plain[name]
