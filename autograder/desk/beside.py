"""Small files of ours beside a student's notebook: entries by name, as JSON with a version. Neither damage nor a later version of
the course loses what is in one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..coursedir.files import write
from ..messages.translate import _

T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of such files: its name, its version (raised when an older reader would misread a newer file), what its entries are
    called, how one is made of its fields (raises ValueError, TypeError or KeyError), and what to do where the file is damaged."""

    file: str
    version: int
    entries: str
    entry: Callable[[dict[str, Any]], T]
    advice: str

    def read(self, lesson: Path) -> tuple[dict[str, T], str]:
        """What is kept in the folder `lesson`, by name; and "damaged" or "newer" where the file cannot be used, else ""."""
        try:
            content = json.loads((lesson / self.file).read_text(encoding="utf-8"))
            if isinstance(version := content["version"], int) and version > self.version:
                return {}, "newer"
            return {name: self.entry(fields) for name, fields in content[self.entries].items()}, ""
        except FileNotFoundError:
            return {}, ""
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {}, "damaged"

    def keep(self, lesson: Path, name: str, entry: T) -> bool:
        """Writes an entry down, and says whether it is kept. A damaged file is put aside; one of a newer version, or one that cannot
        be written, stays."""
        entries, problem = self.read(lesson)
        if problem == "newer":
            return False
        content = {"version": self.version, self.entries: {n: asdict(e) for n, e in (entries | {name: entry}).items()}}
        with contextlib.suppress(OSError):  # a folder that may not be written to, a full disk: what asked for it goes on
            if problem:
                os.replace(lesson / self.file, (lesson / self.file).with_suffix(".damaged.json"))
            write(lesson / self.file, json.dumps(content, indent=1) + "\n")
            return True
        return False

    def problem_text(self, problem: str) -> str:
        """What a student reads about a file that is "damaged" or "newer"."""
        if problem == "newer":
            return _(
                "{file} was written by a newer version of the course and is left alone. Install that version to use it.",
                file=self.file,
            )
        return _("{file} is damaged.", file=self.file) + " " + _(self.advice)
