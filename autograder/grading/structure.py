"""The structure check: whatever was handed in becomes a notebook that can be graded, with notes on what had to be mended."""

from __future__ import annotations

import ast
import copy
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from ..words import _


@dataclass
class Prepared:
    """A submission ready for nbgrader. `notes` say, to the student, what was found and what to do."""

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)
    readable: bool = True


def prepare(folder: Path, released: Path) -> Prepared:
    """The notebook handed in in `folder`, brought into the shape of the notebook `released`. Never raises for bad input."""
    blank = nbformat.read(released, as_version=4)
    found = sorted(p for p in folder.glob("*.ipynb") if p.is_file()) if folder.is_dir() else []
    if not found:
        return _unreadable(blank, _("No notebook was handed in. Expected a file {name}.", name=released.name))
    file = next((p for p in found if p.name == released.name), found[0])
    notes = []
    if file.name != released.name:
        notes.append(_("Your file is called {found}. It was graded as {name}; use that name next time.",
                       found=file.name, name=released.name))  # fmt: skip
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return _unreadable(blank, _("{name} is not UTF-8 text, so it could not be read. Save it in JupyterLab and hand it in "
                                    "again.", name=file.name))  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of repeated cell ids, which are renewed below
            notebook = nbformat.reads(text, as_version=4)
        cells = [c for c in notebook.cells if isinstance(c.source, str) and c.cell_type in ("code", "markdown", "raw")]
    except Exception:  # nbformat raises many kinds for files that are no notebooks
        return _unreadable(blank, _("{name} is not a Jupyter notebook, so it could not be read. Open it in JupyterLab, save it "
                                    "and hand it in again.", name=file.name))  # fmt: skip
    mended = copy.deepcopy(blank)
    mended.cells, more = _mend(cells, blank.cells)
    return Prepared(mended, notes + more)


def with_notes(prepared: Prepared) -> NotebookNode:
    """The notebook with its notes as the first cell, where feedback shows them."""
    notebook = copy.deepcopy(prepared.notebook)
    if prepared.notes:
        text = "**" + _("About your submission") + "**\n\n" + "\n".join(f"- {note}" for note in prepared.notes)
        notebook.cells.insert(0, new_markdown_cell(text, id="submission-notes"))
    return notebook


def _unreadable(blank: NotebookNode, note: str) -> Prepared:
    return Prepared(blank, [note], readable=False)


def _mend(cells: list[NotebookNode], released: list[NotebookNode]) -> tuple[list[NotebookNode], list[str]]:
    """`cells` with every graded cell of `released` in it exactly once, marked as it was released."""
    expected = {c.metadata.nbgrader.grade_id: c for c in released if "nbgrader" in c.metadata}
    notes: list[str] = []
    mended: list[NotebookNode] = []
    owner: dict[str, NotebookNode] = {}
    for cell in reversed(cells):  # the last copy of a cell counts, as in nbgrader
        kept = _plain_copy(cell)
        name = _grade_id(cell)
        if name in owner:
            notes.append(
                _("The cell {name} is there more than once. The last one was graded; delete the others.", name=name)
            )
        elif name in expected:
            _mark(kept, expected[name])
            owner[name] = kept
        mended.insert(0, kept)
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
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata:
            try:
                tree = ast.parse(cell.source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            if any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body):
                return cell
    return None


def _grade_id(cell: NotebookNode) -> str | None:
    meta = cell.metadata.get("nbgrader")
    name = meta.get("grade_id") if isinstance(meta, dict) else None
    return name if isinstance(name, str) else None


def _plain_copy(cell: NotebookNode) -> NotebookNode:
    """The cell without outputs and without nbgrader's marks, which only a release hands out."""
    plain = copy.deepcopy(cell)
    plain.metadata = NotebookNode()
    plain.pop("attachments", None)
    if plain.cell_type == "code":
        plain.outputs, plain.execution_count = [], None
    return plain


def _mark(cell: NotebookNode, as_released: NotebookNode) -> None:
    cell.metadata = copy.deepcopy(as_released.metadata)
    if cell.cell_type != as_released.cell_type:
        cell.cell_type = as_released.cell_type
        for name in ("outputs", "execution_count"):
            cell.pop(name, None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    if as_released.metadata.nbgrader.locked:
        cell.source = as_released.source


def _unique_ids(cells: list[NotebookNode]) -> None:
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
