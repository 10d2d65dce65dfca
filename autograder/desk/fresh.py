"""Runs a notebook once from the top, in a kernel of its own, as handing in does."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from .progress import FRESH

SECONDS = 180
"""What one cell may take."""


@dataclass
class Run:
    """What came of it: the facts of each check by exercise, cells that stopped with an error, and where the kernel died."""

    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)
    died_in: int = 0

    @property
    def endless(self) -> list[int]:
        """The cells that were stopped because they took too long: nobody else interrupts this kernel."""
        return [number for number, error in self.errors if error.startswith("KeyboardInterrupt")]


def run_from_the_top(notebook: NotebookNode, folder: Path, step: Callable[[int, int], None]) -> Run:
    """Runs a copy of `notebook` in `folder`; `step` is told the cell that starts, and how many there are."""
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    run, at, total = Run(), 0, len(notebook.cells)

    def starts(cell: NotebookNode, cell_index: int) -> None:
        nonlocal at
        at = cell_index + 1
        step(at, total)

    client = NotebookClient(
        notebook,
        kernel_name="python3",  # this environment's, whatever VS Code wrote into the notebook
        timeout=SECONDS,
        interrupt_on_timeout=True,
        allow_errors=True,
        on_cell_start=starts,
    )
    client.resources = {"metadata": {"path": str(folder)}}
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # what the kernel itself logs
        client.execute(env=os.environ | {FRESH: "1"}, cwd=str(folder), **quiet)
    except DeadKernelError:
        run.died_in = at
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []) if cell.cell_type == "code" else ():
            facts = output.get("metadata", {}).get("autograder")
            if isinstance(facts, dict) and not facts.get("hidden"):
                run.checks[str(facts.get("exercise"))] = facts
            elif output.output_type == "error":
                line = f"{output.ename}: {output.evalue}".splitlines()[0]
                run.errors.append((number, re.sub(r"\x1b\[[\d;]*m", "", line)[:200]))
    return run
