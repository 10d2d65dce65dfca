"""What a student's notebook calls: check, hint, progress, predicted, yours."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..judging.judge import judge, judge_choice
from ..judging.key import Key
from ..judging.key_files import NoKey, held_functions, hidden_key, is_lesson, lesson_exercises, lesson_folder, visible_key
from ..judging.player import LocalPlayer
from ..judging.script import Absent
from ..judging.standins import refused
from ..judging.verdict import Failure, Verdict
from ..messages.description import describe
from ..messages.render import lines_html, to_html, to_text
from ..messages.translate import _
from . import progress as kept_progress
from .my_functions import keep, kept
from .trusted import GRADING, carry_forward

SANDBOX = "AUTOGRADER_SANDBOX"
"""Environment variable that is set in the grader's sandbox, and only there."""

_LOOK_UP = object()
_passed: dict[str, Verdict] = {}
_hints_shown: dict[str, int] = {}


def check(name: str, function: Any = _LOOK_UP, hidden: bool = False) -> DescribedVerdict:
    """Checks your answer to the exercise `name` and says what is wrong with it, if anything is.

    Parameters
    ----------
    name : the exercise, such as "softmax".
    function : your function. Left out, it is whatever the notebook calls `name`.
    hidden : use the instructor's hidden key. Raises `NoKey` where there is none.

    Returns
    -------
    Verdict with `passed`, `score` (a float), `points`, `mistake` (the name of a known wrong answer, or None) and `message`.
    In a notebook it is shown as well.
    """
    if _sandboxed():
        return _elsewhere(name)
    verdict, key = _verdict(name, function, hidden)
    unready = [n for n in key.needs if n in _passed and not _passed[n].passed]
    description = describe(verdict, key, [] if hidden else unready)
    verdict = DescribedVerdict(**vars(verdict), message=to_text(description), html=to_html(description))
    if not hidden:
        _passed[name] = verdict
        _keep(name, function, verdict)
        _record(name, function, verdict)
    elif not verdict.passed:
        carry_forward(name, _namespace())
    if hidden and _grading():
        _say_trusted()
    if not _display(verdict):
        return verdict
    quiet = verdict.passed and not _grading()
    return _Shown(**vars(verdict) | ({"score": _QuietScore(verdict.score)} if quiet else {}))


@dataclass(frozen=True, repr=False)
class DescribedVerdict(Verdict):
    """A verdict with its description: `message` as the text that a student reads, `html` as a notebook shows it."""

    message: str = ""
    html: str = ""

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        return self.html


class _Shown(DescribedVerdict):
    """A verdict that is on the screen already: ending a cell with it shows it no second time."""

    def _ipython_display_(self) -> None:
        pass


class _QuietScore(float):
    """A full score, which the message says: ending a cell with it shows nothing. nbgrader reads that as full points too."""

    def _ipython_display_(self) -> None:
        pass


def _verdict(name: str, function: Any, hidden: bool) -> tuple[Verdict, Key]:
    key = hidden_key(name) if hidden else visible_key(name)
    value = _namespace().get(name, _LOOK_UP) if function is _LOOK_UP else function
    if key.options:
        return judge_choice(key, None if value is _LOOK_UP else value), key
    if value is _LOOK_UP:
        return judge(key, Absent("missing")), key
    if not callable(value):
        return judge(key, Absent("not callable", f"{type(value).__name__}")), key
    held, order = held_functions(key), lesson_exercises()
    with refused(order[order.index(name) :] if name in order else [name]):
        return judge(key, LocalPlayer(value, held, ready_made=key.ready_made), held), key


def _keep(name: str, function: Any, verdict: Verdict) -> None:
    """Keeps for later lessons what passed, where this is a student's lesson."""
    function = _namespace().get(name) if function is _LOOK_UP else function
    if verdict.passed and getattr(function, "__name__", "") == name and is_lesson() and not _grading():
        keep(function, lesson_folder(), _namespace())


def _record(name: str, function: Any, verdict: Verdict) -> None:
    """Adds what the check of the notebook's own answer said to the student's progress, where this is a student's lesson."""
    own = function is _LOOK_UP or getattr(function, "__name__", "") == name
    if own and is_lesson() and not _grading() and not kept_progress.is_fresh() and name in lesson_exercises():
        text = _text_of(name, _namespace().get(name) if function is _LOOK_UP else function)
        kept_progress.record(lesson_folder(), name, verdict.score, verdict.points, verdict.passed, text)


def _text_of(name: str, function: Any) -> str:
    """What the text of `function` is recognised by, "" where it has none."""
    try:
        return kept_progress.function_text(inspect.getsource(function), name)
    except (OSError, TypeError):
        return ""


def _sandboxed() -> bool:
    """Whether this is the grader's sandbox, where no key is: the judge sits outside it."""
    return SANDBOX in os.environ


def _elsewhere(name: str) -> DescribedVerdict:
    message = _("The grader makes the check of {name} itself.", name=f"`{name}`")
    _say([message])
    return DescribedVerdict(name, 0.0, 0.0, failure=Failure("elsewhere"), message=message)


@lru_cache(maxsize=1)
def _say_trusted() -> None:
    """Once for each submission, among its outputs and never on stderr: nbgrader gives no point for a cell that warns."""
    _say([_("Graded without the sandbox, in trusted mode: this submission's code ran where its score was made. Instructors: "
            "set c.Autograde.autograde_preprocessors as the course's nbgrader_config.py does.")])  # fmt: skip


def _grading() -> bool:
    return os.environ.get(GRADING) == "autograde"


def hint(name: str) -> None:
    """Shows the next hint for the exercise `name`, and the earlier ones again."""
    try:
        hints = visible_key(name).hints
    except NoKey as error:
        return _say([str(error)])
    shown = min(_hints_shown.get(name, 0) + 1, len(hints))
    _hints_shown[name] = shown
    lines = [_("Hint {number} of {all}: {text}", number=i + 1, all=len(hints), text=_(hints[i])) for i in range(shown)]
    return _say(lines or [_("There are no hints for {name}.", name=name)])


def progress() -> None:
    """Shows how far you are in this lesson: what passed since the kernel started, and what passed before."""
    names = lesson_exercises()
    if not names:
        return _say([_("No lesson in this folder.")])
    earlier, problem = kept_progress.read(lesson_folder()) if is_lesson() and not _grading() else ({}, "")
    lines, score, points = [], 0.0, 0.0
    for name in names:
        total = visible_key(name).total
        mark, state, got = _standing(name, earlier.get(name))
        lines.append(f"{mark} {name}: {state}, {got:g}/{total:g}")
        score, points = score + got, points + total
    total = _("Together {score:g} of {points:g} points. Written answers are graded by hand.", score=score, points=points)
    return _say([*lines, total, *([kept_progress.problem_text(problem)] if problem else [])])


def _standing(name: str, earlier: kept_progress.Entry | None) -> tuple[str, str, float]:
    """Mark, words and score of one exercise, by this kernel's check of it or else by what was kept earlier."""
    verdict, function = _passed.get(name), _namespace().get(name)
    latest = earlier if verdict is None else verdict
    if latest is None:
        return "·", _("not checked yet"), 0.0
    if latest.passed:
        at = kept_progress.when(earlier.at) if earlier else ""
        now = _text_of(name, function) if callable(function) else ""
        if earlier and earlier.text and now and now != earlier.text:
            return "·", _("changed since it passed, check it again"), 0.0
        if verdict is None:
            return "✓", _("passed before this kernel started ({at})", at=at), earlier.score
        return "✓", _("done"), verdict.score
    state = _("not right yet")
    if earlier and earlier.right_at:
        state = _("not right now, passed once ({at})", at=kept_progress.when(earlier.right_at))
    return "✗", state, latest.score


def predicted(name: str) -> bool:
    """Whether you have made the prediction `name`; says what to do where you have not."""
    if _sandboxed():
        return isinstance(_namespace().get(name), str)
    key = visible_key(name)
    verdict = judge_choice(key, _namespace().get(name))
    if not verdict.passed:
        _say([describe(verdict, key).sentence])
    return verdict.passed


def yours(name: str, stand_in: Callable) -> Callable:
    """Your own function where it passes its check, of this notebook or of an earlier lesson, else `stand_in`, and says so."""
    own = _namespace().get(name)
    if _sandboxed():
        return own if callable(own) else stand_in
    if own is None or own is stand_in:
        own = None if _grading() else kept(name, lesson_folder().parent)
    if own is not None and _verdict(name, own, hidden=False)[0].passed:
        return own
    _say([_("Until your {name} passes its check, this uses a stand-in.", name=f"`{name}`")])
    return stand_in


# -- IPython, where there is one ----------------------------------------------------------------------------------------


def _shell() -> Any:
    import sys

    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _namespace() -> dict[str, Any]:
    shell = _shell()
    return shell.user_ns if shell else vars(__import__("__main__"))


def _in_notebook() -> bool:
    return getattr(_shell(), "kernel", None) is not None


def _display(verdict: DescribedVerdict) -> bool:
    if not _in_notebook():
        return False
    from IPython.display import publish_display_data

    data = {"text/plain": verdict.message, "text/html": verdict.html}
    publish_display_data(data, metadata={"autograder": verdict.facts})
    return True


def _say(lines: list[str]) -> None:
    if not _in_notebook():
        print("\n".join(lines))
        return
    from IPython.display import publish_display_data

    publish_display_data({"text/plain": "\n".join(lines), "text/html": lines_html(lines)})
