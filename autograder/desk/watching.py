"""What the desk does after each cell of a notebook."""

from __future__ import annotations

import contextlib
from typing import Any

from . import cell_runs, name_advice, shell


def watch() -> None:
    """From now on each run of a cell is noted, and a name that it lacks is explained. Only in a notebook."""
    if shell.in_notebook():
        shell.after_each_cell(_after)


def _after(result: Any) -> None:
    cell_runs.note(result)
    with contextlib.suppress(Exception):  # whatever the notebook's file is by now: the cell's own error is there to be read
        name_advice.advise(result)
