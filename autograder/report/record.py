"""What came of grading one submission, as plain data: it crosses from the grading process to the writer, and into reports."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ..coursedir.cells import task_name
from ..messages.description import Description, Grid


@dataclass(frozen=True)
class Result:
    """What came of one graded cell: an exercise, a prediction, a written answer, or tests of the instructor's own.

    `score` is None where a person has to give it. `mistake` names the known wrong answer that this one is, or is "";
    `sentence` says it in words. `kind` is what broke first (`autograder.judging.verdict.Failure.kind`), "" where nothing did.
    `aspects` maps each aspect to (earned, points). `descriptions` are what the student is told, by the visible key; records of
    earlier versions have none. `carried` are wrong earlier exercises for which a right function stood in while this one was judged.
    """

    name: str
    score: float | None
    points: float
    what: str = "exercise"
    mistake: str = ""
    sentence: str = ""
    kind: str = ""
    aspects: dict[str, tuple[float, float]] = field(default_factory=dict)
    descriptions: tuple[Description, ...] = ()
    carried: tuple[str, ...] = ()

    @property
    def optional(self) -> bool:
        """Whether it is an exercise that is worth no points."""
        return self.what == "exercise" and not self.points

    def right(self, score: float | None) -> bool:
        """Whether all is right, where `score` counts, which a person may have changed. An optional exercise has none that could tell."""
        return not self.kind if self.optional else score is not None and score >= self.points


@dataclass(frozen=True)
class Record:
    """What came of one submission.

    `notes` say, to the student, what was mended; `problem` why it could not be graded as it was; `failed` that the grader
    itself could not grade it, so that no grade may change. `content` identifies what was handed in, `release` the keys
    that it was graded by.
    """

    student: str
    assignment: str
    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    failed: bool = False
    content: str = ""
    release: str = ""

    @property
    def at(self) -> tuple[str, str]:
        """(student, assignment), by which marks and rows are found as well."""
        return self.student, self.assignment

    @property
    def score(self) -> float:
        """What was earned without the cells that a person grades."""
        return float(sum(r.score or 0.0 for r in self.results))

    @property
    def points(self) -> float:
        return float(sum(r.points for r in self.results))

    @property
    def needs_manual(self) -> bool:
        return any(r.score is None for r in self.results)

    @property
    def scores(self) -> dict[str, float]:
        """{name: score}, of what is worth points."""
        return {r.name: r.score or 0.0 for r in self.results if not r.optional}

    @property
    def mistakes(self) -> dict[str, str]:
        """{exercise: name of the mistake}, where it has one."""
        return {r.name: r.mistake for r in self.results if r.mistake}

    @property
    def mistake(self) -> str:
        """The most common mistake, as exercise: name."""
        counts = Counter(self.mistakes.values())
        most_common = max(self.mistakes.items(), key=lambda item: counts[item[1]], default=None)
        return ": ".join(most_common) if most_common else ""

    def dumps(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Record:
        """The record that this version or another wrote: what this one does not know is left out, and what is missing has its
        default. Raises ValueError where it is no record."""
        try:
            plain = _fields(cls, json.loads(text))
            results = tuple(_result(_fields(Result, each)) for each in plain.pop("results"))
            return cls(**plain | {"results": results, "notes": tuple(plain.get("notes", ()))})
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not a record ({error})") from None


def _result(plain: dict[str, Any]) -> Result:
    aspects = {name: tuple(earned) for name, earned in plain.get("aspects", {}).items()}
    descriptions = tuple(_description(_fields(Description, each)) for each in plain.get("descriptions", ()))
    name, carried = task_name(plain["name"]), tuple(plain.get("carried", ()))  # earlier versions wrote the grade_id of tests
    return Result(**plain | {"name": name, "aspects": aspects, "descriptions": descriptions, "carried": carried})


def _description(plain: dict[str, Any]) -> Description:
    grids = {part: [Grid(**_fields(Grid, each)) for each in plain.get(part, ())] for part in ("inputs", "grids")}
    return Description(**plain | grids)


def _fields(kind: type, plain: dict[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(kind)}
    return {name: value for name, value in plain.items() if name in names}
