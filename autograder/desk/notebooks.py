"""A student's notebook file: finding it, reading it, and telling which cell of the release a cell comes from."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from ..coursedir.cell_names import without_magics
from ..coursedir.folders import CourseError
from ..messages.translate import _
from .released import base_of, is_notebook, released_notebook


def own_notebook(lesson: Path) -> Path:
    """The student's notebook in the folder `lesson`, whatever it is called. Raises CourseError where none can be told."""
    expected = lesson / f"{lesson.name}.ipynb"
    others = sorted(p for p in lesson.glob("*.ipynb") if p != expected)
    if expected.is_file():
        return expected
    if len(others) == 1:
        return others[0]
    if not others:
        raise CourseError(_("There is no notebook in {folder}. `autograder update` puts a fresh one there, and {backup}/ holds "
                            "earlier ones of yours.", folder=lesson.name, backup=".backup"))  # fmt: skip
    names = ", ".join(p.name for p in others)
    raise CourseError(
        _("Which one is your lesson: {names}? Rename it to {expected} and repeat.", names=names, expected=expected.name)
    )


def read_notebook(file: Path) -> NotebookNode:
    """Raises CourseError where `file` is no notebook that can be read."""
    return parse_notebook(read_bytes(file), file.name)


def read_bytes(file: Path) -> bytes:
    """Raises CourseError where `file` cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise CourseError(_("{name} cannot be read: {why}", name=file.name, why=error.strerror)) from error


def parse_notebook(data: bytes, name: str) -> NotebookNode:
    """The notebook in the bytes of the file `name`. Raises CourseError where they are none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cells without ids, or with the same
            notebook = nbformat.reads(data.decode("utf-8-sig"), as_version=4)
            nbformat.validate(notebook)
    except Exception as error:  # nbformat raises many kinds for files that are no notebooks
        raise CourseError(_("{name} is damaged: it is not a Jupyter notebook any more. Open it in JupyterLab and save it, or take "
                            "the last copy from .backup/ or .ipynb_checkpoints/.", name=name)) from error  # fmt: skip
    return notebook


def read_released(lesson: Path, notebook: Path) -> NotebookNode:
    """The release that the student's `notebook` was made from, else the newest. Raises CourseError where no copy of one is there."""
    file = base_of(lesson, notebook) or released_notebook(lesson)
    if not is_notebook(file):
        raise CourseError(
            _("There is no copy of the released {name} to compare with. Run `autograder update` first.", name=lesson.name)
        )
    return read_notebook(file)


def is_foreign(cells: list[NotebookNode], released: list[NotebookNode]) -> bool:
    """Whether most graded cells are of another lesson, or of another course's lesson of the same name."""
    own = set(graded(cells))
    return 2 * len(own & set(graded(released))) < len(own)


def grade_id(cell: NotebookNode) -> str:
    """nbgrader's name of a graded cell, "" for others."""
    mark = cell.metadata.get("nbgrader")
    name = mark.get("grade_id") if isinstance(mark, dict) else ""
    return name if isinstance(name, str) else ""


def unmark(cell: NotebookNode) -> None:
    """Makes a cell one of the student's own: nothing of nbgrader's in it, and free to edit and delete."""
    for key in ("nbgrader", "deletable", "editable"):
        cell.metadata.pop(key, None)


def graded(cells: list[NotebookNode]) -> dict[str, NotebookNode]:
    """The graded cells by nbgrader's name; of several with one name the last."""
    return {grade_id(c): c for c in cells if grade_id(c)}


def first_line(cell: NotebookNode) -> str:
    """What a student knows a cell by: its heading, or its first line."""
    line = next((line for line in cell.source.splitlines() if line.strip()), "").strip()
    line = line.lstrip("# ") if cell.cell_type == "markdown" else line
    return line if len(line) <= 60 else line[:59].rstrip() + "…"


def same_text(a: NotebookNode, b: NotebookNode) -> bool:
    return a.cell_type == b.cell_type and a.source.strip() == b.source.strip()


def defines(source: str, name: str) -> bool:
    """Whether a cell's code defines the function `name`."""
    tree = _read(source, ast.PyCF_ONLY_AST)
    return tree is not None and any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def stands_alone(source: str) -> bool:
    """Whether a cell's code is Python on its own; a `return` outside a function is not."""
    return source.lstrip().startswith("%%") or _read(source, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT) is not None


def _read(source: str, flags: int) -> Any:
    """The code as Python reads it, without IPython's magics; None where it is no Python."""
    for code in (source, without_magics(source)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of odd escapes in strings
                return compile(code, "<cell>", "exec", flags, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def renew_ids(cells: list[NotebookNode], preferred: dict[int, str]) -> None:
    """Gives each cell an id of its own; `preferred` are those that cells (by Python's id) should have."""
    ids = set(preferred.values())
    for cell in cells:
        new_id = preferred.get(id(cell)) or cell.get("id") or "cell"
        if id(cell) not in preferred and new_id in ids:
            new_id = next(f"{new_id[:50]}-{n}" for n in range(2, 10_000) if f"{new_id[:50]}-{n}" not in ids)
        ids.add(new_id)
        cell["id"] = new_id
