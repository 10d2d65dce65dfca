"""The class across its lessons: one row for each student, who falls behind, and who handed in nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .analyse import Assignment
from .people import People, Person

LAST = 2
"""Lessons in a row in which somebody falls behind."""

DROP = 20
"""Percentage points below a student's own mean of the lessons before."""

LEAST_HANDED_IN = 0.5
"""Share of the class that must have handed in a lesson, before a missing submission says something about a student."""


@dataclass(frozen=True)
class Row:
    """A student's scores in percent of the points graded so far, by lesson; None where there is none."""

    person: Person
    percents: Mapping[str, float | None]

    @property
    def mean(self) -> float | None:
        return mean(self.percents.values())


@dataclass(frozen=True)
class Behind:
    """A student who falls behind. `last` are the percents of the last lessons, None for nothing graded; `before` is the mean before."""

    row: Row
    last: tuple[float | None, ...]
    before: float | None

    @property
    def never(self) -> bool:
        return self.row.mean is None


def mean(percents: Iterable[float | None]) -> float | None:
    there = [p for p in percents if p is not None]
    return float(np.mean(there)) if there else None


def everyone(assignments: Sequence[Assignment], people: People) -> list[Person]:
    """All who are in the class list, the gradebook or a lesson, by last name."""
    return people.of(set(people).union(*(a.students for a in assignments)))


def score_rows(assignments: Sequence[Assignment], people: People) -> list[Row]:
    return [Row(person, {a.name: _percent(a, person) for a in assignments}) for person in everyone(assignments, people)]


def _percent(a: Assignment, person: Person) -> float | None:
    share = a.shares.get(person.id)
    return None if share is None else 100 * share


def absent(a: Assignment, people: People) -> list[Person]:
    """Who is in the class list or the gradebook, and handed in nothing for this lesson, by last name."""
    return people.of(people.keys() - a.students)


def counted(assignments: Sequence[Assignment], people: People) -> list[Assignment]:
    """The lessons that tell who falls behind: those of the course that enough have handed in."""
    n = len(everyone(assignments, people))
    return [a for a in assignments if a.in_course and a.submissions >= LEAST_HANDED_IN * n]


def falling_behind(assignments: Sequence[Assignment], people: People) -> list[Behind]:
    """Those who, in each of the last LAST lessons, have nothing graded or are DROP points or more below their own mean before. Who has
    never handed in anything comes last. A submission at which the grader failed says nothing about its student."""
    lessons = counted(assignments, people)
    if len(lessons) < LAST:
        return []
    failed = {u.student for a in lessons[-LAST:] for u in a.not_graded if u.failed}
    found = []
    for row in score_rows(assignments, people):
        percents = [row.percents[a.name] for a in lessons]
        before, last = mean(percents[:-LAST]), percents[-LAST:]
        low = (p is None or (before is not None and p <= before - DROP) for p in last)
        if row.person.id not in failed and all(low):
            found.append(Behind(row, tuple(last), before))
    return sorted(found, key=lambda b: b.never)
