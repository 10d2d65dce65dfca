"""The page of all lessons' questions: each links to the part that treats it, and to the cell that measured the answer."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ..coursedir.cells import QUESTION
from ..coursedir.files import write
from ..coursedir.folders import CourseDir
from ..coursedir.lesson_facts import facts_of, headings_in, without_minutes
from ..coursedir.releases import STAMP, version_of_text
from ..messages.translate import _
from .cards import Card
from .exercise import Exercise
from .faults import AuthorError
from .lesson_md import Lesson, Placement, cells_by_item, notebook_of

Part = list[tuple[Placement | nbformat.NotebookNode, str]]
"""What a part of a lesson consists of, its heading first, each with the id of the first cell that is made of it."""


def questions_page(lessons: Sequence[Lesson], declared: dict[str, dict[str, Exercise]]) -> nbformat.NotebookNode | None:
    """The page, or None where there is no question.

    Raises AuthorError, with file and line, where two have one name, or where one names a part or a cell that is not there.
    """
    line_of: dict[str, str] = {}
    for card in (card for lesson in lessons for card in lesson.cards):
        if card.name in line_of:
            fault = f"there is a question called {card.name!r} already, in {line_of[card.name]}. Give this one another name"
            raise AuthorError(fault, at=card.file, line=card.line)
        line_of[card.name] = f"{card.file.parent.name}/{card.file.name}:{card.line}"
    cells = [cell for lesson in lessons if lesson.cards for cell in _cells_of(lesson, declared[lesson.name])]
    if not cells:
        return None
    head = new_markdown_cell(f"# {_('Questions')}\n\n{_how_to_use_it()}", id="questions-head")
    draw = new_code_cell("from autograder import questions\n\nquestions()", id="questions-draw")
    cells = [head, draw, *cells]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, STAMP: version_of_text(cells)}
    return new_notebook(cells=cells, metadata=metadata)


def write_page(course: CourseDir, page: nbformat.NotebookNode | None, check: bool) -> list[str]:
    """Brings the file up to `page`, unless this is a `check`; returns its name where it differed."""
    file, text = course.questions, nbformat.writes(page) + "\n" if page else ""
    if page is None or (file.is_file() and file.read_text(encoding="utf-8") == text):
        return []
    if not check:
        write(file, text)
    return [file.name]


def _how_to_use_it() -> str:
    return _(
        "The next cell draws ten of the questions below: answer each in your own words before you open a choice, and then "
        "every choice says why it is right or not. The links below a question lead to the part of a lesson that treats it, "
        "and to the cell that measured the answer. `questions(5)` draws five, and `questions(lesson=2)` those of one lesson."
    )


def _cells_of(lesson: Lesson, exercises: dict[str, Exercise]) -> Iterator[nbformat.NotebookNode]:
    """A heading, and the questions of a lesson."""
    title = facts_of(lesson.name, notebook_of(lesson, exercises, solved=False).cells).title
    parts = _parts(lesson, exercises)
    yield new_markdown_cell(f"## {title}", id=lesson.name)
    for card in lesson.cards:
        text = f"{card.text}\n\n{_links(lesson, card, parts)}"
        mark = {"lesson": int(lesson.name[:2]), "title": title}
        yield new_markdown_cell(text, id=f"{card.name}-question", metadata={QUESTION: mark})


def _parts(lesson: Lesson, exercises: dict[str, Exercise]) -> dict[str, Part]:
    """The parts of a lesson, by their headings without minutes."""
    parts: dict[str, Part] = {}
    here: Part = []
    for item, cells in zip(lesson.cells, cells_by_item(lesson, exercises, solved=False), strict=True):
        here.append((item, cells[0].id))
        text = item.source if not isinstance(item, Placement) and item.cell_type == "markdown" else ""
        for level, heading in headings_in(text):
            if level == 2:
                here = parts[without_minutes(heading)] = [(item, cells[0].id)]
    return parts


def _links(lesson: Lesson, card: Card, parts: dict[str, Part]) -> str:
    """Both by ids of cells: of a link to a heading JupyterLab does not decode what is no ASCII, such as · in "2 · Weights"."""
    if card.part not in parts:
        near = "; ".join(difflib.get_close_matches(card.part, parts, cutoff=0.3) or parts) or "none"
        fault = f"the question {card.name!r} names the part {card.part!r}: lesson.md has no such heading. Is it: {near}?"
        raise AuthorError(fault, at=card.file, line=card.line)
    part, address = parts[card.part], f"{quote(lesson.name)}/{quote(lesson.name)}.ipynb#cell-id="
    title = card.part.replace("[", r"\[").replace("]", r"\]")
    return _("Measured in: [{part}]({part_at}) · [the cell]({cell_at})",
             part=title, part_at=address + part[0][1], cell_at=address + _measured_by(card, part))  # fmt: skip


def _measured_by(card: Card, part: Part) -> str:
    """The id of the cell that a question names. What is placed measures nothing by itself: the demo that waits for it does."""
    placed = [cell_id for item, cell_id in part if isinstance(item, Placement) and item.mark == card.cell]
    others = [(item, cell_id) for item, cell_id in part if not isinstance(item, Placement) and item.cell_type == "code"]
    if placed:
        return next(
            (cell_id for item, cell_id in others if re.search(rf"""\(["']{card.cell}["']""", item.source)), placed[0]
        )
    found = [cell_id for item, cell_id in others if card.cell in item.source]
    if len(found) != 1:
        raise AuthorError(
            f"the question {card.name!r} names {card.cell!r}, which is in {len(found) or 'no'} cells of the part "
            f"{card.part!r}. Name an exercise, a prediction or a written answer that is placed there, or code that stands "
            "in one cell of it alone",
            at=card.file,
            line=card.line,
        )
    return found[0]
