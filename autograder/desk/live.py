"""Whether somebody works in this notebook, or a program runs it."""

from __future__ import annotations

import os

from . import shell
from .progress import is_fresh
from .trusted import GRADING


def is_live() -> bool:
    """Whether a student runs it cell by cell: no grader, no validation, no run to hand it in."""
    return not (is_fresh() or shell.in_sandbox() or GRADING in os.environ)
