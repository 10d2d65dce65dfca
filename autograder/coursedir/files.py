"""Files that are replaced as a whole: a full disk or a kill leaves what was there."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

BACKUPS = ".backup"
"""Folder, in the student's, of notebooks as they were before a command changed them."""


def write(path: Path, content: bytes | str) -> None:
    """Writes the file and the folders above it, text in UTF-8. Raises OSError, with the old file untouched, where it cannot."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(data)
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)  # half a file would keep others from what space there is
        raise


def is_same(file: Path, other: Path) -> bool:
    """Whether `other` is there and holds the same bytes as `file`."""
    return other.is_file() and file.read_bytes() == other.read_bytes()


def back_up(file: Path, folder: Path) -> Path:
    """Copies `file` into the student's `folder`/.backup, beside earlier copies, and returns the copy."""
    copy = dated(folder / BACKUPS, file.stem, file.suffix)
    write(copy, file.read_bytes())
    return copy


def dated(folder: Path, name: str, suffix: str = "") -> Path:
    """The path in `folder` of this name with the time in it; with a number as well where that is taken."""
    path, number = folder / f"{name}-{_now()}{suffix}", 1
    while path.exists():
        path, number = folder / f"{name}-{_now()}-{number}{suffix}", number + 1
    return path


def _now() -> str:
    return datetime.now().strftime("%Y%m%d-%H%M%S")
