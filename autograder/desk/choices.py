"""The choices of predictions: what the notebook says, what was clicked, and which of them counts.

A click is kept in a file beside the notebook, for a program that writes an open notebook's file makes JupyterLab ask which of two to
keep. Handing in writes it into the copy that is packed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from ..coursedir.folders import MY_CHOICES as FILE
from ..judging.judge import letter_of
from ..judging.key import Key
from ..messages.translate import _
from .beside import Kind


@dataclass(frozen=True)
class Choice:
    """What is kept of one prediction: the letter that was `clicked`, and the one that counted when the result was `first` shown; ""
    where there is none."""

    clicked: str = ""
    first: str = ""


def read(lesson: Path) -> tuple[dict[str, Choice], str]:
    """The choices kept in the folder `lesson`, by prediction; and "damaged" or "newer" where the file cannot be used, else ""."""
    return _KIND.read(lesson)


def click(lesson: Path, name: str, letter: str) -> bool:
    """Keeps a click, and says whether it could be."""
    return _KIND.keep(lesson, name, replace(_kept(lesson, name), clicked=letter))


def result_shown(lesson: Path, name: str, letter: str) -> str:
    """Keeps the letter that counts as the result is shown, where it never was before; returns the one of the first time."""
    kept = _kept(lesson, name)
    if not kept.first:
        _KIND.keep(lesson, name, replace(kept, first=letter))
    return kept.first or letter


def changed_from(lesson: Path, key: Key, letter: str) -> str:
    """The letter that counted when the result was first shown, where it was another one than `letter`; else ""."""
    first = _kept(lesson, key.exercise).first
    return first if first in key.options and first != letter else ""


def counting(key: Key, said: Any, lesson: Path) -> Any:
    """What counts: the letter that the notebook has `said`, else the one that was clicked, else whatever the notebook says."""
    clicked = _kept(lesson, key.exercise).clicked
    return said if letter_of(key, said) or clicked not in key.options else clicked


def problem_text(problem: str) -> str:
    """What a student reads about a file that is "damaged" or "newer"."""
    return _KIND.problem_text(problem)


# -- into the copy that is handed in -----------------------------------------------------------------------------------


def written_in(cells: list[NotebookNode], keys: list[Key], lesson: Path) -> Iterator[tuple[str, str]]:
    """Writes each click that counts into the cell of its prediction, in place; yields the name and the letter of each."""
    for key in keys:
        name = key.exercise
        says = re.compile(rf"^{re.escape(name)}[ \t]*=[ \t]*(.*?)[ \t]*(#.*)?$", re.MULTILINE)
        code = [(cell, found) for cell in cells if cell.cell_type == "code" and (found := says.search(cell.source))]
        clicked = _kept(lesson, name).clicked
        if not code or clicked not in key.options or any(_is_letter(key, found[1]) for _cell, found in code):
            continue
        first = changed_from(lesson, key, clicked)
        remark = "  # " + _("changed from {first} after the result", first=first) if first else ""
        cell, found = code[-1]
        cell.source = f'{cell.source[: found.start()]}{name} = "{clicked}"{remark}{cell.source[found.end() :]}'
        yield name, clicked


def _is_letter(key: Key, code: str) -> bool:
    """Whether this is the text of one of the choices, in quotes."""
    quoted = re.fullmatch(r"""(["'])(.*)\1""", code)
    return bool(quoted and letter_of(key, quoted[2]))


# -- the file ----------------------------------------------------------------------------------------------------------


def _kept(lesson: Path, name: str) -> Choice:
    return read(lesson)[0].get(name, Choice())


def _choice(fields: dict[str, Any]) -> Choice:
    choice = Choice(fields["clicked"], fields["first"])
    if not isinstance(choice.clicked, str) or not isinstance(choice.first, str):
        raise TypeError("letters are text")
    return choice


_KIND = Kind(
    FILE,
    1,
    "choices",
    _choice,
    "Choices that you clicked are not counted: click them again. What is in it will be put aside.",
)
