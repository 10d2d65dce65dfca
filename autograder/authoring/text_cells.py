"""The cells of a lesson's Markdown files, as jupytext reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jupytext
from nbformat import NotebookNode


def text_cells(file: Path) -> Iterator[tuple[int, NotebookNode]]:
    """Each cell of the file, with the line that its text begins in."""
    text, at = file.read_text(encoding="utf-8"), 0
    for cell in jupytext.reads(text, fmt="md").cells:
        found = text.find(cell.source, at)
        at = max(at, found)
        yield text.count("\n", 0, at) + 1, cell
        at += len(cell.source) if found >= 0 else 0
