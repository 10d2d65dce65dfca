"""Writes a class's report: report.html, one page with pictures first and tables behind, and report.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from ..coursedir.folders import CourseDir, CourseError
from . import pictures
from .analyse import BROKE, LEAST_APART, LEAST_CLASS, OUTCOMES, AllMarks, Assignment, analyse
from .page import render
from .record import Record
from .sections import LESSONS_AT, Lesson, find_lessons
from .spreadsheet import csv_text

COLUMNS = ["assignment", "exercise", "measure", "name", "value", "of", "text", "section"]


def write_report(
    course: CourseDir, class_dir: Path, records: Sequence[Record], marks: AllMarks, at: str = LESSONS_AT
) -> list[Path]:
    """Writes the report beside the gradebook; returns its files. Raises CourseError where there is nothing to report on."""
    lessons = find_lessons(course.release, at)
    assignments = class_report(records, lessons, marks, class_dir)
    page, table = class_dir / "report.html", class_dir / "report.csv"
    page.write_text(report_page(assignments), encoding="utf-8")
    content = csv_text([COLUMNS, *report_rows(assignments)])
    table.write_text(content, encoding="utf-8-sig", newline="")  # spreadsheets know UTF-8 by this mark alone
    return [page, table]


def class_report(
    records: Sequence[Record], lessons: Mapping[str, Lesson], marks: AllMarks, class_dir: Path
) -> tuple[Assignment, ...]:
    assignments = analyse(records, lessons, marks)
    if lessons and not any(a.in_course for a in assignments):
        raise CourseError(
            f"The gradebook in {class_dir} is of another course: it holds {_some(a.name for a in assignments)}, and this course "
            f"has {_some(lessons)}. Name the course that it belongs to with --course."
        )
    return assignments


def report_page(assignments: Sequence[Assignment]) -> str:
    strays = [a for a in assignments if not a.in_course and len(a.not_graded) == a.submissions]
    assignments = [a for a in assignments if a not in strays]
    parts = [
        {"anchor": f"a{i}", "a": a, "pictures": pictures.of_assignment(a, f"a{i}")} for i, a in enumerate(assignments, 1)
    ]
    several = len(assignments) > 1
    students = Counter(s.student for a in assignments for s in a.stuck)
    return render(
        "report.html.j2",
        parts=parts,
        overview=pictures.overview(assignments, "all") if several and any(a.shares for a in assignments) else "",
        stuck_often=[(s, n) for s, n in sorted(students.items(), key=lambda p: (-p[1], p[0].casefold())) if n > 1],
        strays=strays,
        absent=_absent(assignments) if several else [],
        outcomes=OUTCOMES,
        broke=BROKE,
        least=LEAST_CLASS,
        apart=LEAST_APART,
        quartiles=quartiles,
    )


def quartiles(a: Assignment) -> tuple[float, float, float] | None:
    """Of the scores, in percent."""
    return tuple(float(p) for p in np.percentile([100 * s for s in a.shares.values()], [25, 50, 75])) if a.shares else None


def _absent(assignments: Sequence[Assignment]) -> list[tuple[str, list[str]]]:
    """Students of whom some assignments have a submission and others have none."""
    handed_in = {a.name: {*a.shares, *(u.student for u in a.not_graded)} for a in assignments}
    everyone = sorted(set().union(*handed_in.values()), key=str.casefold)
    missing = [(student, [name for name, who in handed_in.items() if student not in who]) for student in everyone]
    return [(student, names) for student, names in missing if names]


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:6]) + (f" and {len(listed) - 6} more" if len(listed) > 6 else "")


# -- CSV -----------------------------------------------------------------------------------------------------------------


def report_rows(assignments: Sequence[Assignment]) -> Iterator[list[object]]:
    """The report as rows of COLUMNS: one number or one finding each, with how many submissions it is `of`."""
    for a in assignments:
        yield [a.name, "", "submissions", "", a.submissions, a.submissions, a.title, ""]
        yield [a.name, "", "graded", "", a.submissions - len(a.not_graded), a.submissions, "", ""]
        for part, value in zip(("lower quartile", "median", "upper quartile"), quartiles(a) or (), strict=False):
            yield [a.name, "", "score in percent", part, round(value, 2), len(a.shares), "", ""]
        for e in a.exercises:
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
