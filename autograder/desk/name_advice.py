"""Advice after a NameError: which of the lesson's names are made in a cell above that has not run."""

from __future__ import annotations

from typing import Any

from ..coursedir.cell_names import names_of
from ..coursedir.cells import cells_in, is_code, source_of
from ..judging.key_files import is_lesson, lesson_folder
from ..messages.translate import _
from . import shell
from .live import is_live


def advise(result: Any) -> None:
    """Says below the error of a cell that ran, IPython's `result`, how to get the name that it lacks."""
    error = result.error_in_exec
    if type(error) is not NameError or not is_lesson() or not is_live():
        return
    if error.name and error.name not in shell.namespace() and _is_made_above(error.name, result.info):
        shell.say(
            [_("{name} is made in an earlier cell, which has not run to its end since this kernel started. Choose Run ▸ Run All Above "
               "Selected Cell (in VS Code: Execute Above Cells), then run this cell again.", name=f"`{error.name}`")]
        )  # fmt: skip


def _is_made_above(name: str, run: Any) -> bool:
    """Whether a cell of the saved notebook makes `name` before the one that ran, or any does where that one is not saved yet."""
    cells = cells_in(lesson_folder() / f"{lesson_folder().name}.ipynb")
    at = next((i for i, c in enumerate(cells) if c.get("id") == run.cell_id or source_of(c) == run.raw_cell), len(cells))
    return any(name in names_of(source_of(c)).makes for c in cells[:at] if is_code(c))
