"""Model answers, where a class has got the file of them: shown to who has solved an exercise, or has seen all hints."""

from __future__ import annotations

import ast

from ..coursedir.folders import answers_file
from ..judging.key_files import NoKey, lesson_folder
from ..messages.translate import _
from . import shell
from .hints import shown_of
from .live import is_live
from .lookup import key_of
from .progress import read


def answer(name: str = "") -> None:
    """Shows the model answer of the exercise `name`, once yours has passed its check or you have seen every hint."""
    if not is_live():
        return
    try:
        hints = key_of(name, "answer").hints
    except NoKey as error:
        return shell.say([str(error)])
    file = lesson_folder() / answers_file(lesson_folder().name)
    if not file.is_file():
        return shell.say([_("The model answers are not in this folder. When they are due, your class gets the file {file}: put it beside "
                            "this notebook.", file=f"`{file.name}`")])  # fmt: skip
    entry = read(lesson_folder())[0].get(name)
    if not (entry and entry.right_at) and shown_of(name) < len(hints):
        return shell.say([_("The answer opens once your function has passed its check, or once you have seen every hint: {code} shows "
                            "the next one ({shown} of {all} so far).",
                            code=f'`hint("{name}")`', shown=shown_of(name), all=len(hints))])  # fmt: skip
    source = _function(file.read_text(encoding="utf-8", errors="replace"), name)
    if not source:
        return shell.say(
            [_("{file} holds no answer to {name}. Is it the newest one?", file=f"`{file.name}`", name=f"`{name}`")]
        )
    shell.show_markdown("\n\n".join([*map(_, hints[-1:]), f"```python\n{source}\n```"]))


def _function(text: str, name: str) -> str:
    """The source of the function `name` in this text; "" where there is none."""
    try:
        nodes = ast.parse(text).body
    except (SyntaxError, ValueError):
        return ""
    return next((ast.get_source_segment(text, n) for n in nodes if getattr(n, "name", None) == name), "")
