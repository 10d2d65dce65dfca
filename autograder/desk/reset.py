"""An exercise begun anew: its cell as it was released, and what stood in it kept."""

from __future__ import annotations

import re
from pathlib import Path

from ..coursedir.files import dated, write
from ..coursedir.folders import MY_ATTEMPTS, CourseError
from ..judging.key_files import NoKey, lesson_folder
from ..messages.translate import _
from . import shell
from .cell_runs import defines, latest
from .live import is_live
from .lookup import key_of


def reset(name: str = "") -> None:
    """Puts the cell of the exercise `name` back to how it was released.

    Write it as the first line of that cell, above what is there, and run the cell. What stood there is kept in my_attempts/, beside
    the notebook.
    """
    if not is_live():
        return  # this very line, where the notebook is run to hand it in or to grade it
    try:
        key_of(name, "reset")
        shell.say(_reset(name))
    except (NoKey, CourseError) as error:
        shell.say([str(error)])
    except OSError as error:
        shell.say([_("Your attempt could not be kept ({why}), so nothing was changed.", why=error.strerror)])


def _reset(name: str) -> list[str]:
    from .notebooks import graded, own_notebook, read_notebook, read_released

    file = own_notebook(lesson_folder())
    saved, released = graded(read_notebook(file).cells), graded(read_released(lesson_folder(), file).cells)
    if name not in released:
        return [_("{name} is no function to write: change your choice in its own cell.", name=f"`{name}`")]
    cell, text = shell.running_cell() if shell.in_notebook() else ("", "")
    text = _without_reset(text)
    if cell != (saved[name].id if name in saved else name) and not defines(text, name):
        code = f'`reset("{name}")`'
        return [
            _("Write {code} as the first line of the answer's own cell, above what is there, and run that cell.", code=code)
        ]
    run, stub = latest(name), released[name].source
    attempts = (text, _without_reset(run.text) if run else "", saved[name].source if name in saved else "")
    kept = [_keep(name, own) for own in dict.fromkeys(a.strip() for a in attempts) if own not in ("", stub.strip())]
    shell.replace_cell(stub)
    shell.after_this_cell(
        lambda _result: shell.namespace().pop(name, None)
    )  # a check would pass what the cell no longer says
    lines = [_("{name} is as it was released.", name=f"`{name}`")]
    if kept:
        lines.append(_("What stood here is kept. To have it back, write {code} into this cell and run it.",
                       code=f"`%load {kept[0].relative_to(lesson_folder()).as_posix()}`"))  # fmt: skip
    return lines


def _keep(name: str, text: str) -> Path:
    """The file that holds this attempt, made where there is none yet."""
    folder = lesson_folder() / MY_ATTEMPTS
    for file in folder.glob(f"{name}-*.py"):
        if file.read_text(encoding="utf-8").strip() == text:
            return file
    file = dated(folder, name, ".py")
    write(file, text + "\n")
    return file


def _without_reset(text: str) -> str:
    """What a student wrote into a cell: without the lines that only call `reset`, import it, or say where `%load` took it from."""
    return re.sub(r"^(.*\breset\(.*|from autograder import .*|(?:# )?%load .*)$\n?", "", text, flags=re.MULTILINE)
