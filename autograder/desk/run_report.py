"""What a student reads about a run from the top: the cells that stop, and what each visible check gives now."""

from __future__ import annotations

import re
from collections.abc import Callable

from nbformat import NotebookNode

from ..messages.translate import _
from .findings import rest_of_the_cell_above
from .fresh import SECONDS, Run
from .lessons import Lesson
from .names import makers, too_late
from .notebooks import first_line
from .progress import Entry, when

STATES = {"no choice": "not made", "stub": "not written", "missing": "not defined"}
"""What is said of a check that failed, by the kind of its failure."""

Say = Callable[[str], None]


def report_errors(run: Run, cells: list[NotebookNode], lost: list[NotebookNode], say: Say) -> None:
    """Says which cells stop and what to do; `lost` are cells of the release that `cells` have no more."""
    for number, error in run.errors:
        if number in run.endless:
            say(_("Cell {number} ran for {minutes:g} minutes and was stopped: {line}",
                  number=number, minutes=SECONDS / 60, line=f"`{first_line(cells[number - 1])}`"))  # fmt: skip
            continue
        say(_("Cell {number} stops: {error}", number=number, error=error) + _advice(number, error, cells, lost))


def report_checks(lesson: Lesson, run: Run, entries: dict[str, Entry], say: Say) -> list[str]:
    """Says what each visible check gives now; returns the exercises that passed before and do not now, and are worth points."""
    failing, score, points = [], 0.0, sum(lesson.exercises.values())
    if run.died_in:
        say(_("The kernel died in cell {number}. Nothing after it could be run.", number=run.died_in))
    for name, total in lesson.exercises.items():
        facts = run.checks.get(name)
        got = float(facts["score"]) if facts else 0.0
        passed = bool(facts) and facts.get("kind") is None
        state = _("passes") if passed else _(STATES.get(facts["kind"], "not right")) if facts else _("was not checked")
        score += got if total else 0.0
        if not passed and name in entries and entries[name].passed:
            failing += [name] if total else []
            state += _(", and passed before ({at})", at=when(entries[name].at))
        worth = f"{got:g}/{total:g}" if total else _("optional")
        mark = "✓" if passed else "·" if facts and facts["kind"] == "no choice" else "✗"
        say(f"{mark} {name}: {state}, {worth}")
    say(_("Together {score:g} of {points:g} points by the visible checks. Grading uses other inputs as well, and written answers are "
          "graded by hand.", score=score, points=points))  # fmt: skip
    return failing


def _advice(number: int, error: str, cells: list[NotebookNode], lost: list[NotebookNode]) -> str:
    """What to add to the error of a cell: where the name that it lacks is made, or what else it may be."""
    if error.startswith("IndentationError") or "outside function" in error:
        return ". " + rest_of_the_cell_above()
    missing = re.match(r"NameError: name '(\w+)' is not defined", error)
    if not missing:
        return ""
    name, cells_making = missing[1], makers(missing[1], cells)
    if before := [n for n in cells_making if n < number]:
        return _(". Cell {maker} makes `{name}`, but did not get that far.", maker=before[-1], name=name)
    if later := [n for n in cells_making if n > number]:
        return ". " + too_late(number, name, later[0])
    if makers(name, lost):
        return _(". The cell of the lesson that makes `{name}` is gone, as said above.", name=name)
    return _(": no cell of the notebook makes it any more. Write the line that made it, above this cell.")
