"""Progress in one lesson, as its notebook lists it: what this kernel has checked, and before that what the file says."""

from __future__ import annotations

from ..judging.key_files import is_lesson, lesson_exercises, lesson_folder, visible_key
from ..messages.translate import _
from . import check, shell
from .progress import Entry, problem_text, read, text_of, when
from .trusted import is_grading


def progress() -> None:
    """Shows how far you are in this lesson: what passed since the kernel started, and what passed before."""
    names = lesson_exercises()
    if not names:
        return shell.say([_("No lesson in this folder.")])
    entries, problem = read(lesson_folder()) if is_lesson() and not is_grading() else ({}, "")
    lines, score, points = [], 0.0, 0.0
    for name in names:
        key = visible_key(name)
        mark, state, earned = _standing(name, entries.get(name))
        if key.options and mark == "✗":
            mark, state = "·", _("not made yet")
        if key.optional:
            lines.append(f"{mark} {name}: {state}, {_('optional')}")
            continue
        lines.append(f"{mark} {name}: {state}, {earned:g}/{key.total:g}")
        score, points = score + earned, points + key.total
    total = _("Together {score:g} of {points:g} points. Written answers are graded by hand.", score=score, points=points)
    return shell.say([*lines, total, *([problem_text(problem)] if problem else [])])


def _standing(name: str, entry: Entry | None) -> tuple[str, str, float]:
    """Mark, words and score of one exercise, by this kernel's check of it or else by what was kept earlier."""
    verdict, function = check.verdicts.get(name), shell.namespace().get(name)
    latest = entry if verdict is None else verdict
    if latest is None:
        return "·", _("not checked yet"), 0.0
    if latest.passed:
        text = text_of(function, name) if callable(function) else ""
        if entry and entry.text and text and text != entry.text:
            return "·", _("changed since it passed, check it again"), 0.0
        if verdict is None:
            return "✓", _("passed before this kernel started ({at})", at=when(entry.at)), entry.score
        return "✓", _("done"), verdict.score
    state = _("not right yet")
    if entry and entry.right_at:
        state = _("not right now, passed once ({at})", at=when(entry.right_at))
    return "✗", state, latest.score
