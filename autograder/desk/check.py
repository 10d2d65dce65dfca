"""What the cells of a lesson ask of the judge: check, predicted, yours."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..coursedir.cell_names import names_of
from ..judging.held import local_player
from ..judging.judge import judge, judge_choice
from ..judging.key import Key
from ..judging.key_files import NoKey, is_lesson, lesson_exercises, lesson_folder, makers_of
from ..judging.script import Absent
from ..judging.standins import refused
from ..judging.verdict import Failure, Verdict
from ..messages.description import describe, sentence
from ..messages.render import to_html, to_text
from ..messages.translate import _
from . import predictions, shell
from .cell_runs import defines, overtaken
from .live import is_live
from .lookup import key_of
from .my_functions import keep, kept_function
from .progress import is_fresh, record, text_of
from .renaming import other_name
from .trusted import GRADING, follow_up, hidden_key, is_grading

verdicts: dict[str, Verdict] = {}
"""This kernel's latest verdict on each exercise, by the visible key."""

_LOOK_UP = object()


def check(name: str = "", function: Any = _LOOK_UP, hidden: bool = False) -> DescribedVerdict:
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
    if shell.in_sandbox():
        return _elsewhere(name)
    verdict, key = _checked(name, function, hidden)
    if not shell.in_notebook():
        return verdict
    if key.options and function is _LOOK_UP:
        predictions.display_check(key, verdict.choice, verdict.output, lambda: _checked(name)[0].output)
    else:
        shell.display(*verdict.output)
    is_read = GRADING in os.environ  # by nbgrader, which takes no output for full points
    return _QuietVerdict(**vars(verdict) | ({} if is_read else {"score": _QuietScore(verdict.score)}))


def _checked(name: str, function: Any = _LOOK_UP, hidden: bool = False) -> tuple[DescribedVerdict, Key]:
    """The verdict, with its description, and the key; written down wherever it has to be."""
    verdict, key = _verdict(name, function, hidden)
    unready = [n for n in key.needs if n in verdicts and not verdicts[n].passed]
    description = predictions.remarked(describe(verdict, key, [] if hidden else unready), verdict, key)
    verdict = DescribedVerdict(**vars(verdict), message=to_text(description), html=to_html(description))
    if hidden:
        follow_up(name, verdict.passed)
    else:
        verdicts[name] = verdict
        _write_down(name, function, verdict)
    return verdict, key


@dataclass(frozen=True, repr=False)
class DescribedVerdict(Verdict):
    """A verdict with its description: `message` as the text that a student reads, `html` as a notebook shows it."""

    message: str = ""
    html: str = ""

    @property
    def output(self) -> shell.Output:
        """What a notebook shows."""
        return {"text/plain": self.message, "text/html": self.html}, {"autograder": self.facts}

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        return self.html


class _Quiet:
    """What is on the screen already: ending a cell with it shows it no second time."""

    def _ipython_display_(self) -> None:
        pass


class _QuietVerdict(_Quiet, DescribedVerdict):
    """A verdict on the screen."""


class _QuietScore(_Quiet, float):
    """A score, which the message says."""


def _verdict(name: str, function: Any, hidden: bool) -> tuple[Verdict, Key]:
    key = hidden_key(name) if hidden else key_of(name, "check")
    value = shell.namespace().get(name, _LOOK_UP) if function is _LOOK_UP else function
    if key.options:
        return judge_choice(key, predictions.counting(key) if function is _LOOK_UP else value), key
    if function is _LOOK_UP and is_live() and (absent := _overtaken(name, value)):
        return judge(key, absent), key
    if value is _LOOK_UP:
        return judge(key, Absent("missing")), key
    if not callable(value):
        return judge(key, Absent("not callable", f"{type(value).__name__}")), key
    held, order = makers_of(key), lesson_exercises()
    with refused(order[order.index(name) :] if name in order else [name]):
        return judge(key, local_player(value, held, ready_made=key.ready_made, words=partial(sentence, key)), held), key


def _overtaken(name: str, value: Any) -> Absent | None:
    """What there is in place of the function that the answer's cell now says; None where `value` is that one, as far as one can tell."""
    here = shell.in_notebook() and defines(shell.running_cell()[1], name)  # this very cell, which has not ended yet
    run = None if here else overtaken(name, value)
    if run and run.error:
        return Absent("stopped", run.error)
    if value is _LOOK_UP or (run and run.cell == name and name not in names_of(run.text).makes):
        other = other_name(name, shell.namespace(), lesson_exercises())
        return Absent("renamed", other) if other else None
    return None


def _write_down(name: str, function: Any, verdict: Verdict) -> None:
    """In a student's lesson: keeps what passed for later lessons, and adds the verdict on an answer of the notebook to the progress."""
    if not is_lesson() or is_grading():
        return
    value = shell.namespace().get(name) if function is _LOOK_UP else function
    is_own = getattr(value, "__name__", "") == name
    if verdict.passed and is_own:
        keep(value, lesson_folder(), shell.namespace())
    if (is_own or function is _LOOK_UP) and not is_fresh() and name in lesson_exercises():
        record(lesson_folder(), name, verdict.score, verdict.points, verdict.passed, text_of(value, name))


def _elsewhere(name: str) -> DescribedVerdict:
    message = _("The grader makes the check of {name} itself.", name=f"`{name}`")
    shell.say([message])
    return DescribedVerdict(name, 0.0, 0.0, failure=Failure("elsewhere"), message=message)


def predicted(name: str = "") -> bool:
    """Whether you have made the prediction `name`: asks for it where you have not, and answers it below the cell where you have."""
    if shell.in_sandbox():
        return isinstance(shell.namespace().get(name), str)
    key = key_of(name, "predicted")
    verdict = judge_choice(key, predictions.counting(key))
    if verdict.passed:
        predictions.answer_below(key)
    else:
        predictions.ask(key, describe(verdict, key).sentence, lambda: _checked(name)[0].output)
    return verdict.passed


def yours(name: str, stand_in: Callable) -> Callable:
    """Your own function where it passes its check, of this notebook or of an earlier lesson, else `stand_in`, and says so."""
    own = shell.namespace().get(name)
    if shell.in_sandbox():
        return own if callable(own) else stand_in
    if own is None or own is stand_in:
        own = None if is_grading() else kept_function(name, lesson_folder().parent)
    if own is not None and _verdict(name, own, hidden=False)[0].passed:
        return own
    try:
        key_of(name, "yours")
    except NoKey as error:
        shell.say([str(error)])
    shell.say([_("Until your {name} passes its check, this uses a stand-in.", name=f"`{name}`")])
    return stand_in
