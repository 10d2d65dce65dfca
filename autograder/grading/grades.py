"""grades.csv: a class's scores as the machine gave them, with marks by hand beside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..coursedir.files import write
from ..coursedir.folders import CourseError
from ..report.marks import NO_MARKS, Marks
from ..report.record import Record
from ..report.spreadsheet import csv_text


def write_grades(records: Sequence[Record], marks: Mapping[tuple[str, str], Marks], path: Path) -> None:
    """Writes one row for each submission. Raises CourseError where the file cannot be written."""
    try:
        write(path, csv_text(_rows(records, marks)))
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written ({error.strerror}). Grades are in gradebook.db; start again to have it."
        ) from error


def _rows(records: Sequence[Record], marks: Mapping[tuple[str, str], Marks]) -> Iterator[list[object]]:
    """What a person grades, or gave a mark for, has a second column: the mark by hand, blank where there is none."""
    of = {r.at: marks.get(r.at, NO_MARKS).cells for r in records}
    names = dict.fromkeys(name for r in records for name in r.scores)
    by_hand = {x.name for r in records for x in r.results if x.score is None}
    by_hand |= {name for cells in of.values() for name, mark in cells.items() if mark.score is not None}
    columns = [column for name in names for column in ([name, f"{name} by hand"] if name in by_hand else [name])]
    yield ["student", "assignment", "score", "points", *columns, "needs_manual_grade", "mistakes", "notes"]
    for r in records:
        given = {f"{name} by hand": mark.score for name, mark in of[r.at].items() if mark.score is not None}
        scores = [(given | r.scores).get(column, "") for column in columns]
        notes = "; ".join(dict.fromkeys([*([r.problem] if r.problem else []), *r.notes]))
        yield [r.student, r.assignment, r.score, r.points, *scores, r.needs_manual, json.dumps(r.mistakes), notes]
