"""Predictions on the screen: choices to click, and the answer below the experiment once it has run."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..judging.judge import judge_choice
from ..judging.key import Key
from ..judging.key_files import is_lesson, lesson_folder
from ..judging.verdict import Verdict
from ..messages.description import Description
from ..messages.translate import _
from . import choices, shell
from .live import is_live

_buttons: dict[str, Any] = {}
"""The radio buttons of each prediction: whichever cells show them, they are the same ones."""

_answered_in: dict[str, str] = {}
"""The cell below which each prediction is answered: the first that waited for it."""

_waiting: set[str] = set()
"""Predictions that are answered when the running cell has ended."""


def counting(key: Key) -> Any:
    """What counts as the prediction: the letter that the notebook says, else the one that was clicked."""
    said = shell.namespace().get(key.exercise)
    return choices.counting(key, said, lesson_folder()) if _is_clicked() else said


def remarked(description: Description, verdict: Verdict, key: Key) -> Description:
    """The description of a prediction, with what the student may do here, and with what was changed after the result."""
    if not key.options or not _is_clicked():
        return description
    if not verdict.passed:
        how = _("Click your choice below, or write its letter in the place of `None` in the cell above.")
        return replace(description, sentence=f"{how} {_problem()}".rstrip())
    first = choices.changed_from(lesson_folder(), key, verdict.choice)
    return replace(description, sentence=_("Changed from {first} after the result.", first=first) if first else "")


def display_check(key: Key, letter: str, output: shell.Output, again: Callable[[], shell.Output]) -> None:
    """Shows what a check said, and the choices; after each click what the check says `again`."""
    if not _is_clicked():
        return shell.display(*output)
    data, metadata = output
    shell.live_display(data, _said(key.exercise), metadata)
    return _offer(key, letter, again)


def ask(key: Key, sentence: str, again: Callable[[], shell.Output]) -> None:
    """Says below an experiment that the prediction is not made yet, and shows its choices, where they can be clicked."""
    if not (_is_clicked() and shell.in_notebook()):
        return shell.say([sentence])
    shell.say([_("Make your choice, then run this cell again.")])
    return _offer(key, "", again)


def answer_below(key: Key) -> None:
    """Answers the prediction below the cell that runs, once that has ended without an error."""

    def after(result: Any) -> None:
        _waiting.discard(key.exercise)
        cell = getattr(result.info, "cell_id", None) or result.info.raw_cell
        if result.success and _answered_in.setdefault(key.exercise, cell) == cell:
            _answer(key)

    if _is_clicked() and shell.in_notebook() and key.exercise not in _waiting:
        _waiting.add(key.exercise)
        shell.after_this_cell(after)


def answer(key: Key, letter: str, first: str) -> str:
    """What was said against what came out, as Markdown. `first` is the letter that counted when the result was first shown."""
    said = letter if first == letter else _("{letter}, changed from {first} after the result", letter=letter, first=first)
    if not key.right:
        return _("**You said {said}.**", said=said)
    text = _("**You said {said}; it was {right}:**", said=said, right=key.right)
    if key.right == letter == first:
        text = _("**You said {said}, and so it was:**", said=said)
    wrong = dict.fromkeys(option for option in (first, letter) if option in key.reasons)
    reasons = [_("About {option}: {reason}", option=f"*{option}*", reason=key.reasons[option]) for option in wrong]
    return "\n\n".join([f"{text} {_sentence(key.words.get(key.right, ''))}".rstrip(), *reasons])


def _sentence(words: str) -> str:
    return words if words.endswith((".", "?")) or not words else f"{words}."


# -- clicks ------------------------------------------------------------------------------------------------------------


def _is_clicked() -> bool:
    """Whether choices can be clicked here: a student runs a lesson cell by cell."""
    return is_live() and is_lesson()


def _offer(key: Key, letter: str, again: Callable[[], shell.Output]) -> None:
    """Shows the choices, with this `letter` chosen; after each click, check cells show what the check says `again`."""
    from ipywidgets import Layout, RadioButtons

    name = key.exercise
    if name not in _buttons:
        words = [
            (plain(f"{option}: {key.words[option]}" if option in key.words else option), option) for option in key.options
        ]
        look = {"layout": Layout(width="auto"), "style": {"description_width": "initial"}}
        _buttons[name] = RadioButtons(options=words, value=None, description=_("Your choice:"), **look)
    buttons = _buttons[name]
    buttons.unobserve_all("value")
    buttons.value = letter or None
    buttons.observe(lambda change: _click(key, change["new"], again), "value")
    text = _(
        "(With a running kernel, the choices are here, to be clicked. Without one, write the letter in the cell above.)"
    )
    shell.live_display(shell.widget_data(buttons, text), _choices(name))


def _click(key: Key, letter: str, again: Callable[[], shell.Output]) -> None:
    if choices.click(lesson_folder(), key.exercise, letter):
        data, metadata = again()
    else:
        text = _problem() or _("Your click could not be kept: nothing can be written here.")
        data, metadata = {"text/plain": text + " " + _("Write the letter in the cell above, with quotes, and run that.")}, {}
    shell.update(data, _said(key.exercise), metadata)


def _answer(key: Key) -> None:
    letter = judge_choice(key, counting(key)).choice
    if not letter:  # it was made when the cell began, and is not any more
        return
    text = answer(key, letter, choices.result_shown(lesson_folder(), key.exercise, letter))
    shell.display({"text/markdown": text, "text/plain": plain(text)})
    closed = _("The result is shown. To change your choice all the same, run the check of {name} again.", name=key.exercise)
    shell.update({"text/plain": closed}, _choices(key.exercise))


def _problem() -> str:
    """What is wrong with the file of clicks; "" where nothing is."""
    problem = choices.read(lesson_folder())[1]
    return choices.problem_text(problem) if problem else ""


def _said(name: str) -> str:
    """The name of outputs that show what the check of a prediction says: what updates one updates all."""
    return f"autograder-said-{name}"


def _choices(name: str) -> str:
    """The name of outputs that show the choices of a prediction."""
    return f"autograder-choices-{name}"


def plain(markdown: str) -> str:
    """Markdown as a label or a terminal shows it."""
    return re.sub(r"[$*`]", "", markdown)
