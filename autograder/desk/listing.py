"""Progress in one lesson, as its notebook lists it: what this kernel has checked, and before that what the file says."""

from __future__ import annotations

from urllib.parse import quote

from ..coursedir.cells import cells_in
from ..judging.key_files import is_lesson, lesson_exercises, lesson_folder, visible_key
from ..messages.translate import _
from . import check, shell
from .hand_in_button import show_button
from .lessons import blank_answers, lessons
from .live import is_live
from .progress import Entry, problem_text, read, text_of, when
from .released import released_notebook
from .trusted import is_grading


def progress() -> None:
    """Shows how far you are in this lesson, what is left to do in it, how to hand it in, and what comes next."""
    names = lesson_exercises()
    if not names:
        return shell.say([_("No lesson in this folder.")])
    entries, problem = read(lesson_folder()) if is_lesson() and not is_grading() else ({}, "")
    lines, links, score, points = [], {}, 0.0, 0.0
    for name in names:
        key = visible_key(name)
        mark, state, earned = _standing(name, entries.get(name))
        if mark != "✓":
            links[name] = f"{quote(lesson_folder().name)}.ipynb#cell-id={name}{'-prediction' if key.options else ''}"
        if key.options and mark == "✗":
            mark, state = "·", _("not made yet")
        if key.optional:
            lines.append(f"{mark} {name}: {state}, {_('optional')}")
            continue
        lines.append(f"{mark} {name}: {state}, {earned:g}/{key.total:g}")
        score, points = score + earned, points + key.total
    total = _("Together {score:g} of {points:g} points. Written answers are graded by hand.", score=score, points=points)
    lines += [total, *([problem_text(problem)] if problem else [])]
    if not is_lesson() or not is_live():
        return shell.say(lines)
    onward, more = _onward()
    shell.say(lines + onward, links | more)
    if onward and shell.in_notebook():
        show_button()


def _onward() -> tuple[list[str], dict[str, str]]:
    """What comes after the exercises of a lesson in a student's folder, and where its words lead: [] elsewhere."""
    folder = lesson_folder()
    released = released_notebook(folder)
    if not released.is_file():
        return [], {}
    own = folder / released.name
    blank = blank_answers(cells_in(own), cells_in(released)) if own.is_file() else []
    links = {name: f"{quote(released.name)}#cell-id={name}" for name in blank}
    lines = [_("Still blank, as last saved: {names}.", names=", ".join(f"`{name}`" for name in blank))] if blank else []
    code = "submit()" if "submit" in shell.namespace() else "from autograder import submit; submit()"
    lines.append(
        _("To hand this lesson in, save it (Ctrl+S, or ⌘S), then press the button or run {code}.", code=f"`{code}`")
    )
    if later := next((lesson for lesson in lessons(folder.parent) if lesson.name > folder.name), None):
        lines.append(_("Next lesson: {title}", title=later.facts.title))
        links[later.facts.title] = f"../{quote(later.name)}/{quote(later.name)}.ipynb"
    return lines, links


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
