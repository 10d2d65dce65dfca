"""Reads a download, folder or zip: every notebook in it, through zips within zips, and why others were left.

Nothing is unpacked by the paths that stand in a zip, and no zip makes the reader work for longer than its size allows.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from ..coursedir.folders import CourseError
from .owners import CANVAS, MOODLE, ZIP
from .structure import MOST_BYTES

MOST_TOTAL = 1024 * 2**20
"""Bytes of all notebooks of one download."""
MOST_IN_ZIP = 64 * 2**20
"""Bytes that are unpacked from one zip in the download, and from all that lie in it."""
MOST_RATIO = 100
"""Bytes that are unpacked for each byte of a zip, beyond one notebook of the largest size."""
MOST_ENTRIES, MOST_ENTRIES_IN_ZIP = 50_000, 2_000
"""Files and folders in a download that is a zip, and in a zip in a download."""
DEEPEST = 3
"""Zips within zips."""

_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Others take a hundred times as long to unpack, and no platform uses them."""

_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


@dataclass(frozen=True)
class Notebook:
    """One notebook of a download: the path to it, through folders and zips, its text, and when it was handed in.

    `stamped` is what a timestamp.txt beside it says, "" where there is none; `at` is that, or the file's own date.
    """

    path: PurePosixPath
    data: bytes
    at: datetime
    stamped: str = ""

    @classmethod
    def dated(cls, path: PurePosixPath, data: bytes, at: datetime, stamped: str) -> Notebook:
        """A notebook with the date of its timestamp.txt, or else its own."""
        if stamped:
            with contextlib.suppress(ValueError, OverflowError):
                return cls(path, data, parse_utc(stamped.strip()).replace(tzinfo=UTC), stamped.strip())
        return cls(path, data, at)

    def __str__(self) -> str:
        return self.path.as_posix()


@dataclass
class _Budget:
    """What may still be unpacked from a zip and from those in it."""

    entries: int
    size: int

    @classmethod
    def of_zip(cls, size: int) -> _Budget:
        return cls(MOST_ENTRIES_IN_ZIP, min(MOST_IN_ZIP, MOST_BYTES + MOST_RATIO * size))

    @classmethod
    def of_download(cls, size: int) -> _Budget:
        return cls(MOST_ENTRIES, min(MOST_TOTAL, MOST_BYTES + MOST_RATIO * size))


class Reader:
    """Finds notebooks in folders and zips; says in `left` what it does not read."""

    def __init__(self, left: list[str]):
        self.left, self.total = left, 0

    def read(self, source: Path) -> Iterator[Notebook]:
        if source.is_dir():
            yield from self._folder(source)
        elif source.suffix.lower() == ZIP:
            budget = _Budget.of_download(source.stat().st_size)
            yield from self._zip(source.open("rb"), PurePosixPath(), source.name, 1, budget)
        else:
            raise CourseError(f"{source} is neither a folder nor a .zip file.")

    def _folder(self, source: Path) -> Iterator[Notebook]:
        for folder, inner, files in os.walk(source):
            here = PurePosixPath(Path(folder).relative_to(source).as_posix())
            for name in [n for n in inner if (Path(folder) / n).is_symlink()]:
                self._leave(here / name, "a link, and links are not followed")
            inner[:] = sorted(n for n in inner if not n.startswith((".", "__MACOSX")))
            stamped = self._stamp(Path(folder) / "timestamp.txt")
            collectable = sorted(n for n in files if n.lower().endswith((".ipynb", ZIP)) and not n.startswith("."))
            self._leave_others(here, files, collectable)
            for name in collectable:
                file, path = Path(folder) / name, here / name
                try:
                    facts = file.lstat()
                    if not stat.S_ISREG(facts.st_mode):
                        self._leave(path, "a link or a device, not a file")
                    elif name.lower().endswith(ZIP):
                        yield from self._zip(file.open("rb"), path, name, 1, _Budget.of_zip(facts.st_size))
                    elif facts.st_size > MOST_BYTES:
                        self._leave(path, f"larger than {MOST_BYTES // 2**20} MB")
                    elif self._count(facts.st_size, path):
                        yield Notebook.dated(path, file.read_bytes(), datetime.fromtimestamp(facts.st_mtime, UTC), stamped)
                except OSError as error:
                    self._leave(path, f"cannot be read ({error.strerror})")

    def _leave_others(self, here: PurePosixPath, names: list[str], collectable: list[str]) -> None:
        """Names what a student handed in instead of a notebook: else it would look as if nothing had come."""
        for name in sorted(set(names) - set(collectable) - {"timestamp.txt"}):
            if not name.startswith(".") and (not collectable or MOODLE.fullmatch(name) or CANVAS.fullmatch(name)):
                self._leave(here / name, "neither a notebook nor a zip file")

    def _stamp(self, file: Path) -> str:
        try:
            return file.read_bytes()[:100].decode("utf-8", "replace") if stat.S_ISREG(file.lstat().st_mode) else ""
        except OSError:
            return ""

    def _zip(
        self, opened: io.BufferedIOBase, path: PurePosixPath, name: str, depth: int, budget: _Budget
    ) -> Iterator[Notebook]:
        with opened:
            try:
                with zipfile.ZipFile(opened) as archive:
                    yield from self._entries(archive, path, depth, budget)
            except _UNREADABLE as error:
                self._leave(path if path.parts else PurePosixPath(name), f"cannot be read as a zip file ({error})")

    def _entries(self, archive: zipfile.ZipFile, path: PurePosixPath, depth: int, budget: _Budget) -> Iterator[Notebook]:
        infos = archive.infolist()
        if len(infos) > budget.entries:
            return self._leave(path, f"holds {len(infos)} files and folders, more than {budget.entries}: not looked through. Ask "
                                     "for the notebook alone")  # fmt: skip
        budget.entries -= len(infos)
        stamps: dict[PurePosixPath, str] = {}
        folders: dict[PurePosixPath, list[str]] = defaultdict(list)
        for info in infos:
            inside = PurePosixPath(info.filename.replace("\\", "/"))
            if inside.name == "timestamp.txt" and info.file_size < 1000 and info.compress_type in _PACKINGS:
                with contextlib.suppress(*_UNREADABLE):
                    stamps[inside.parent] = archive.read(info)[:100].decode("utf-8", "replace")
            if not info.is_dir() and not any(p.startswith((".", "__MACOSX")) for p in inside.parts):
                folders[inside.parent].append(inside.name)
        for folder, names in folders.items() if not path.parts else ():  # the download itself, not what a student packed
            self._leave_others(folder, names, [n for n in names if n.lower().endswith((".ipynb", ZIP))])
        for info in infos:
            inside = PurePosixPath(info.filename.replace("\\", "/"))
            kind, at = inside.suffix.lower(), path / inside
            hidden = any(p.startswith((".", "__MACOSX")) and p != ".." for p in inside.parts)
            if info.is_dir() or kind not in (".ipynb", ZIP) or hidden:
                continue
            if inside.is_absolute() or ".." in inside.parts:
                self._leave(path / inside.name, f"the zip says to put it at {info.filename}, outside of its folder")
            elif stat.S_ISLNK(info.external_attr >> 16):
                self._leave(at, "a link, and links are not followed")
            elif kind == ZIP and depth >= DEEPEST:
                self._leave(at, f"more than {DEEPEST} zips within each other")
            elif (data := self._unpacked(archive, info, at, MOST_IN_ZIP if kind == ZIP else MOST_BYTES, budget)) is None:
                continue
            elif kind == ZIP:
                inner = budget if path.parts else _Budget.of_zip(len(data))
                yield from self._zip(io.BytesIO(data), at, inside.name, depth + 1, inner)
            elif self._count(len(data), at):
                try:
                    dated = datetime(*info.date_time).astimezone(UTC)
                except (ValueError, OverflowError):
                    self._leave(at, "the zip gives it a date that there is not")
                    continue
                yield Notebook.dated(at, data, dated, stamps.get(inside.parent, ""))
        return None

    def _unpacked(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, at: PurePosixPath, most: int, budget: _Budget
    ) -> bytes | None:
        """An entry's bytes; None where it was left."""
        if info.compress_type not in _PACKINGS:
            name = zipfile.compressor_names.get(info.compress_type, f"packing {info.compress_type}")
            return self._leave(at, f"packed with {name}, which is not unpacked. Ask for an ordinary zip file")
        allowed = min(most, budget.size)
        try:
            with archive.open(info) as opened:
                data = opened.read(allowed + 1)  # whatever size the zip claims
        except _UNREADABLE as error:
            return self._leave(at, f"cannot be unpacked ({error})")
        budget.size -= min(len(data), budget.size)
        if len(data) <= allowed:
            return data
        if allowed == most:
            return self._leave(at, f"larger than {most // 2**20} MB")
        return self._leave(at, "the zip unpacks to far more than its size, or than 64 MB")

    def _count(self, size: int, path: PurePosixPath) -> bool:
        """Whether so much may still be read."""
        self.total += size
        if self.total > MOST_TOTAL:
            self._leave(path, f"the download holds more than {MOST_TOTAL // 2**20} MB; collect it in parts")
        return self.total <= MOST_TOTAL

    def _leave(self, path: PurePosixPath, why: str) -> None:
        self.left.append(f"{path.as_posix()}: {why}")
