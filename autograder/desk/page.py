"""What the start page says, as Markdown with a little HTML: where to go on, a card for each lesson, the questions, the course's map."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from ..coursedir.folders import QUESTIONS
from ..messages.translate import _
from .course_picture import course_picture
from .lessons import Progress, progress_in
from .progress import problem_text, read

_LINE = "1px solid rgba(128,128,128,.5)"
_CARDS = "display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,23rem),1fr));gap:12px;margin:16px 0"
_CARD = f"border:{_LINE};border-radius:8px;padding:4px 16px 8px"
_HEADING = "font-size:1.15em;font-weight:bold;margin:10px 0"
_BUTTON = "display:inline-block;padding:8px 16px;border-radius:8px;background:#0b57a4;color:#ffffff;font-weight:bold;text-decoration:none"


def page(folder: Path) -> str:
    """The start page of the student's `folder`."""
    lessons = progress_in(folder)
    if not lessons:
        return _("There are no lessons in this folder. Run `autograder lab` where you unpacked the course.")
    cards = [_card(_lesson(progress)) for progress in lessons]
    if (folder / QUESTIONS).is_file():
        about = _("On all of the lessons, ten at a time, with a reason for every choice.")
        cards.append(_card([_heading(_("Questions"), QUESTIONS), about]))
    picture = course_picture(folder, lessons)
    return "\n\n".join(
        [_next_step(lessons), _total(lessons), f'<div style="{_CARDS}">', *cards, "</div>"]
        + ([f"## {_('The whole course')}", picture] if picture else [])
    )


def plain(text: str) -> str:
    """The page without its HTML, for a terminal."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"<(figure|div) .*?>|<[^>]*>", "", text)).strip()


def _next_step(lessons: list[Progress]) -> str:
    """A button that leads to the exercise to go on with. Nobody is sent to an optional one."""
    begun = [p for p in lessons if p.latest]
    recent = sorted(begun, key=lambda p: p.latest, reverse=True)
    after = lessons[lessons.index(recent[0]) :] if recent else []
    chosen = next((p for p in (*recent, *after, *lessons) if p.open), None)
    if chosen is None:
        undone = any(s.state != "done" for p in lessons for s in p.standings.values())
        return _("**Every exercise that is worth points is done.**") if undone else _("**Every exercise is done.**")
    title = escape(chosen.lesson.facts.title)
    if not begun:
        return _button(chosen.lesson.address(), _("Start here: {lesson}", lesson=title))
    if not chosen.latest:
        return _button(chosen.lesson.address(), _("Continue here: {lesson}", lesson=title))
    name = chosen.open[0]
    words = _("Continue here: {exercise} in {lesson}", exercise=name, lesson=title)
    return _button(chosen.lesson.address(name), words)


def _total(lessons: list[Progress]) -> str:
    done, score, points = (
        sum(numbers)
        for numbers in zip(*((_done(p), _score(p), sum(p.lesson.exercises.values())) for p in lessons), strict=True)
    )
    return _("{done} of {all} exercises done, {score:g} of {points:g} points. Written answers are graded by hand.",
             done=done, all=sum(map(_graded, lessons)), score=score, points=points)  # fmt: skip


def _lesson(p: Progress) -> list[str]:
    """The parts of a lesson's card."""
    facts = p.lesson.facts
    heading = _heading(facts.title, p.lesson.address())
    if p.lesson.problem:
        return [heading, p.lesson.problem]
    return [heading, " · ".join(_state(p)), *([_bar(p)] if p.latest else []), facts.about, *_remarks(p)]


def _state(p: Progress) -> list[str]:
    """Whether the lesson is begun or done, how long it still takes, and what it holds."""
    minutes = _round(p.minutes_left)
    if not p.latest:
        state, left = _("○ not begun"), _("about {minutes} minutes", minutes=minutes)
    elif p.open:
        state, left = _("◐ in progress"), _("about {minutes} minutes left", minutes=minutes)
    else:
        state, left = _("● done"), ""
    return [f"**{state}**", *([left] if left and minutes else []), *([_size(p)] if not p.latest else [])]


def _size(p: Progress) -> str:
    points, optional = sum(p.lesson.exercises.values()), len(p.standings) - _graded(p)
    text = _("{all} exercises, {points:g} points", all=_graded(p), points=points)
    return text + (_(", {all} more optional", all=optional) if optional else "")


def _bar(p: Progress) -> str:
    points, optional = sum(p.lesson.exercises.values()), [s for s in p.standings.values() if s.optional]
    text = _("{done} of {all} exercises done, {score:g} of {points:g} points",
             done=_done(p), all=_graded(p), score=_score(p), points=points)  # fmt: skip
    more = _("{done} of {all} optional done", done=sum(s.state == "done" for s in optional), all=len(optional))
    bar = f'<progress style="width:100%" value="{_done(p)}" max="{_graded(p)}"></progress>'
    return f"<label>{text} {bar}</label>" + (f"\n\n{more}" if optional else "")


def _remarks(p: Progress) -> list[str]:
    """What the student should know about single exercises, and about the file of progress."""

    def named(names: list[str]) -> str:
        return ", ".join(f"[{name}]({p.lesson.address(name)})" for name in names)

    changed = [name for name, s in p.standings.items() if s.state == "changed"]
    lost = [name for name, s in p.standings.items() if s.state == "wrong" and s.entry.right_at]
    problem = read(p.lesson.folder)[1]
    return [
        *([_("Next: {names}.", names=named(p.open[:1]))] if p.latest and p.open else []),
        *([_("Changed since it passed, so check it again: {names}.", names=named(changed))] if changed else []),
        *([_("Passed once, and does not now: {names}.", names=named(lost))] if lost else []),
        *([_("Still blank, as last saved: {names}.", names=named(p.blank))] if p.blank and not p.open else []),
        *([problem_text(problem)] if problem else []),
    ]


def _graded(p: Progress) -> int:
    return sum(not s.optional for s in p.standings.values())


def _done(p: Progress) -> int:
    return _graded(p) - len(p.open)


def _score(p: Progress) -> float:
    return sum(s.score for s in p.standings.values() if not s.optional)


def _round(minutes: int) -> int:
    """To 5 minutes: what a heading says is a guess."""
    return 5 * round(minutes / 5)


def _card(parts: list[str]) -> str:
    return "\n\n".join([f'<div style="{_CARD}">', *filter(None, parts), "</div>"])


def _heading(words: str, address: str) -> str:
    return f'<h2 style="{_HEADING}"><a href="{escape(address)}">{escape(words)}</a></h2>'


def _button(address: str, words: str) -> str:
    return f'<a href="{escape(address)}" style="{_BUTTON}">{words}</a>'
