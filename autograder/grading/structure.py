"""The structure check: whatever was handed in becomes a notebook that can be graded, with notes on what had to be mended."""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import stat
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from ..coursedir.cells import grade_ids, grading_of
from ..coursedir.releases import Release, stamp_in
from ..judging.printable import whole
from ..messages.translate import _

MOST_BYTES = 32 * 2**20
MOST_PARTS = 300_000
"""Lists and objects in a file."""
MOST_CELLS = 2_000
MOST_CODE = 1_000_000
"""Characters of code in all cells: to read more as Python would take the grader minutes."""


_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")


class Unreadable(Exception):
    """What was handed in cannot be read. The text goes on from the file's name."""


@dataclass
class Prepared:
    """A submission ready for nbgrader, in the shape of the notebook of `release`.

    `notes` say, to the student, what was found and what to do. `stamp` is the release that the submission says it was made from,
    "" where it says none.
    """

    notebook: NotebookNode
    release: Release
    notes: list[str] = field(default_factory=list)
    readable: bool = True
    stamp: str = ""


def prepare(folder: Path, release_by: Callable[[str], Release]) -> Prepared:
    """The notebook handed in in `folder`, brought into the shape of the one it was made from. Never raises for bad input.

    `release_by` gives the release by the stamp in what was handed in, which is "" where there is none.
    """
    release = release_by("")
    file, notes = _choose(folder, release.notebook.name)
    if file is None:
        return _unreadable(release, notes[0])
    try:
        raw = _read(_text(file))
        cells = _cells(raw)
    except Unreadable as why:
        return _unreadable(release, f"{safe_name(file.name)} {why}")
    stamp = stamp_in(raw.get("metadata"))
    release = release_by(stamp)
    blank = _blank(release)
    if _foreign(cells, blank.cells):
        return _unreadable(release, _("{found} is the notebook of another lesson: next to none of its tasks belong to {lesson}. Hand "
                                       "in that one.", found=safe_name(file.name), lesson=release.lesson))  # fmt: skip
    cells, more = _mend(cells, blank.cells)
    return Prepared(_notebook(blank, cells), release, notes + more, stamp=stamp)


def _foreign(cells: list[NotebookNode], blank: list[NotebookNode]) -> bool:
    """Whether most marked cells are not of this lesson, and no code in it defines what this lesson asks for."""
    ids, own = grade_ids(cells), grade_ids(blank)
    return 2 * len(ids & own) < len(ids) and not any(f"def {name}(" in c.source for c in cells for name in own)


def _blank(release: Release) -> NotebookNode:
    return _read_released(release.notebook, release.notebook.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read_released(file: Path, changed: int) -> NotebookNode:
    return nbformat.read(file, as_version=4)


def _notebook(blank: NotebookNode, cells: list[NotebookNode]) -> NotebookNode:
    return NotebookNode(blank | {"metadata": copy.deepcopy(blank.metadata), "cells": cells})


def _choose(folder: Path, name: str) -> tuple[Path | None, list[str]]:
    """The file to grade and what to say of it; None where there is none."""
    try:
        notebooks = sorted(p for p in folder.iterdir() if p.suffix == ".ipynb") if folder.is_dir() else []
    except OSError:
        notebooks = []
    files = [p for p in notebooks if not folder.is_symlink() and _is_plain(p)]
    if not files:
        if folder.is_symlink() or any(p.is_symlink() for p in notebooks):
            return None, [_("A link was handed in, not a notebook. Hand in the file {name} itself.", name=name)]
        return None, [_("No notebook was handed in. Expected a file {name}.", name=name)]
    file = next((p for p in files if p.name == name), files[0])
    if file.name == name:
        return file, []
    return file, [_("Your file is called {found}. It was graded as {name}; use that name next time.",
                    found=safe_name(file.name), name=name)]  # fmt: skip


def _is_plain(path: Path) -> bool:
    """Whether this is a file, and no link to one, which might be someone else's, nor a pipe, which might never end."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def safe_name(name: str) -> str:
    """A file's name as it may stand in a note: whoever chose it may have meant it as HTML, or as another line."""
    return re.sub(r"[^\w .()+,=@-]", "?", whole(name))[:80]


def _text(file: Path) -> str:
    try:
        with open(os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError:
        raise Unreadable(_("could not be opened. Hand it in again.")) from None
    if len(data) > MOST_BYTES:
        raise Unreadable(_("has more than {most} MB, so it was not read. Choose Edit → Clear Outputs of All Cells in JupyterLab, "
                           "save and hand it in again.", most=MOST_BYTES // 2**20))  # fmt: skip
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(
            _("is not UTF-8 text, so it could not be read. Save it in JupyterLab and hand it in again.")
        ) from None


def cells_of(text: str) -> list[NotebookNode]:
    """The cells of a notebook's text: their type, source and nbgrader's name, and nothing else that is in it.

    Raises Unreadable.
    """
    return _cells(_read(text))


def _read(text: str) -> dict[str, Any]:
    """A notebook's text as plain data.

    nbformat's reader and validator are not used: they take minutes for some files, and refuse others over one wrong field.
    Raises Unreadable.
    """
    if text.count("[") + text.count("{") > MOST_PARTS:  # millions of empty lists take gigabytes
        raise Unreadable(_("holds too many parts to be read. Start from a fresh release and copy your answers into it."))
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        raw = None
    if not isinstance(raw, dict):
        raise _no_notebook()
    return raw


def _no_notebook() -> Unreadable:
    return Unreadable(
        _("is not a Jupyter notebook, so it could not be read. Open it in JupyterLab, save it and hand it in again.")
    )


def _cells(raw: dict[str, Any]) -> list[NotebookNode]:
    items = raw.get("cells")
    if items is None and isinstance(raw.get("worksheets"), list):  # nbformat 3 and older
        sheets = [s.get("cells") for s in raw["worksheets"] if isinstance(s, dict)]
        items = [c for cells in sheets if isinstance(cells, list) for c in cells]
    if not isinstance(items, list):
        raise _no_notebook()
    cells = [cell for cell in map(_cell, items) if cell is not None]
    code = sum(len(c.source) for c in cells if c.cell_type == "code")
    if len(cells) > MOST_CELLS or code > MOST_CODE:
        raise Unreadable(_("has {cells} cells with {code} characters of code; at most {most_cells} and {most_code} are graded. "
                           "Start from a fresh release and copy your answers into it.", cells=len(cells), code=code,
                           most_cells=MOST_CELLS, most_code=MOST_CODE))  # fmt: skip
    return cells


def _cell(raw: Any) -> NotebookNode | None:
    """A cell with nothing in it that nbformat did not make; None where it is no cell."""
    if not isinstance(raw, dict):
        return None
    kind, source = raw.get("cell_type"), raw.get("source", raw.get("input"))
    kind = "markdown" if kind == "heading" else kind
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str) or kind not in ("code", "markdown", "raw"):
        return None
    cell = NotebookNode(cell_type=kind, id="cell", metadata=NotebookNode(), source=whole(source))
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    if kind == "markdown" and (images := _images(raw.get("attachments"))):
        cell["attachments"] = images
    meta = raw.get("metadata")
    mark = meta.get("nbgrader") if isinstance(meta, dict) else None
    name = mark.get("grade_id") if isinstance(mark, dict) else None
    if isinstance(name, str):
        cell.metadata["nbgrader"] = NotebookNode(grade_id=name)
    return cell


def with_notes(prepared: Prepared) -> NotebookNode:
    """The notebook with its notes as the first cell, where feedback shows them."""
    if not prepared.notes:
        return prepared.notebook
    text = "**" + _("About your submission") + "**\n\n" + "\n".join(f"- {note}" for note in prepared.notes)
    return _notebook(prepared.notebook, [new_markdown_cell(text, id="submission-notes"), *prepared.notebook.cells])


def _unreadable(release: Release, note: str) -> Prepared:
    blank = _blank(release)
    return Prepared(_notebook(blank, copy.deepcopy(blank.cells)), release, [note], readable=False)


def _images(attachments: Any) -> NotebookNode:
    """Pictures pasted into a text; nothing else that may be attached to one."""
    return nbformat.from_dict(
        {
            whole(name): {"image/png": files["image/png"]}
            for name, files in (attachments.items() if isinstance(attachments, dict) else ())
            if isinstance(files, dict) and isinstance(files.get("image/png"), str) and _BASE64.fullmatch(files["image/png"])
        }
    )


def _mend(cells: list[NotebookNode], released: list[NotebookNode]) -> tuple[list[NotebookNode], list[str]]:
    """`cells` with every graded cell of `released` in it exactly once, marked as it was released."""
    expected = {c.metadata.nbgrader.grade_id: c for c in released if "nbgrader" in c.metadata}
    notes: list[str] = []
    mended: list[NotebookNode] = []
    owner: dict[str, NotebookNode] = {}
    for submitted in reversed(cells):  # the last copy of a cell counts, as in nbgrader
        name = grading_of(submitted).get("grade_id")
        cell = copy.deepcopy(submitted)
        cell.metadata = NotebookNode()  # nbgrader's marks come from the release alone
        if name in owner:
            notes.append(
                _("The cell {name} is there more than once. The last one was graded; delete the others.", name=name)
            )
        elif name in expected:
            _mark(cell, expected[name])
            owner[name] = cell
        mended.insert(0, cell)
    for name in expected:
        if name not in owner:
            notes.append(_put_back(name, expected, mended, owner))
    _unique_ids(mended)
    return mended, list(dict.fromkeys(notes))


def _put_back(name: str, expected: dict, mended: list[NotebookNode], owner: dict[str, NotebookNode]) -> str:
    """Finds or restores the missing graded cell `name`; returns the note for the student."""
    cell = expected[name]
    if cell.metadata.nbgrader.solution and (own := _definition(name, mended)) is not None:
        _mark(own, cell)
        owner[name] = own
        return _("The cell for {name} had lost its mark; the cell that defines {name} was graded.", name=name)
    restored = copy.deepcopy(cell)
    names = list(expected)
    before = [owner[n] for n in names[: names.index(name)] if n in owner]
    place = max((i + 1 for i, c in enumerate(mended) if any(c is b for b in before)), default=0)
    mended.insert(place, restored)
    owner[name] = restored
    if cell.metadata.nbgrader.solution:
        return _(
            "The cell {name} is missing, so it counts as not done. Copy it from a fresh release and fill it in.", name=name
        )
    return _("The cell {name} was missing and was put back for grading.", name=name)


def _definition(name: str, cells: list[NotebookNode]) -> NotebookNode | None:
    """The last unmarked code cell that defines a function `name`."""
    for cell in reversed(cells):
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata and name in _defined(cell.source):
            return cell
    return None


@lru_cache(maxsize=256)
def _defined(source: str) -> frozenset[str]:
    """Names of the functions that a cell defines; none where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _mark(cell: NotebookNode, as_released: NotebookNode) -> None:
    cell.metadata = copy.deepcopy(as_released.metadata)
    if cell.cell_type != as_released.cell_type:
        cell.cell_type = as_released.cell_type
        for name in ("outputs", "execution_count", "attachments"):
            cell.pop(name, None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    if as_released.metadata.nbgrader.locked:
        cell.source = as_released.source


def _unique_ids(cells: list[NotebookNode]) -> None:
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
