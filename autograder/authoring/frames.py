"""How what students do is set apart from what they read: a label and a frame of plain Markdown, which every page shows alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..messages.translate import _
from .exercise import ASPECTS, Exercise

PREDICT, WRITTEN = r"^\*\*Predict\.\*\*", r"^\*\*Written question\b.*?\*\*"
"""What the prose of a prediction and of a written question begins with, in a paragraph of its own: the frame begins there."""


def exercise_frame(exercise: Exercise, explained: set[str]) -> str:
    """The heading of an exercise, its points, difficulty and minutes, and what those of its points mean that are not `explained`
    yet, which this adds to."""
    circles = "●" * exercise.difficulty + "○" * (3 - exercise.difficulty)
    aspects = ", ".join(f"{_(a)} {n:g}" for a, n in exercise.points.items())
    if exercise.optional:
        title, worth = _("### Optional exercise: `{name}`", name=exercise.name), _("none")
    else:
        title = _("### Exercise: `{name}`", name=exercise.name)
        worth = _("**{points:g}** ({aspects})", points=exercise.worth, aspects=aspects)
    columns = {
        _("Points"): worth,
        _("Difficulty"): _("{circles} {level} of 3", circles=circles, level=exercise.difficulty),
        _("Time"): _("about {minutes} minutes", minutes=exercise.minutes),
    }
    if exercise.needs:
        columns[_("Calls your")] = ", ".join(f"`{n}`" for n in exercise.needs)
    parts = [title, _table(columns)]
    if not exercise.optional and (new := [a for a in exercise.points if a in ASPECTS and a not in explained]):
        explained.update(new)
        meanings = "; ".join(f"**{_(a)}**: {_(ASPECTS[a])}" for a in new)
        parts.append(_("*What these points are for.* {meanings}.", meanings=meanings))
    return "\n\n".join(parts)


def prediction_frame(prose: str, points: float, first: bool) -> str:
    """The prose above a prediction, its question framed; the `first` of a lesson says how to choose."""
    how = _("Run the next two cells and click your choice, or write its letter in the place of `None`.") if first else ""
    return _framed(prose, PREDICT, _("**Predict ({points}, right or wrong).**", points=_points(points)), how)


def written_frame(prose: str, points: float, first: bool) -> str:
    """The prose above a written answer, its question framed; the `first` of a lesson says where to write."""
    how = _("Double-click the next cell to write your answer there.") if first else ""
    return _framed(prose, WRITTEN, _("**Written question ({points}).**", points=_points(points)), how)


def _framed(prose: str, opening: str, label: str, how: str) -> str:
    """`prose` with its end as a block quotation: from the paragraph that begins with the opening, in whose place the label stands."""
    found = list(re.finditer(opening, prose, re.MULTILINE)) or list(re.finditer(r"^#{1,6} .*\n+", prose, re.MULTILINE))
    begins, ends = (found[-1].start(), found[-1].end()) if found else (0, 0)
    if found and prose.startswith("#", begins):
        begins = ends
    question = f"{label} {prose[ends:].strip()}" + (f"\n\n*{how}*" if how else "")
    return prose[:begins] + "\n".join(f"> {line}".rstrip() for line in question.splitlines())


def _points(number: float) -> str:
    return _("1 point") if number == 1 else _("{number:g} points", number=number)


def _table(columns: dict[str, str]) -> str:
    return "\n".join(map(_row, (columns, ["---"] * len(columns), columns.values())))


def _row(entries: Iterable[str]) -> str:
    return f"| {' | '.join(entries)} |"
