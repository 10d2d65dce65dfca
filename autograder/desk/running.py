"""Whether JupyterLab runs on a student's folder. It ends with the process that runs it, however that ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout


@contextlib.contextmanager
def running(folder: Path) -> Iterator[bool]:
    """Says so for `folder` as long as the with block lasts; gives whether it is said here, and not by another process already."""
    (folder / ".jupyter").mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".jupyter" / "running.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_running(folder: Path) -> bool:
    with running(folder) as first:
        return not first
