"""Every graded cell in a student's notebook once, as it was released: what is amiss, and how to put it right."""

from __future__ import annotations

import copy
import difflib
import re
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ..grading.structure import prepare
from ..words import _
from .files import back_up, write
from .lessons import desk_of
from .notebooks import defines, grade_id, graded, own_notebook, read_notebook, read_released, renew_ids, same_text


@dataclass(frozen=True)
class Finding:
    """Something amiss with the cell `name` of the release."""

    kind: str
    name: str

    def __str__(self) -> str:
        return _(SENTENCES[self.kind], name=self.name.removesuffix("-check"))


SENTENCES = {
    "no answer": "The answer cell of `{name}` is missing: it would count as not done.",
    "no check": "The check cell of `{name}` is missing.",
    "no prediction": "The cell of the prediction `{name}` is missing: it would count as not made.",
    "unmarked": "The answer cell of `{name}` is a new cell, which the grader does not know by name.",
    "twice": "A cell of `{name}` is there more than once: the last one would count, whatever is in it.",
    "pieces": "The answer cell of `{name}` was split: its last part alone would count.",
    "changed": "The check cell of `{name}` was changed. Grading uses the released one.",
}


def findings(cells: list[NotebookNode], released: list[NotebookNode]) -> list[Finding]:
    """What is amiss with the graded cells, in the order of the release; [] where nothing is."""
    found = []
    copies = defaultdict(list)
    for cell in cells:
        copies[grade_id(cell)].append(cell)
    for name, cell in graded(released).items():
        mark, here = cell.metadata.nbgrader, copies[name]
        if not here and mark.solution:
            own = cell.cell_type == "code" and any(not grade_id(c) and defines(c.source, name) for c in cells)
            found.append(Finding("unmarked" if own else "no answer", name))
        elif not here:
            found.append(Finding("no check", name))
        elif len(here) > 1:
            found.append(Finding("pieces" if _is_split(here, cell, name) else "twice", name))
        elif mark.locked and not same_text(here[0], cell):
            found.append(Finding("changed", name))
    return found + [Finding("no prediction", c.id.removesuffix("-prediction")) for c in _lost_predictions(cells, released)]


def repaired(cells: list[NotebookNode], released: NotebookNode, demos: bool = True) -> list[NotebookNode]:
    """`cells` with every graded cell in it once, and the release's other code cells (`demos`); nothing written is dropped."""
    cells = _one_of_each([copy.deepcopy(c) for c in cells], graded(released.cells))
    prepared = _prepared(cells, released)
    mended = _with_outputs(prepared, cells)
    if demos:
        _put_back_code(mended, released.cells)
    names = graded(mended)
    renew_ids(mended, {id(names[n]): c.id for n, c in graded(released.cells).items() if n in names})
    return mended


def repair(lesson: Path) -> list[str]:
    """Repairs the student's notebook in the folder `lesson`, after a backup; returns what it did, a line each."""
    file, released = own_notebook(lesson), read_released(lesson)
    notebook = read_notebook(file)
    found = findings(notebook.cells, released.cells)
    mended = repaired(notebook.cells, released)
    target = lesson / f"{lesson.name}.ipynb"
    back = len(mended) - len(notebook.cells)
    if target == file and not found and back <= 0:
        return [_("{name} is complete: there is nothing to repair.", name=file.name)]
    kept = back_up(file, desk_of(lesson))
    notebook.cells = mended
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    write(target, nbformat.writes(notebook).encode())
    lines = [f"{finding}" for finding in found]
    if target != file:
        lines.append(_("{found} is there as {name} now; {found} itself was left alone.", found=file.name, name=target.name))
    lines.append(_("Repaired. Nothing that you wrote was dropped, and {backup} is as it was before.",
                   backup=kept.relative_to(desk_of(lesson)).as_posix()))  # fmt: skip
    return [*lines, _("If the notebook is open, choose File → Reload Notebook from Disk, before you save.")]


def _is_split(here: list[NotebookNode], cell: NotebookNode, name: str) -> bool:
    """Whether no copy of a code cell defines the function, and all together do."""
    if cell.cell_type != "code" or any(defines(c.source, name) for c in here):
        return False
    return defines("\n".join(c.source for c in here), name)


def _one_of_each(cells: list[NotebookNode], released: dict[str, NotebookNode]) -> list[NotebookNode]:
    """Leaves nbgrader's mark on one copy of each graded cell: the one to grade."""
    for name, cell in released.items():
        here = [c for c in cells if grade_id(c) == name]
        if len(here) < 2:
            continue
        if cell.metadata.nbgrader.locked or all(same_text(c, here[0]) for c in here):
            chosen, gone = here[-1], [c for c in here[:-1] if same_text(c, cell) or same_text(c, here[-1])]
        elif cell.cell_type != "code" or _is_split(here, cell, name):
            chosen, gone = here[0], here[1:]
            parts = [c.source for c in here if not same_text(c, cell)]
            chosen.source = ("\n" if cell.cell_type == "code" else "\n\n").join(dict.fromkeys(parts))
        else:
            defining = [c for c in here if defines(c.source, name)]
            written = [c for c in defining if not same_text(c, cell)]
            chosen, gone = (written or defining or here)[-1], []
        for other in here:
            if other is not chosen:
                del other.metadata["nbgrader"]
        cells = [c for c in cells if not any(c is g for g in gone)]
    return cells


def _prepared(cells: list[NotebookNode], released: NotebookNode) -> list[NotebookNode]:
    """What the grader makes of these cells."""
    with tempfile.TemporaryDirectory() as scratch:
        place, blank = Path(scratch) / "own", Path(scratch) / "lesson.ipynb"
        place.mkdir()
        nbformat.write(released, blank)
        bare = [{k: v for k, v in c.items() if k not in ("outputs", "attachments", "execution_count")} for c in cells]
        bare = [c | ({"outputs": [], "execution_count": None} if c["cell_type"] == "code" else {}) for c in bare]
        for number, cell in enumerate(bare):
            cell["id"] = f"cell-{number}"
        notebook = copy.deepcopy(released)
        notebook.cells = [nbformat.from_dict(c) for c in bare]
        nbformat.write(notebook, place / blank.name)
        return prepare(place, blank).notebook.cells


def _with_outputs(prepared: list[NotebookNode], cells: list[NotebookNode]) -> list[NotebookNode]:
    """The student's own cells, in the order and with the marks of the prepared ones."""
    keys = [[(c.cell_type, c.source) for c in some] for some in (prepared, cells)]
    own = {
        a + k: cells[b + k]
        for a, b, size in difflib.SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
        for k in range(size)
    }
    mended = []
    for i, cell in enumerate(prepared):
        kept = own.get(i, cell)
        kept.metadata.pop("nbgrader", None) if kept is not cell else None
        if "nbgrader" in cell.metadata:
            kept.metadata["nbgrader"] = cell.metadata.nbgrader
        mended.append(kept)
    return mended


def _put_back_code(cells: list[NotebookNode], released: list[NotebookNode]) -> None:
    """Puts released code cells that are gone (imports, demos, predictions) back in their places."""
    for i, cell in enumerate(released):
        if cell.cell_type != "code" or grade_id(cell) or _is_there(cell, cells):
            continue
        before = [j for j, c in enumerate(cells) if any(_is_same_cell(c, r) for r in released[:i])]
        cells.insert(max(before, default=-1) + 1, copy.deepcopy(cell))


def _is_there(cell: NotebookNode, cells: list[NotebookNode]) -> bool:
    name = cell.id.removesuffix("-prediction")
    if name != cell.id and any(re.search(rf"^{re.escape(name)}\s*=", c.source, re.MULTILINE) for c in cells):
        return True
    return any(c.get("id") == cell.id or same_text(c, cell) for c in cells)


def _is_same_cell(a: NotebookNode, b: NotebookNode) -> bool:
    return a.get("id") == b.id or (bool(grade_id(b)) and grade_id(a) == grade_id(b)) or same_text(a, b)


def _lost_predictions(cells: list[NotebookNode], released: list[NotebookNode]) -> list[NotebookNode]:
    return [c for c in released if c.id.endswith("-prediction") and c.cell_type == "code" and not _is_there(c, cells)]
