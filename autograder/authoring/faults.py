"""What is wrong with a lesson or an exercise, and in which line of which file it stands."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from pathlib import Path


class AuthorError(Exception):
    """A lesson or exercise is wrong. The message says where (file and line), what was found and what to do.

    `at` is what the fault is in: a function or class, placed at its first line, or a file, placed at line 1. `line` is another line
    of the same file. Without `at` the fault has no one place.
    """

    def __init__(self, fault: str, at: Callable | Path | None = None, line: int = 0):
        super().__init__(f"{_place(at, line)}: {fault}" if at else fault)


def _place(at: Callable | Path, line: int) -> str:
    """Such as 03_topic/name.py:12."""
    if not isinstance(at, Path):
        code = (at.__init__ if inspect.isclass(at) else at).__code__
        at, line = Path(code.co_filename), line or code.co_firstlineno
    return f"{'/'.join(at.parts[-2:])}:{line or 1}"


def line_of(error: BaseException, file: Path) -> int:
    """The innermost line of `file` that an exception came through; 0 where it came through none."""
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if Path(frame.f_code.co_filename) in (file, file.resolve())]
    return lines[-1] if lines else 0
