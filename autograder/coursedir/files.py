"""Files that are replaced as a whole: a full disk or a kill leaves what was there."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

BACKUPS = ".backup"
"""Folder, in the student's, of notebooks as they were before a command changed them."""


def write(path: Path, data: bytes) -> None:
    """Raises OSError, with the old file untouched, where it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(data)
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def back_up(file: Path, folder: Path) -> Path:
    """Copies `file` into the student's `folder`/.backup, beside earlier copies, and returns the copy."""
    copy = folder / BACKUPS / f"{file.stem}-{stamp()}{file.suffix}"
    number = 1
    while copy.exists():
        copy, number = copy.with_name(f"{file.stem}-{stamp()}-{number}{file.suffix}"), number + 1
    write(copy, file.read_bytes())
    return copy


def stamp() -> str:
    """Now, for a file's name."""
    return datetime.now().strftime("%Y%m%d-%H%M%S")
