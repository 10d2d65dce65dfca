"""Writes a class's report: report.html, one page from what to say in class to the details, and report.csv."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..coursedir.folders import CourseDir, CourseError
from . import pictures
from .across import DROP, LAST, Row, absent, counted, falling_behind, score_rows
from .analyse import LEAST_APART, LEAST_CLASS, AllMarks, Assignment, analyse
from .mistakes import BROKE
from .page import render
from .people import People
from .record import Record
from .rows import COLUMNS, quartiles, report_rows
from .sections import LESSONS_AT, Lesson, find_lessons
from .spreadsheet import csv_text

FIRST = 5
"""Mistakes of a lesson that are not folded."""

SCRIPT = Path(__file__).parent / "templates" / "report.js"


def write_report(
    course: CourseDir,
    class_dir: Path,
    records: Sequence[Record],
    marks: AllMarks,
    people: People,
    at: str = LESSONS_AT,
) -> list[Path]:
    """Writes the report beside the gradebook; returns its files. Raises CourseError where there is nothing to report on."""
    lessons = find_lessons(course.release, at)
    assignments = class_report(records, lessons, marks, class_dir)
    page, table = class_dir / "report.html", class_dir / "report.csv"
    page.write_text(report_page(assignments, people), encoding="utf-8")
    content = csv_text([COLUMNS, *report_rows(assignments, people)])
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


def report_page(assignments: Sequence[Assignment], people: People | None = None) -> str:
    """The page as text. Who is not among `people` goes by the id."""
    people = People() if people is None else people
    strays = [a for a in assignments if not a.in_course and not a.graded]
    assignments = [a for a in assignments if a not in strays]
    script, titles = SCRIPT.read_text(encoding="utf-8"), {a.name: a.title for a in assignments}

    def profile(row: Row) -> str:
        return pictures.profile({titles[name]: percent for name, percent in row.percents.items()})

    last = counted(assignments, people)[-LAST:]
    return render(
        "report.html.j2",
        lessons=[_lesson(a, people, f"a{i}") for i, a in enumerate(assignments, 1)],
        people=people,
        rows=score_rows(assignments, people),
        behind=falling_behind(assignments, people),
        shows_behind=len(last) == LAST,
        last=last,
        drop=DROP,
        waiting=sum(sum(a.waiting.values()) for a in assignments),
        again=sum(sum(a.again.values()) for a in assignments),
        strays=strays,
        broke=BROKE,
        least=LEAST_CLASS,
        apart=LEAST_APART,
        few=pictures.FEW,
        first=FIRST,
        profile=profile,
        outcomes=pictures.outcomes,
        in_outcomes=pictures.in_outcomes,
        interval=pictures.interval,
        script=script,
        script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _lesson(a: Assignment, people: People, anchor: str) -> dict[str, object]:
    """What the page shows of a lesson beside the numbers."""
    percents = [100 * share for share in a.shares.values()]
    return {
        "a": a,
        "anchor": anchor,
        "quartiles": quartiles(a),
        "histogram": pictures.histogram(percents),
        "spread": pictures.spread(percents),
        "absent": absent(a, people),
        "stuck": sorted(a.stuck, key=lambda s: (-s.n, people[s.student].order)),
        "not_graded": sorted(a.not_graded, key=lambda u: people[u.student].order),
        "mended": sorted(a.mended, key=lambda u: people[u.student].order),
        "problems": {u.student for u in a.not_graded},
        "sentences": {(m.exercise, m.name): m.sentence for m in a.mistakes},
    }


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:6]) + (f" and {len(listed) - 6} more" if len(listed) > 6 else "")
