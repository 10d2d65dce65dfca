"""Questions drawn from the page of questions, which is read as it lies beside the notebook."""

from __future__ import annotations

import random

from ..coursedir.cells import cells_in, question_of, source_of
from ..coursedir.folders import QUESTIONS
from ..judging.key_files import lesson_folder
from ..messages.translate import _
from . import shell


def questions(n: int = 10, lesson: int | None = None) -> None:
    """Shows `n` questions drawn at random, each with its lesson, its choices folded, and where the answer was measured.

    Parameters
    ----------
    n : how many; all where there are fewer.
    lesson : the number of the lesson that they are of. Left out, they are of all lessons.
    """
    cards = [(mark, source_of(cell)) for cell in cells_in(lesson_folder() / QUESTIONS) if (mark := question_of(cell))]
    chosen = [(mark, text) for mark, text in cards if lesson in (None, mark.get("lesson"))]
    if not cards:
        return shell.say(
            [_("There is no page of questions beside this notebook that can be read. Run `autograder update`, then open "
               "{page} from the start page.", page=QUESTIONS)]
        )  # fmt: skip
    if not chosen:
        known = ", ".join(map(str, dict.fromkeys(mark.get("lesson") for mark, _text in cards)))
        return shell.say([_("There are no questions of lesson {lesson!r}. Known are {known}.", lesson=lesson, known=known)])
    if not isinstance(n, int) or n < 1:
        return shell.say([_("{n!r} questions cannot be drawn: write a whole number from 1 on, such as questions(10).", n=n)])
    drawn = random.Random().sample(chosen, min(n, len(chosen)))
    parts = [f"**{i}.** *{mark.get('title')}*\n\n{text}" for i, (mark, text) in enumerate(drawn, 1)]
    shell.show_markdown("\n\n---\n\n".join(parts))
