"""Handing in: is the notebook complete and saved, does it run from the top, and what do the visible checks give then?"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ..coursedir.folders import CourseError
from ..judging.key import Key
from ..judging.key_files import NoKey, key_in
from ..messages.translate import _
from . import choices, exchange
from .copies import newer_waits
from .findings import findings, lost_demos
from .fresh import run_from_the_top
from .lessons import Lesson, blank_answers, functions_in, older_than
from .notebooks import first_line, own_notebook, parse_notebook, read_bytes, read_released
from .package import pack
from .progress import Entry, read, when
from .run_report import Say, report_checks, report_errors


def hand_in(lesson: Lesson, say: Say, step: Callable[[int, int], None], anyway: bool = False) -> Path | None:
    """Checks, runs and packs the lesson; returns the file to hand in, or None where something is to be mended first.

    With `anyway` the file is written all the same. Raises CourseError where there is nothing that could be handed in.
    """
    file = own_notebook(lesson.folder)
    content = read_bytes(file)  # read once: what is checked and run is what is packed, whatever is saved meanwhile
    notebook, released = parse_notebook(content, file.name), read_released(lesson.folder, file)
    entries, _problem = read(lesson.folder)
    _say_which(lesson, file, say)
    if lesson.problem:
        say(lesson.problem)
    if damaged := choices.read(lesson.folder)[1]:
        say(choices.problem_text(damaged))
    amiss = findings(notebook.cells, released.cells)
    if len([f for f in amiss if f.kind.startswith("no ")]) >= max(2, len(lesson.exercises)):
        raise CourseError(_("{name} holds next to nothing of {lesson}. Is it another lesson's notebook? Nothing was written.",
                            name=file.name, lesson=lesson.name))  # fmt: skip
    clicked = dict(choices.written_in(notebook.cells, _prediction_keys(lesson), lesson.folder))
    to_pack = nbformat.writes(notebook).encode() if clicked else content
    entries_in_cells = {name: entry for name, entry in entries.items() if name not in clicked}
    if (unsaved := _unsaved(file, notebook.cells, entries_in_cells)) and not anyway:
        say(unsaved)
        return None
    for finding in amiss:
        say(str(finding))
    if amiss and not anyway:
        say(_("Nothing was handed in. `autograder repair {n}` mends this and drops nothing that you wrote; then hand in again.",
              n=int(lesson.name[:2])))  # fmt: skip
        return None
    if newer_waits(lesson.folder, file):
        say(_("A newer release of this lesson waits. `autograder update` merges it into your notebook; this hands in the one "
              "you have."))  # fmt: skip
    demos = lost_demos(notebook.cells, released.cells)
    for cell in demos:
        say(_("A cell of the lesson is gone: `{line}`. `autograder repair {n}` puts it back.",
              line=first_line(cell), n=int(lesson.name[:2])))  # fmt: skip
    blank = blank_answers(notebook.cells, released.cells)
    for name in blank:
        say(_("The written answer `{name}` is still blank.", name=name))
    say(_("Running {name} once from the top …", name=file.name))
    run = run_from_the_top(copy.deepcopy(notebook), lesson.folder, step)
    report_errors(run, notebook.cells, demos, say)
    failing = report_checks(lesson, run, entries, say)
    why = ""
    if failing:
        why = _("what passed before does not when the notebook runs from the top ({names}). Choose Kernel → Restart Kernel and Run All "
                "Cells to see it.", names=", ".join(failing))  # fmt: skip
    if run.endless:
        why = _("a cell does not end. Mend it, save, and hand in again.")
    if why and not anyway:
        say(_("Nothing was handed in: {why} To hand in as it is: `autograder submit {n} --anyway`, or submit({n}, anyway=True).",
              why=why, n=int(lesson.name[:2])))  # fmt: skip
        return None
    packed = pack(lesson, to_pack)
    if clicked:
        say(_("What you clicked is written into it: {choices}.", choices=", ".join(f"{n} {c}" for n, c in clicked.items())))
    line = _("Written: {file}. This is the file to hand in.", file=packed.relative_to(lesson.folder.parent).as_posix())
    if blank:
        line += " " + _("Still blank in it, and worth points: {names}.", names=", ".join(f"`{n}`" for n in blank))
    say(line)
    if read_bytes(file) != content:
        say(_("{name} was saved again while it was run. What was checked is in the file; to hand in what is saved now, repeat.",
              name=file.name))  # fmt: skip
    if exchange.is_configured():
        say(exchange.send(to_pack, lesson.name))
    return packed


def _say_which(lesson: Lesson, file: Path, say: Say) -> None:
    """Says which file this is about and when it was saved, and where that may not be the one that is meant."""
    saved = datetime.fromtimestamp(file.stat().st_mtime).isoformat()
    say(_("This is about {name} as it was saved at {at}.", name=file.name, at=when(saved)))
    if file != lesson.file:
        say(_("Your file is called {found}. It is handed in as {name}.", found=file.name, name=lesson.file.name))
    for newer in sorted(p for p in lesson.folder.glob("*.ipynb") if p != file and p.stat().st_mtime > file.stat().st_mtime):
        say(_("{newer} was saved later than {name}. Is it the one to hand in? This is about {name}.",
              newer=newer.name, name=file.name))  # fmt: skip


def _prediction_keys(lesson: Lesson) -> list[Key]:
    """The keys of the lesson's predictions, but for those that cannot be read: their checks say so."""
    keys = []
    for cell in lesson.facts.graded:
        with contextlib.suppress(NoKey):
            keys += [key_in(lesson.folder / "keys", cell.name)] if cell.kind == "prediction" else []
    return keys


def _unsaved(file: Path, cells: list[NotebookNode], entries: dict[str, Entry]) -> str:
    """What to do where something was checked that the file on disk does not hold; "" where all is saved."""
    saved = functions_in(cells) if entries else {}
    for name, entry in entries.items():
        if older_than(file, entry.at) and not (entry.text and saved.get(name) in ("", entry.text)):
            return _("You checked `{name}` at {at}, after {file} was last saved. Save it (Ctrl+S, or ⌘S) and hand in again.",
                     name=name, at=when(entry.at), file=file.name)  # fmt: skip
    return ""
