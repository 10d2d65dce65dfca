"""The class report as rows of a table, for report.csv."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .across import absent, falling_behind
from .analyse import OUTCOMES, Assignment, Exercise
from .people import People

COLUMNS = ["assignment", "exercise", "measure", "name", "value", "of", "text", "section"]


def report_rows(assignments: Sequence[Assignment], people: People) -> Iterator[list[object]]:
    """The report as rows of COLUMNS: one number or one finding each, with how many submissions it is `of`."""
    for a in assignments:
        yield [a.name, "", "submissions", "", a.submissions, a.submissions, a.title, ""]
        yield [a.name, "", "graded", "", a.graded, a.submissions, "", ""]
        for part, value in zip(("lower quartile", "median", "upper quartile"), quartiles(a) or (), strict=False):
            yield [a.name, "", "score in percent", part, round(value, 2), len(a.shares), "", ""]
        for e in a.exercises:
            yield from _exercise(a, e)
        for o in a.optional:
            yield [a.name, o.name, "optional", "tried", o.tried, o.n, "", ""]
            yield [a.name, o.name, "optional", "right", o.right, o.n, "", ""]
        for m in (*a.mistakes, *a.unnamed):
            measure, name = ("mistake", m.name) if m.name else ("failure without a name", m.kind)
            yield [a.name, m.exercise, measure, name, len(m.students), m.n, m.sentence, m.section.title if m.section else ""]
        for s in a.stuck:
            text = "; ".join([*(f"{e}: {why}" for e, why in s.wrong.items()), *(f"{e}: not attempted" for e in s.blank)])
            yield [a.name, "", "stuck", s.student, s.n, "", text, ""]
        for u in a.not_graded:
            yield [a.name, "", "not graded", u.student, "", "", "; ".join(dict.fromkeys([u.why, *u.notes])), ""]
        for u in a.mended:
            yield [a.name, "", "mended", u.student, "", "", "; ".join(u.notes), ""]
        for person in absent(a, people):
            yield [a.name, "", "nothing handed in", person.id, "", "", person.name, ""]
        for measure, counts in (("to do by hand", a.waiting), ("to look at again", a.again)):
            for student, n in counts.items():
                yield [a.name, "", measure, student, n, "", "", ""]
    for b in falling_behind(assignments, people):
        last = ", ".join("nothing graded" if p is None else f"{p:.0f} %" for p in b.last)
        text = f"{last}; {b.before:.0f} % before" if b.before is not None else last
        yield ["", "", "falls behind", b.row.person.id, "", "", text, ""]


def _exercise(a: Assignment, e: Exercise) -> Iterator[list[object]]:
    section = e.section.title if e.section else ""
    if e.difficulty is not None:
        yield [a.name, e.name, "difficulty", "mean share of points", round(e.difficulty, 4), e.n, "", section]
    d = e.discrimination
    yield [a.name, e.name, "discrimination", "correlation with the rest", round(d.r, 4) if d else "", d.n if d else e.n,
           f"95 % interval {d.low:.2f} to {d.high:.2f}" if d else e.unclear, section]  # fmt: skip
    for outcome in OUTCOMES:
        yield [a.name, e.name, "outcome", outcome, e.outcomes[outcome], sum(e.outcomes.values()), "", section]
    for aspect in e.aspects:
        share, points = round(aspect.share, 4), f"{aspect.points:g} points"
        yield [a.name, e.name, "aspect", aspect.name, share, aspect.n, points, section]


def quartiles(a: Assignment) -> tuple[float, float, float] | None:
    """Of the scores, in percent."""
    return tuple(float(p) for p in np.percentile([100 * s for s in a.shares.values()], [25, 50, 75])) if a.shares else None
