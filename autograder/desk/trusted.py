"""Errors carry forward, in grading only: once an exercise is judged, a right function takes the place of a wrong one.

A wrong `softmax` then costs `softmax` alone, and not every later exercise that calls it. Every name bound to the wrong function
is bound anew. A closure, a partial or a container that holds it keeps it: make such things where they are used.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..judging.key_files import HIDDEN, load_functions

GRADING = "NBGRADER_EXECUTION"
"""Environment variable that nbgrader sets to "autograde" while it grades, and only then."""


REFERENCE = ".reference.py"
"""Ending, in the folder of hidden keys, of the file that defines a right function."""


def carry_forward(name: str, namespace: dict[str, Any]) -> None:
    """Puts a right function in the place of namespace[name], while grading; does nothing in a live notebook."""
    if os.environ.get(GRADING) != "autograde":
        return
    file = Path(os.environ[HIDDEN]) / f"{name}{REFERENCE}"
    if not file.is_file():
        return
    wrong, right = namespace.get(name), load_functions(file)[name]
    for other in [n for n, value in namespace.items() if wrong is not None and value is wrong]:
        namespace[other] = right
    namespace[name] = right
