"""What `autograder grade` shows: a progress bar, then a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape as unmarked
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..coursedir.folders import CourseError
from ..judging.printable import one_line
from ..report.marks import NO_MARKS, Marks
from ..report.record import Record
from . import grade


def escape(text: str) -> str:
    """`text` as it stands, on one line: a student chose some of it."""
    return unmarked(one_line(text))


@contextmanager
def grading_progress() -> Iterator[Callable[[grade.Progress], None]]:
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)

        def advance(one: grade.Progress) -> None:
            progress.update(task, total=one.total, advance=1, description=escape(one.record.student))

        yield advance


def print_protection(layers: dict[str, str], unprotected: bool) -> None:
    """One line on what shuts submissions in. Raises CourseError where that is nothing, unless told to go on."""
    on = [name for name, missing in layers.items() if not missing]
    off = [f"{name} ({missing})" for name, missing in layers.items() if missing]
    Console(highlight=False, stderr=True).print(
        escape(f"sandbox: {', '.join(on) or 'none'}" + (f"; missing: {', '.join(off)}" if off else "")), soft_wrap=True
    )
    if not {"namespaces", "landlock", "seccomp"} & set(on) and not unprotected:
        raise CourseError(
            "Nothing on this machine keeps a submission from reading and writing your files. Grade on Linux, or, if you trust "
            "everyone in the class, repeat the command with --unprotected."
        )


def print_class(graded: grade.ClassGraded, class_dir: Path) -> None:
    """The table, then a line for each thing that a student or the instructor should know."""
    console = Console(highlight=False)
    records = graded.records
    by_hand = {r.at: _by_hand(r, graded.marks.get(r.at, NO_MARKS)) for r in records}
    for assignment in dict.fromkeys(r.assignment for r in records if r.points):
        console.print(_table(assignment, [r for r in records if r.assignment == assignment], by_hand))
    for r in records:
        for note in [r.problem] if r.problem else r.notes:
            console.print(f"[bold]{escape(r.student)}[/bold] ({escape(r.assignment)}): {escape(note)}", soft_wrap=True)
    for remark in graded.remarks:
        console.print(escape(remark), soft_wrap=True)
    troubled, fresh = sum(bool(r.problem) for r in records), len(graded.fresh)
    console.print(
        f"{len(records)} submissions, {fresh} graded now, {troubled} with a problem. "
        f"Written to {escape(str(class_dir))}: gradebook.db, grades.csv, feedback/",
        soft_wrap=True,
    )
    console.print(
        f"For what to say in class, and who needs help: autograder report {escape(str(class_dir))}", soft_wrap=True
    )


def _by_hand(record: Record, marks: Marks) -> str:
    """What is left for a person; a mark from before this grading stands, and may be of another answer."""
    if any(marks.score(result) is None for result in record.results):
        return "to do"
    return "to look at again" if marks.again else ""


def _table(assignment: str, records: list[Record], by_hand: dict[tuple[str, str], str]) -> Table:
    left = any(by_hand[r.at] for r in records)
    table = Table(title=f"{assignment}, of {records[0].points:g} points", title_justify="left")
    table.add_column("student", overflow="fold")
    table.add_column("score", justify="right")
    if left:
        table.add_column("by hand")
    table.add_column("most common mistake", overflow="fold")
    for r in records:
        table.add_row(escape(r.student), f"{r.score:g}", *([by_hand[r.at]] if left else []), escape(r.mistake))
    return table
