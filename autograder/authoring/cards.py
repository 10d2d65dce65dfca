"""A lesson's interview questions. Each is declared once, in questions.md beside lesson.md, with what measured its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase

from nbformat import NotebookNode

from .faults import AuthorError
from .text_cells import text_cells

REGION = '<!-- #region question="name" part="a heading" cell="a name, or code" --> … <!-- #endregion -->'

_CHOICE = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_NAME = re.compile(r"[A-Za-z]\w{0,49}", re.ASCII)


@dataclass(frozen=True)
class Card:
    """One question, with its choices, as Markdown. Its text begins in that line of that file.

    `part` is the heading of the part that treats it. `cell` is what measured the answer there: the name of something that is
    placed in that part, or code that stands in one cell of it.
    """

    name: str
    part: str
    cell: str
    text: str
    file: Path
    line: int


def read_cards(file: Path) -> tuple[Card, ...]:
    """The questions in a file, in order; none where there is no such file.

    Raises AuthorError, with file and line, where one is not whole.
    """
    cards = []
    for line, region in text_cells(file) if file.is_file() else ():
        try:
            if "question" in region.metadata:
                cards.append(_card(region, file, line))
            elif "<summary>" in region.source:
                raise AuthorError(f"these choices are in no question. Expected {REGION}")
        except AuthorError as fault:
            raise AuthorError(str(fault), at=file, line=line) from None
    return tuple(cards)


def _card(region: NotebookNode, file: Path, line: int) -> Card:
    name, part, cell = found = [region.metadata.get(key) for key in ("question", "part", "cell")]
    if not all(isinstance(value, str) and value for value in found) or not _NAME.fullmatch(name):
        raise AuthorError(f"expected {REGION} with a name of letters, digits and _, found the values {found}")
    choices = _CHOICE.findall(region.source)
    letters = [summary.partition(". ")[0].strip() for summary, _reason in choices]
    if len(choices) < 3 or letters != list(ascii_lowercase[: len(letters)]):
        raise AuthorError(
            f"the question {name!r} has the choices {', '.join(letters) or 'none'}. Expected three or more, lettered a, b, "
            "c in order: <details><summary>a. …</summary> … </details>"
        )
    if (right := sum(reason.lstrip().startswith("Right.") for _summary, reason in choices)) != 1:
        raise AuthorError(f'the question {name!r} has {right} choices whose reason begins with "Right."; expected one')
    return Card(name, part, cell, region.source.strip(), file, line)
