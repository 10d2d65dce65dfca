"""How long a line of code may be that students see: a longer one scrolls sideways in JupyterLab beside its file browser."""

from __future__ import annotations

from pathlib import Path

from .faults import AuthorError

WIDTH = 95


def refuse_long_lines(source: str, at: Path, line: int) -> None:
    """Raises AuthorError where a line of `source`, which begins in this line of the file `at`, is too long."""
    for number, text in enumerate(source.splitlines(), line):
        if len(text) > WIDTH:
            raise AuthorError(
                f"this line has {len(text)} characters, and students see {WIDTH} at most: break it", at, number
            )
