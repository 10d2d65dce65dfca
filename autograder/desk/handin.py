"""Handing in: is the notebook complete and saved, does it run from the top, and what do the visible checks give then?"""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbformat import NotebookNode

from ..coursedir.files import stamp, write
from ..coursedir.folders import CourseError
from ..messages.translate import _
from . import exchange
from .copies import find_copy
from .fresh import Run, run_from_the_top
from .lessons import Lesson, functions_in, lessons, older_than
from .names import makers, too_late
from .notebooks import first_line, grade_id, graded, own_notebook, parse_notebook, read_bytes, read_released, same_text
from .progress import Entry, read, when
from .repair import findings, lost_demos, rest_of_the_cell_above
from .update import newer_waits

HANDED_IN = "handed_in"
"""Folder, in the student's, of files to hand in."""

STATES = {"no choice": "not made", "stub": "not written", "missing": "not defined"}
"""What is said of a check that failed, by the kind of its failure."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Desk:
    """A student's folder, as a command or a notebook finds it."""

    folder: Path

    def lesson(self, word: str | int | None) -> Lesson:
        """The lesson that `word` names: its number, its folder or the beginning of it. Raises CourseError, with a list."""
        found = lessons(self.folder)
        text = (
            str("" if word is None else word).strip().rstrip("/\\").replace("\\", "/").split("/")[-1].removesuffix(".ipynb")
        )
        fitting = [
            x for x in found if text and (x.name.startswith(text) or (text.isdigit() and int(x.name[:2]) == int(text)))
        ]
        if len(fitting) == 1:
            return fitting[0]
        known = ", ".join(f"{int(x.name[:2])} ({x.name[3:]})" for x in found)
        if not known:
            raise CourseError(_("There are no lessons here. Change into your folder, or run `autograder lab` to make one."))
        if text:
            raise CourseError(_("No lesson is called {word}. Known are {known}.", word=word, known=known))
        raise CourseError(_("Which lesson? Write its number: {known}.", known=known))


def find_desk(start: Path) -> Desk:
    """The student's folder that `start` is, lies in, or has beside or above it as student/."""
    return Desk(find_copy(start) or start)


def hand_in(lesson: Lesson, say: Say, step: Callable[[int, int], None], anyway: bool = False) -> Path | None:
    """Checks, runs and packs the lesson; returns the file to hand in, or None where something is to be mended first.

    With `anyway` the file is written all the same. Raises CourseError where there is nothing that could be handed in.
    """
    file = own_notebook(lesson.folder)
    handed = read_bytes(file)  # read once: what is checked and run is what is packed, whatever is saved meanwhile
    notebook, released = parse_notebook(handed, file.name), read_released(lesson.folder, file)
    if file != lesson.file:
        say(_("Your file is called {found}. It is handed in as {name}.", found=file.name, name=lesson.file.name))
    for newer in sorted(p for p in lesson.folder.glob("*.ipynb") if p != file and p.stat().st_mtime > file.stat().st_mtime):
        say(_("{newer} was saved later than {name}. Is it the one to hand in? This is about {name}.",
              newer=newer.name, name=file.name))  # fmt: skip
    if lesson.problem:
        say(lesson.problem)
    found = findings(notebook.cells, released.cells)
    if len([f for f in found if f.kind.startswith("no ")]) >= max(2, len(lesson.exercises)):
        raise CourseError(_("{name} holds next to nothing of {lesson}. Is it another lesson's notebook? Nothing was written.",
                            name=file.name, lesson=lesson.name))  # fmt: skip
    entries, _problem = read(lesson.folder)
    if (unsaved := _unsaved(file, notebook.cells, entries)) and not anyway:
        say(unsaved)
        return None
    for finding in found:
        say(str(finding))
    if found and not anyway:
        say(_("Nothing was handed in. `autograder repair {n}` mends this and drops nothing that you wrote; then hand in again.",
              n=int(lesson.name[:2])))  # fmt: skip
        return None
    if newer_waits(lesson.folder, file):
        say(
            _(
                "A newer release of this lesson waits. `autograder update` merges it into your notebook; this hands in the one you have."
            )
        )
    gone = lost_demos(notebook.cells, released.cells)
    for cell in gone:
        say(_("A cell of the lesson is gone: `{line}`. `autograder repair {n}` puts it back.",
              line=first_line(cell), n=int(lesson.name[:2])))  # fmt: skip
    blank = _blank(notebook.cells, released.cells)
    for name in blank:
        say(_("The written answer `{name}` is still blank.", name=name))
    say(_("Running {name} once from the top …", name=file.name))
    run = run_from_the_top(copy.deepcopy(notebook), lesson.folder, step)
    for number, error in run.errors:
        say(_("Cell {number} stops: {error}", number=number, error=error) + _advice(number, error, notebook.cells, gone))
    lost = _report(lesson, run, entries, say)
    if lost and not anyway:
        say(_("Nothing was handed in: what passed before does not when the notebook runs from the top ({names}). Choose Kernel → "
              "Restart Kernel and Run All Cells to see it. "
              "To hand in as it is: `autograder submit {n} --anyway`, or submit({n}, anyway=True).",
              names=", ".join(lost), n=int(lesson.name[:2])))  # fmt: skip
        return None
    packed = _pack(lesson, handed)
    still = (
        " " + _("Still blank in it, and worth points: {names}.", names=", ".join(f"`{n}`" for n in blank)) if blank else ""
    )
    say(_("Written: {file}. This is the file to hand in.", file=packed.relative_to(lesson.folder.parent).as_posix()) + still)
    if read_bytes(file) != handed:
        say(_("{name} was saved again while it was run. What was checked is in the file; to hand in what is saved now, repeat.",
              name=file.name))  # fmt: skip
    if exchange.is_configured():
        say(exchange.send(handed, lesson.name))
    return packed


def _blank(cells: list[NotebookNode], released: list[NotebookNode]) -> list[str]:
    """The written answers that are as they were released."""
    own = graded(cells)
    written = [c for c in released if c.cell_type == "markdown" and grade_id(c)]
    return [grade_id(c) for c in written if same_text(own.get(grade_id(c), c), c)]


def _advice(number: int, error: str, cells: list[NotebookNode], gone: list[NotebookNode]) -> str:
    """What to add to the error of a cell: where the name that it lacks is made, or what else it may be."""
    if error.startswith("IndentationError") or "outside function" in error:
        return ". " + rest_of_the_cell_above()
    found = re.match(r"NameError: name '(\w+)' is not defined", error)
    if not found:
        return ""
    name, made = found[1], makers(found[1], cells)
    if before := [n for n in made if n < number]:
        return _(". Cell {maker} makes `{name}`, but did not get that far.", maker=before[-1], name=name)
    if later := [n for n in made if n > number]:
        return ". " + too_late(number, name, later[0])
    if makers(name, gone):
        return _(". The cell of the lesson that makes `{name}` is gone, as said above.", name=name)
    return _(": no cell of the notebook makes it any more. Write the line that made it, above this cell.")


def _unsaved(file: Path, cells: list[NotebookNode], entries: dict[str, Entry]) -> str:
    """What to do where something was checked that the file on disk does not hold; "" where all is saved."""
    saved = functions_in(cells) if entries else {}
    for name, entry in entries.items():
        if older_than(file, entry.at) and not (entry.text and saved.get(name) in ("", entry.text)):
            return _("You checked `{name}` at {at}, after {file} was last saved. Save it (Ctrl+S, or ⌘S) and hand in again.",
                     name=name, at=when(entry.at), file=file.name)  # fmt: skip
    return ""


def _report(lesson: Lesson, run: Run, entries: dict[str, Entry], say: Say) -> list[str]:
    """Says what each visible check gives now; returns the exercises that passed before and do not now."""
    lost, score, points = [], 0.0, sum(lesson.exercises.values())
    if run.died_in:
        say(_("The kernel died in cell {number}. Nothing after it could be run.", number=run.died_in))
    for name, total in lesson.exercises.items():
        facts = run.checks.get(name)
        got = float(facts["score"]) if facts else 0.0
        passed = bool(facts) and facts.get("kind") is None
        state = _("passes") if passed else _(STATES.get(facts["kind"], "not right")) if facts else _("was not checked")
        score += got
        if not passed and name in entries and entries[name].passed:
            lost.append(name)
            state += _(", and passed before ({at})", at=when(entries[name].at))
        say(f"{'✓' if passed else '✗'} {name}: {state}, {got:g}/{total:g}")
    say(_("Together {score:g} of {points:g} points by the visible checks. Grading uses other inputs as well, and written answers are "
          "graded by hand.", score=score, points=points))  # fmt: skip
    return lost


def _pack(lesson: Lesson, notebook: bytes) -> Path:
    """A zip to be unpacked into submitted/<student>/: the notebook as it was saved, under the name the grader looks for."""
    packed, now = io.BytesIO(), datetime.now(UTC)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{lesson.name}/{lesson.name}.ipynb", notebook)
        archive.writestr(f"{lesson.name}/timestamp.txt", f"{now:%Y-%m-%d %H:%M:%S.%f} UTC")
    target = lesson.folder.parent / HANDED_IN / f"{lesson.name}-{stamp()}.zip"
    try:
        write(target, packed.getvalue())
    except OSError as error:
        raise CourseError(_("{file} could not be written: {why}. Your notebook is untouched; make room and repeat.",
                            file=target.name, why=error.strerror)) from error  # fmt: skip
    return target
