"""The notebook of the start page: the lessons in order, how far you are in each, and where to go on.

Its output is text, which needs no run to be read and looks the same in JupyterLab and VS Code. `autograder lab` and `autograder update`
write it anew. In `autograder lab` it is made anew each time that it is read (contents.py); once its cell is run, it follows what
you do in the lessons everywhere.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from ..coursedir.files import back_up, write
from ..coursedir.settings import Settings
from ..judging.key_files import is_lesson, lesson_folder
from ..messages.translate import _
from . import shell
from .page import page, plain
from .progress import FILE, is_fresh
from .running import is_running

START = "start.ipynb"
PAGE = "start-page"
"""The id of the cell whose output is the page."""

_stop = threading.Event()


def start_page() -> None:
    """Shows the lessons, what each is about, how long it takes and how far you are; follows what you do from then on."""
    folder = lesson_folder().parent if is_lesson() else lesson_folder()
    text = page(folder)
    if is_fresh():
        return
    if not shell.in_notebook():
        print(plain(text))
        return
    global _stop
    _stop.set()
    _stop = threading.Event()
    handle = shell.live_display(_data(text))
    threading.Thread(target=_follow, args=(folder, handle, text, _stop), daemon=True).start()


def write_start(folder: Path, settings: Settings | None = None) -> None:
    """Writes the start page into the student's `folder`, with the addresses that the course's `settings` name. Cells that the
    student added stay. Where JupyterLab runs, which shows a fresh page by itself, the file is left alone."""
    if (folder / START).exists() and is_running(folder):
        return
    ours = [
        _cell("markdown", "start-head", _head(settings)),
        _cell("code", PAGE, "from autograder import start_page\n\nstart_page()", page(folder)),
        _cell("markdown", "hand-in-head", _hand_in()),
        _cell("code", "hand-in", "from autograder import submit\n\nsubmit()"),
    ]
    file, own = folder / START, []
    if file.exists():
        try:
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            own = [c for c in cells if c["id"] not in {o["id"] for o in ours}]
        except (ValueError, KeyError, TypeError):  # no notebook any more
            back_up(file, folder)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": ours + own, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    write(file, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def freshen(cells: list[dict], folder: Path) -> None:
    """Puts the page as it is now in the place of the one among `cells`."""
    for cell in cells:
        if cell.get("id") == PAGE:
            cell["outputs"] = [_output(page(folder))]


def _cell(kind: str, name: str, source: str, output: str = "") -> dict:
    """A cell as a notebook's file has it. Written without nbformat, whose import takes a second of each start."""
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    if kind == "code":
        cell["metadata"] = {"jupyter": {"source_hidden": True}} if output else {}
        cell |= {"execution_count": None, "outputs": [_output(output)] if output else []}
    return cell


def _output(text: str) -> dict:
    return {"output_type": "display_data", "data": _data(text), "metadata": {}}


def _data(text: str) -> dict[str, str]:
    return {"text/markdown": text, "text/plain": plain(text)}


def _head(settings: Settings | None) -> str:
    parts = [
        _(
            "# Your lessons\n\nThis page shows how far you are each time that you come back to it. Run the next cell (Shift+Enter) and it "
            "follows at once, in VS Code too. Your progress is kept in files beside your notebooks, on this computer only."
        ),
        _(
            "Where a lesson says that a name such as `check` is not defined, its kernel was started anew: choose Run ▸ Run All Above "
            "Selected Cell (in VS Code: Execute Above Cells)."
        ),
    ]
    if settings and settings.site:
        parts.append(_("The course's pages: <{address}>", address=settings.site))
    if settings and settings.repository:
        parts.append(_("Something is wrong in the course? Report it: <{address}>", address=settings.repository))
    return "\n\n".join(parts)


def _hand_in() -> str:
    return _(
        "## Hand in a lesson\n\nSave the lesson first. Then write its number between the brackets, such as `submit(1)`, and "
        "run the cell. It checks that your notebook is complete, runs it once from the top, and writes the file to hand in."
    )


def _follow(folder: Path, handle: object, text: str, stop: threading.Event) -> None:
    """Shows the page again whenever it has changed."""
    before = _changes(folder)
    while not stop.wait(2):
        if (now := _changes(folder)) == before:
            continue
        before, fresh = now, page(folder)
        if fresh != text:
            text = fresh
            handle.update(_data(text), raw=True)


def _changes(folder: Path) -> list[tuple[str, int]]:
    """When each notebook and each file of progress was last written."""
    times = []
    for file in (*folder.glob(f"[0-9][0-9]_*/{FILE}"), *folder.glob("[0-9][0-9]_*/*.ipynb")):
        try:
            times.append((str(file), file.stat().st_mtime_ns))
        except OSError:  # replaced just now
            continue
    return sorted(times)
