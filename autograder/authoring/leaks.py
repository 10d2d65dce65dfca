"""Reads a release as written, and refuses it where it holds anything that students must not have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import nbformat

from ..coursedir.cells import cells_in
from ..coursedir.lesson_facts import FILE, facts_of, facts_text
from ..judging import key as keys
from ..judging.key_files import HELD, SUFFIX
from .cards import Card
from .exercise import Exercise
from .faults import AuthorError

MARKER = re.compile(r"\b(BEGIN|END)\b[\s_\-]*(SOL|HID|MARK)|^\s*###", re.IGNORECASE | re.MULTILINE)
"""Anything like one of nbgrader's markers, however misspelt, and any ### comment in code."""


def find_leaks(release: Path, exercises: dict[str, Exercise], lines: dict[str, int]) -> list[str]:
    """What is wrong with the lesson released in the folder `release`, a line each; [] where nothing is.

    `lines` says for a cell's id in which line of lesson.md it begins.
    """
    telling = {e.name: _lines_that_tell(e) for e in exercises.values()}
    notebook = release / f"{release.name}.ipynb"
    leaks = []
    for file in sorted(p for p in release.rglob("*") if p.is_file()):
        name = file.relative_to(release).as_posix()
        if file == notebook:
            leaks += [f"{release.name}/{leak}" for leak in _in_notebook(file, telling, lines)]
        elif name.startswith("keys/") and name.endswith(SUFFIX):
            if keys.load(file).hidden:
                leaks.append(f"{release.name}/{name}: this is a hidden key")
        elif name.startswith("keys/") and name.endswith(HELD):
            text = file.read_text(encoding="utf-8")
            leaks += [f"{release.name}/{name} holds the reference of {e}" for e in _held_by(text, telling)]
        elif name == f"keys/{FILE}":
            if file.read_text(encoding="utf-8") != facts_text(facts_of(release.name, cells_in(notebook))):
                leaks.append(f"{release.name}/{name} says what the released notebook does not say")
        else:
            leaks.append(f"{release.name}/{name}: no such file belongs in a release")
    return leaks


def refuse_answers(cards: Iterable[Card], exercises: dict[str, Exercise]) -> None:
    """Raises AuthorError, with file and line, where a question gives the reference of any exercise."""
    telling = {e.name: _lines_that_tell(e) for e in exercises.values()}
    for card in cards:
        for name in _held_by(card.text, telling):
            fault = f"the question {card.name!r} holds the reference of {name}: reword it"
            raise AuthorError(fault, at=card.file, line=card.line)


def _in_notebook(file: Path, telling: dict[str, set[str]], lines: dict[str, int]) -> list[str]:
    leaks = []
    for number, cell in enumerate(nbformat.read(file, as_version=4).cells):
        where = f"lesson.md:{lines[cell.id]}: this cell" if cell.id in lines else f"{file.name}: cell {number} ({cell.id})"
        if cell.cell_type == "code" and MARKER.search(cell.source):
            leaks.append(f"{where} holds something like a marker: {MARKER.search(cell.source).group().strip()!r}")
        if cell.cell_type == "markdown" and MARKER.search(re.sub(r"^#+ ", "", cell.source, flags=re.MULTILINE)):
            leaks.append(f"{where} holds something like a marker")
        if cell.get("outputs"):
            leaks.append(f"{where} has outputs")
        if cell.cell_type == "code" and re.search(r"hidden\s*=\s*True", cell.source):
            leaks.append(f"{where} speaks of hidden checks")
        leaks += [f"{where} holds the reference of {e}" for e in _held_by(cell.source, telling)]
    return leaks


def _held_by(source: str, telling: dict[str, set[str]]) -> list[str]:
    """The exercises of whose reference at least half the telling lines stand in this cell, whatever is returned or printed of them."""
    here = "\n".join(_bare(line) for line in source.splitlines())
    return [name for name, lines in telling.items() if lines and 2 * sum(line in here for line in lines) >= len(lines)]


def _lines_that_tell(exercise: Exercise) -> set[str]:
    """The lines of the reference's body that say something of their own."""
    body = [_bare(line) for line in exercise.stub_parts()[1].splitlines()]
    return {line for line in body if len(line) > 12 and not line.startswith(("raise ", "if "))}


def _bare(line: str) -> str:
    """A line of code without its comment, and without `return`."""
    return re.sub(r"\s+#.*$", "", line.strip()).removeprefix("return ")
