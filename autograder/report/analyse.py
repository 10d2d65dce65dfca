"""From records to what an instructor wants to know about a class. Plain functions of data; nothing here knows of pages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from .marks import NO_MARKS, Marks
from .mistakes import BLANK, BROKE, Mistake, find_mistakes
from .record import Record, Result
from .sections import Lesson, Section

LEAST_CLASS = 20
"""Students that a discrimination is computed from; with fewer it says more about chance than about the exercise."""

LEAST_APART = 5
"""Students whose score must differ from the most common one, for the same reason."""

OUTCOMES = ("right", "partly right", "wrong", "not attempted", "not graded yet")


@dataclass(frozen=True)
class Correlation:
    """Of an exercise's score with the rest score, with its 95 % interval (Fisher's z)."""

    r: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Aspect:
    """One aspect of an exercise: the share of its points that the class earned, of `n` submissions."""

    name: str
    points: float
    share: float
    n: int


@dataclass(frozen=True)
class Exercise:
    """One graded cell over the class. `difficulty` is the mean share of its points, None until half of them are graded.
    `unclear` says why there is no discrimination."""

    name: str
    what: str
    points: float
    outcomes: dict[str, int]
    difficulty: float | None
    discrimination: Correlation | None
    unclear: str
    aspects: tuple[Aspect, ...]
    section: Section | None

    @property
    def n(self) -> int:
        """Submissions in which it has a score."""
        return sum(self.outcomes.values()) - self.outcomes["not graded yet"]

    @property
    def rank(self) -> float:
        """Sorts exercises from the hardest to what is not graded yet."""
        return 2.0 if self.difficulty is None else self.difficulty


@dataclass(frozen=True)
class OptionalExercise:
    """An exercise that is worth no points: how many, of `n` submissions, tried it, and how many of those had it right."""

    name: str
    tried: int
    right: int
    n: int


@dataclass(frozen=True)
class Stuck:
    """A student with several exercises that are not right: `wrong` maps each to its mistake, or to what broke."""

    student: str
    wrong: dict[str, str]
    blank: tuple[str, ...]

    @property
    def n(self) -> int:
        return len(self.wrong) + len(self.blank)


@dataclass(frozen=True)
class Unusual:
    """A submission that was not graded (`why`), or only after something was mended (`notes`). `failed`: the grader itself
    failed, and an earlier grade stands."""

    student: str
    why: str
    notes: tuple[str, ...]
    failed: bool


@dataclass(frozen=True)
class Assignment:
    """One lesson over the class. `students` have a submission, graded or not. By student: `shares` of the points graded so far,
    for submissions that were graded; how many answers are `waiting` for a mark; and how many marks by hand are to be looked at `again`.
    """

    name: str
    title: str
    in_course: bool
    students: frozenset[str]
    points: float
    shares: dict[str, float]
    waiting: dict[str, int]
    again: dict[str, int]
    late: int
    exercises: tuple[Exercise, ...]
    optional: tuple[OptionalExercise, ...]
    mistakes: tuple[Mistake, ...]
    unnamed: tuple[Mistake, ...]
    stuck: tuple[Stuck, ...]
    not_graded: tuple[Unusual, ...]
    mended: tuple[Unusual, ...]
    gone: tuple[str, ...]

    @property
    def submissions(self) -> int:
        return len(self.students)

    @property
    def graded(self) -> int:
        """How many submissions the numbers are about."""
        return self.submissions - len(self.not_graded)


AllMarks = Mapping[tuple[str, str], Marks]


def analyse(
    records: Iterable[Record], lessons: Mapping[str, Lesson], marks: AllMarks | None = None
) -> tuple[Assignment, ...]:
    """One `Assignment` for each that has a record, in the course's order, then what the course does not have."""
    by_name: dict[str, dict[str, Record]] = defaultdict(dict)
    for record in records:
        by_name[record.assignment][record.student] = record
    names = [n for n in lessons if n in by_name] + sorted(n for n in by_name if n not in lessons)
    return tuple(_assignment(name, list(by_name[name].values()), lessons.get(name), marks or {}) for name in names)


def _assignment(name: str, records: list[Record], lesson: Lesson | None, marks: AllMarks) -> Assignment:
    records = sorted(records, key=lambda r: r.student.casefold())
    graded = [r for r in records if _is_graded(r)]
    marks_of = {r.student: marks.get((r.student, name), NO_MARKS) for r in graded}
    sections = lesson.sections if lesson else {}
    exercises = _exercises(graded, marks_of, sections)
    optional = _optional(graded, marks_of)
    mistakes, unnamed = find_mistakes(graded, sections)
    return Assignment(
        name=name,
        title=lesson.title if lesson else name,
        in_course=lesson is not None,
        students=frozenset(r.student for r in records),
        points=max((r.points for r in graded), default=0.0),
        shares={r.student: share for r in graded if (share := share_of(r, marks_of[r.student])) is not None},
        waiting={r.student: n for r in graded if (n := sum(marks_of[r.student].score(x) is None for x in r.results))},
        again={student: m.again for student, m in marks_of.items() if m.again},
        late=sum(bool(m.late_penalty) for m in marks_of.values()),
        exercises=exercises,
        optional=optional,
        mistakes=mistakes,
        unnamed=unnamed,
        stuck=_stuck(graded, marks_of),
        not_graded=tuple(
            Unusual(r.student, r.problem or "nothing in it is graded", r.notes, r.failed)
            for r in records
            if not _is_graded(r)
        ),
        mended=tuple(Unusual(r.student, "", r.notes, False) for r in graded if r.notes),
        gone=tuple(e.name for e in (*exercises, *optional) if lesson and e.name not in sections),
    )


def _is_graded(record: Record) -> bool:
    """Whether its scores say something about the student's work."""
    return bool(record.results) and not (record.problem or record.failed)


def share_of(record: Record, marks: Marks) -> float | None:
    """Score by points, of what has been graded; None where that is nothing."""
    points = sum(r.points for r in record.results if marks.score(r) is not None)
    return marks.total(record) / points if points else None


def outcome(result: Result, marks: Marks) -> str:
    """One of OUTCOMES."""
    score = marks.score(result)
    if score is None:
        return "not graded yet"
    if result.right(score):
        return "right"
    if result.kind in BLANK and not score:
        return "not attempted"
    return "partly right" if score else "wrong"


# -- exercises -----------------------------------------------------------------------------------------------------------


def _exercises(graded: list[Record], marks: Mapping[str, Marks], sections: Mapping[str, Section]) -> tuple[Exercise, ...]:
    cells = _cells(graded, optional=False)
    order = {name: i for i, name in enumerate(sections)}
    names = sorted(cells, key=lambda name: order.get(name, len(order)))
    scores = {name: {s: score for s, r in cells[name].items() if (score := marks[s].score(r)) is not None} for name in names}
    everyone = [name for name in names if len(scores[name]) == len(graded)]
    return tuple(
        _exercise(name, cells[name], scores[name], {n: scores[n] for n in everyone if n != name}, marks, sections.get(name))
        for name in names
    )


def _optional(graded: list[Record], marks: Mapping[str, Marks]) -> tuple[OptionalExercise, ...]:
    """The optional exercises: they have no part in scores, difficulty and who is stuck."""
    found = []
    for name, results in _cells(graded, optional=True).items():
        counted = Counter(outcome(r, marks[s]) for s, r in results.items())
        found.append(OptionalExercise(name, len(results) - counted["not attempted"], counted["right"], len(results)))
    return tuple(found)


def _cells(graded: list[Record], optional: bool) -> dict[str, dict[str, Result]]:
    """{name: {student: result}}, of what is optional or of all the rest."""
    cells: dict[str, dict[str, Result]] = defaultdict(dict)
    for record in graded:
        for result in record.results:
            if result.optional == optional:
                cells[result.name][record.student] = result
    return cells


def _exercise(
    name: str,
    results: dict[str, Result],
    scores: dict[str, float],
    others: dict[str, dict[str, float]],
    marks: Mapping[str, Marks],
    section: Section | None,
) -> Exercise:
    counted = Counter(outcome(r, marks[s]) for s, r in results.items())
    shares = [score / results[s].points for s, score in scores.items() if results[s].points]
    rest = [sum(other[s] for other in others.values()) for s in scores]
    correlation = discrimination(list(scores.values()), rest) if others else "nothing else is graded"
    newest = list(results.values())[-1]
    difficulty = float(np.mean(shares)) if 2 * len(shares) >= len(results) else None  # blanks are scored before all others
    return Exercise(
        name=name,
        what=newest.what,
        points=newest.points,
        outcomes={o: counted[o] for o in OUTCOMES},
        difficulty=difficulty,
        discrimination=None if isinstance(correlation, str) else correlation,
        unclear=correlation if isinstance(correlation, str) else "",
        aspects=_aspects(results.values()),
        section=section,
    )


def _aspects(results: Iterable[Result]) -> tuple[Aspect, ...]:
    shares: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for result in results:
        for name, (earned, points) in result.aspects.items():
            if points:
                shares[name].append((earned / points, points))
    return tuple(Aspect(name, both[-1][1], float(np.mean([s for s, _ in both])), len(both)) for name, both in shares.items())


def discrimination(scores: list[float], rest: list[float]) -> Correlation | str:
    """How a cell's scores go with the scores of all the rest (for right or wrong: the point-biserial correlation), or why
    that cannot be said."""
    n = len(scores)
    if not n:
        return "not graded yet"
    if n < LEAST_CLASS:
        return f"needs {LEAST_CLASS} submissions, there are {n}"
    apart = n - Counter(scores).most_common(1)[0][1]
    if apart < LEAST_APART:
        return "everyone has the same score" if not apart else f"all but {apart} have the same score"
    if np.ptp(rest) < 1e-9:
        return "everyone has the same score in the rest"
    r = float(np.clip(np.corrcoef(scores, rest)[0, 1], -1, 1))
    z, half = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), 1.96 / np.sqrt(n - 3)
    return Correlation(r, float(np.tanh(z - half)), float(np.tanh(z + half)), n)


# -- who is stuck -------------------------------------------------------------------------------------------------------


def _stuck(graded: list[Record], marks: Mapping[str, Marks]) -> tuple[Stuck, ...]:
    """Students with two or more exercises not right, the most stuck first. Optional ones, predictions and written answers do not count."""
    students = []
    for record in graded:
        outcomes = [
            (r, outcome(r, marks[record.student])) for r in record.results if r.what == "exercise" and not r.optional
        ]
        wrong = {
            r.name: r.mistake or BROKE.get(r.kind, r.kind) or "not right"
            for r, o in outcomes
            if o in ("wrong", "partly right")
        }
        blank = tuple(r.name for r, o in outcomes if o == "not attempted")
        if len(wrong) + len(blank) >= 2:
            students.append(Stuck(record.student, wrong, blank))
    return tuple(sorted(students, key=lambda s: (-s.n, s.student.casefold())))
