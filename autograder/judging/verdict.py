"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .key import Case
from .script import Absent, Reply


@dataclass(frozen=True)
class Failure:
    """One call that went wrong. `kind` names what broke, in the order that a check looks at things."""

    kind: str
    case: Case | None = None
    reply: Reply | None = None
    absent: Absent | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The result of one check.

    `score` is a built-in float between 0 and `points`. `mistake` is the name of a known wrong answer that returns just
    what this one returned, or None. `aspects` maps each aspect to (earned, points). `choice` is the letter of a prediction that is made.
    """

    exercise: str
    score: float
    points: float
    mistake: str | None = None
    aspects: dict[str, tuple[float, float]] = field(default_factory=dict)
    failure: Failure | None = None
    hidden: bool = False
    choice: str = ""

    @property
    def passed(self) -> bool:
        return self.failure is None

    @property
    def facts(self) -> dict[str, Any]:
        """What programs read beside the message, from a notebook's output."""
        return {"exercise": self.exercise, "score": self.score, "points": self.points, "mistake": self.mistake,
                "hidden": self.hidden, "kind": self.failure.kind if self.failure else None}  # fmt: skip

    def __bool__(self) -> bool:
        return self.passed
