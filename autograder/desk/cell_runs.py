"""What the notebook's cells did when they last ran, as IPython tells it: a check asks whether the answer's cell ran to its end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .progress import function_text, text_of


@dataclass(frozen=True)
class CellRun:
    """One run of a cell: its id, "" where the front end sends none; its text; the name of the error that stopped it, or ""."""

    cell: str
    text: str
    error: str = ""


_runs: dict[str, CellRun] = {}
"""The last run of each cell, the latest at the end."""


def note(result: Any) -> None:
    """Takes down IPython's `result` of a run."""
    error = result.error_before_exec or result.error_in_exec
    run = CellRun(str(result.info.cell_id or ""), result.info.raw_cell, type(error).__name__ if error else "")
    _runs.pop(run.cell or run.text, None)
    _runs[run.cell or run.text] = run


def latest(name: str) -> CellRun | None:
    """The last run of a cell that is the answer's, by its id, or that says `def name`, whether it came that far or not."""
    return next((run for run in reversed(_runs.values()) if run.cell == name or defines(run.text, name)), None)


def overtaken(name: str, function: object) -> CellRun | None:
    """The last run of the cell of the exercise `name`, where `function` is not what it says, nor what any other cell says."""
    run = latest(name)
    if run is None:
        return None
    runs = (
        [r for r in _runs.values() if r.cell] if run.cell else [run]
    )  # without ids, a cell's earlier texts are still among them
    text = text_of(function, name)
    return None if text and any(function_text(r.text, name) == text for r in runs) else run


def defines(text: str, name: str) -> bool:
    """Whether a cell's text, which may be no Python, has a line that begins the function `name`."""
    return bool(re.search(rf"^(?:async\s+)?def\s+{re.escape(name)}\b", text, re.MULTILINE))
