"""An answer key: a call script with, for each call, what a right answer returns and what each known wrong one does.

A key is data. It holds no code, so it can lie in a student's folder, and reading one runs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .script import Call, Error, Reply
from .values import Array, Opaque, Other, leaves, pack, unpack

FORMAT = 5
"""Raised when a reader of older keys would misread a newer one. This one reads the older ones too."""


@dataclass(frozen=True)
class Expected:
    """What a right answer does: returns `value` within `tolerance` (absolute), or raises one of `errors`.

    `gradients` are by argument, with a tolerance of their own. Where there is no single right answer, `verifier` names the
    function that looks at the result and says what is wrong with it. With `may_draw` it may use the global random states.
    """

    value: Any = None
    errors: tuple[str, ...] = ()
    tolerance: float = 0.0
    gradients: dict[str, Any] = field(default_factory=dict)
    gradient_tolerance: float = 0.0
    verifier: str = ""
    may_draw: bool = False


@dataclass(frozen=True)
class Case:
    """A call, what should come of it, and what each known mistake makes of it (`Fingerprint`; absent where it looks right).

    `what` describes the input in words. `probe` marks a case the engine added, which counts but does not name mistakes
    where others can.
    """

    call: Call
    aspect: str
    expected: Expected
    mistakes: dict[str, Fingerprint] = field(default_factory=dict)
    what: str = ""
    probe: bool = False


@dataclass(frozen=True)
class Key:
    """Everything a judge needs about one exercise, but the functions that it holds (`autograder.judging.key_files.makers_of`).

    `points` maps each aspect to its points, `shapes` each array parameter to its named dimensions; `returns` has those of each
    result. `options` are the letters of a prediction's choices, with their `words`, the `right` one, and the `reasons` why the others
    tempt, where the lesson says them; all Markdown. `holds` says that the judge holds functions. `ready_made` are the functions
    of libraries that do what the exercise asks to write. `sweeping` names the mistakes whose sentence is about every input
    ("always", "ignored" …): named only where that is true of all cases. `sentences` are what verifiers and held things say, by the id
    that they say it by, with {placeholders}. `optional` says that nothing of the points gets into the gradebook.
    """

    exercise: str
    points: dict[str, float]
    cases: tuple[Case, ...]
    mistakes: dict[str, str] = field(default_factory=dict)
    hints: tuple[str, ...] = ()
    shapes: dict[str, str] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict)
    right: str = ""
    reasons: dict[str, str] = field(default_factory=dict)
    hidden: bool = False
    holds: bool = False
    needs: tuple[str, ...] = ()
    ready_made: tuple[str, ...] = ()
    sweeping: tuple[str, ...] = ()
    sentences: dict[str, str] = field(default_factory=dict)
    optional: bool = False

    @property
    def total(self) -> float:
        return float(sum(self.points.values()))


# -- fingerprints ------------------------------------------------------------------------------------------------------

PROJECTIONS = 3
_SPECIAL = {"nan": 1234.5, "posinf": 2345.25, "neginf": -3456.75}


@dataclass(frozen=True)
class Fingerprint:
    """Enough of a reply to recognise it, and too little to copy: its form, and a few fixed random projections of it."""

    form: str
    projections: tuple[float, ...] = ()
    scale: float = 0.0

    def matches(self, other: Fingerprint, tolerance: float) -> bool:
        if self.form != other.form or len(self.projections) != len(other.projections):
            return False
        near = 10 * max(tolerance, 1e-7 * self.scale)
        return all(abs(a - b) <= near for a, b in zip(self.projections, other.projections, strict=True))


def fingerprint(reply: Reply) -> Fingerprint:
    """What a reply is recognised by: error type or types, shapes, dtypes and values, gradients, and side effects."""
    effects = "".join(f";changes {name}" for name in reply.changed + reply.random_changed)
    if reply.error is not None:
        return Fingerprint(f"raises {reply.error.kind}{effects}")
    parts = leaves(reply.value) + (leaves(reply.gradients) if reply.gradients else [])
    form = "|".join(_form(p) for p in parts) + ("|no gradient" if reply.gradients == {} else "") + effects
    if sum(p.data.size for p in parts if isinstance(p, Array)) > MOST_ENTRIES:
        return Fingerprint(form, (float("nan"),) * PROJECTIONS)
    numbers = [np.asarray(p.data if isinstance(p, Array) else p, np.float64).ravel() for p in parts if _is_number(p)]
    flat = np.concatenate(numbers) if numbers else np.zeros(0)
    finite = np.nan_to_num(flat, nan=_SPECIAL["nan"], posinf=_SPECIAL["posinf"], neginf=_SPECIAL["neginf"])
    with np.errstate(all="ignore"):
        projections = (_directions if finite.size <= MOST_CACHED else _drawn)(finite.size) @ finite
    return Fingerprint(form, tuple(float(p) for p in projections), float(np.abs(finite).max(initial=0.0)))


def _is_number(part: Any) -> bool:
    return isinstance(part, Array | bool | int | float)


def _is_scalar(part: Any) -> bool:
    """Whether this is an array's form of a Python number."""
    return isinstance(part, Array) and part.shape == () and part.dtype != "bool"


def _form(part: Any) -> str:
    if not isinstance(part, bool) and (isinstance(part, int | float) or _is_scalar(part)):
        return "number"
    if isinstance(part, Array):
        return f"{part.backend} {part.dtype} {part.shape}"
    if isinstance(part, Other | Opaque):
        return part.what if isinstance(part, Other) else "opaque"
    return f"{type(part).__name__}" + (f" {part}" if isinstance(part, str | bool) else "")


MOST_ENTRIES = 2**17
"""A larger result is like none that is known."""

MOST_CACHED = 4096
"""Entries of the largest result whose directions are cached: how many sizes there are is for a submission to choose."""


@lru_cache(maxsize=256)
def _directions(size: int) -> np.ndarray:
    """Unit vectors (PROJECTIONS, size), always the same for one size."""
    return _drawn(size)


def _drawn(size: int) -> np.ndarray:
    drawn = np.random.default_rng(size).standard_normal((PROJECTIONS, size))
    return drawn / np.maximum(np.linalg.norm(drawn, axis=1, keepdims=True), 1e-300)


# -- files -------------------------------------------------------------------------------------------------------------

_CLASSES = {c.__name__: c for c in (Call, Case, Error, Expected, Fingerprint, Key)}


def dumps(key: Key) -> bytes:
    return pack({"format": FORMAT, "key": _plain(key)})


def loads(data: bytes) -> Key:
    """Raises ValueError, with what to do, where `data` is not a key that this version reads."""
    try:
        plain = unpack(data)
        version = plain["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"is damaged ({error}). Copy it again from the release.") from error
    if version not in range(1, FORMAT + 1):
        raise ValueError(
            f"has format {version}, and this autograder reads {FORMAT} at most. Install the one of its release."
        )
    return _object(plain["key"])


def load(path: Path) -> Key:
    try:
        return loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path.name} {error}") from error


def _plain(value: Any) -> Any:
    if type(value).__name__ in _CLASSES:
        fields = {k: v for k, v in vars(value).items() if v != value.__dataclass_fields__[k].default}
        return {"class": type(value).__name__, **{k: _plain(v) for k, v in fields.items()}}
    if isinstance(value, list | tuple):
        return type(value)(_plain(v) for v in value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value


def _object(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_object(v) for v in value)
    if isinstance(value, dict):
        fields = {k: _object(v) for k, v in value.items() if k != "class"}
        return _CLASSES[value["class"]](**fields) if "class" in value else fields
    return value
