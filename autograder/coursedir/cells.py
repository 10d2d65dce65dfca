"""A notebook's file and its cells, read without nbformat, whose import takes a second of each start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

QUESTION = "autograder_question"
"""Where a cell's metadata says that it is a question."""


def content_of(notebook: Path) -> dict[str, Any]:
    """What a notebook file holds; {} where it cannot be read."""
    try:
        content = json.loads(notebook.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def cells_in(notebook: Path) -> list[dict]:
    """The cells of a notebook file, in order; [] where it cannot be read."""
    cells = content_of(notebook).get("cells")
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def source_of(cell: dict) -> str:
    """The text of a cell, which files hold whole or by line."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def is_code(cell: dict) -> bool:
    """Whether the cell is one of code."""
    return cell.get("cell_type") == "code"


def grading_of(cell: dict) -> dict:
    """nbgrader's mark in a cell: what it is graded for, and by how many points; {} where there is none."""
    return _mark(cell, "nbgrader")


def question_of(cell: dict) -> dict:
    """What a cell of the page of questions says of its lesson, as "lesson", the number, and "title"; {} in others."""
    return _mark(cell, QUESTION)


def _mark(cell: dict, name: str) -> dict:
    """What a cell's metadata, whatever they are, hold under this name."""
    metadata = cell.get("metadata")
    mark = metadata.get(name) if isinstance(metadata, dict) else None
    return mark if isinstance(mark, dict) else {}


def grade_ids(cells: list[dict]) -> set[str]:
    """nbgrader's names of those cells that it marks."""
    return {mark["grade_id"] for mark in map(grading_of, cells) if mark}


def graded_name(cell: dict) -> str | None:
    """The name of what this cell is graded for; None where it is not graded."""
    mark = grading_of(cell)
    return task_name(str(mark.get("grade_id"))) if mark.get("grade") else None


def task_name(grade_id: str) -> str:
    """The task that a cell belongs to, by the cell's grade_id: "spread" of `spread`, the answer, and `spread-check`, its check."""
    return grade_id.removesuffix("-check")
