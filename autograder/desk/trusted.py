"""What only nbgrader's own autograde needs, which runs a submission and its hidden checks in one process: trusted mode.

Errors carry forward there: once an exercise is judged, a right function takes the place of a wrong one. A wrong answer then
costs its own exercise alone, and not every later one that calls it. Every name bound to the wrong function is bound anew. A closure,
a partial or a container that holds it keeps it: make such things where they are used.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..judging.key import Key
from ..judging.key_files import HIDDEN, REFERENCE, NoKey, key_in, load_functions
from ..messages.translate import _
from . import shell

GRADING = "NBGRADER_EXECUTION"
"""Environment variable that nbgrader sets to "autograde" while it grades, and only then."""


def is_grading() -> bool:
    return os.environ.get(GRADING) == "autograde"


def hidden_key(exercise: str) -> Key:
    """The key that grades an exercise. Raises NoKey everywhere but with the instructor."""
    folder = os.environ.get(HIDDEN)
    if not folder:
        raise NoKey("Hidden keys are with the instructor: hidden=True works only where the grader runs.")
    return key_in(Path(folder), exercise)


def follow_up(name: str, passed: bool) -> None:
    """What comes after the hidden check of an exercise, while grading; nothing in a live notebook."""
    if not is_grading():
        return
    if not passed:
        _carry_forward(name, shell.namespace())
    _say_trusted()


def _carry_forward(name: str, namespace: dict[str, Any]) -> None:
    """Puts a right function in the place of namespace[name]."""
    file = Path(os.environ[HIDDEN]) / f"{name}{REFERENCE}"
    if not file.is_file():
        return
    wrong, right = namespace.get(name), load_functions(file)[name]
    for other in [n for n, value in namespace.items() if wrong is not None and value is wrong]:
        namespace[other] = right
    namespace[name] = right


@lru_cache(maxsize=1)
def _say_trusted() -> None:
    """Once for each submission, among its outputs and never on stderr: nbgrader gives no point for a cell that warns."""
    shell.say([_("Graded without the sandbox, in trusted mode: this submission's code ran where its score was made. Instructors: "
                 "set c.Autograde.autograde_preprocessors as the course's nbgrader_config.py does.")])  # fmt: skip
