"""What crosses the seam between the judge and a student's function: a `Call` goes in, a `Reply` comes out.

Both are plain data (`autograder.values`), so a player may sit in the notebook's own process or behind a pipe, and the judge
cannot tell which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Call:
    """One call of the function under test.

    `args` are keyword arguments in the order of the signature, passed by position. `layout` says how numpy and torch
    arguments lie in memory: "plain", "strided" (every second entry of a larger block) or "read-only" (numpy only). With a
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
    """What one call did. `value` is plain data, or None where `error` says why there is none."""

    value: Any = None
    error: Error | None = None
    gradients: dict[str, Any] | None = None
    changed: tuple[str, ...] = ()
    random_changed: tuple[str, ...] = ()
    printed: str = ""
    warnings: tuple[str, ...] = ()


class Player(Protocol):
    """Whoever can play a call: in this process (`autograder.player`) or in another."""

    def __call__(self, call: Call) -> Reply: ...


@dataclass(frozen=True)
class Absent:
    """There is no function to call: `why` is "missing", "stub" or "not callable"; `found` says what was there instead."""

    why: str
    found: str = field(default="")
