"""The lessons in a student's folder, and how far the student is in each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .progress import Entry, function_text, read
from .released import released_notebook


@dataclass(frozen=True)
class Lesson:
    """One lesson. `exercises` has the points of each that `check` knows, in order."""

    name: str
    folder: Path
    title: str
    about: str = ""
    minutes: int = 0
    exercises: dict[str, float] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.ipynb"


@dataclass(frozen=True)
class Standing:
    """Where the student stands in one exercise: "done", "wrong", "changed" since it passed, or "open"."""

    state: str
    entry: Entry | None = None

    @property
    def score(self) -> float:
        return self.entry.score if self.entry and self.state != "changed" else 0.0


def lessons(folder: Path) -> list[Lesson]:
    """Every lesson in the student's `folder`, in order."""
    return [_lesson(p.parent.parent) for p in sorted(folder.glob("[0-9][0-9]_*/keys/lesson.json"))]


def standings(lesson: Lesson) -> dict[str, Standing]:
    """Where the student stands in each exercise, by what was checked and what has been saved since."""
    entries, _ = read(lesson.folder)
    saved = saved_functions(lesson.file) if entries else {}
    return {name: _standing(name, entries.get(name), lesson.file, saved) for name in lesson.exercises}


def saved_functions(notebook: Path) -> dict[str, str]:
    """{name: text it is recognised by} of the functions that the saved notebook defines, the last of each name."""
    return functions_in(_cells(notebook))


def functions_in(cells: list[dict]) -> dict[str, str]:
    """{name: text it is recognised by} of the functions that cells define, the last of each name."""
    found: dict[str, str] = {}
    for cell in cells:
        for name in re.findall(r"^(?:async )?def (\w+)", source_of(cell), re.MULTILINE) if _is_code(cell) else ():
            found[name] = function_text(source_of(cell), name) or found.get(name, "")
    return found


def older_than(file: Path, at: str) -> bool:
    """Whether `file` was last saved before the time `at`."""
    return file.stat().st_mtime < datetime.fromisoformat(at).timestamp()


def source_of(cell: dict) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def _standing(name: str, entry: Entry | None, file: Path, saved: dict[str, str]) -> Standing:
    if entry is None:
        return Standing("open")
    if not entry.passed:
        return Standing("wrong", entry)
    if entry.text and saved and not older_than(file, entry.at) and saved.get(name) not in ("", entry.text):
        return Standing("changed", entry)
    return Standing("done", entry)


def _lesson(folder: Path) -> Lesson:
    try:
        names = [str(n) for n in json.loads((folder / "keys" / "lesson.json").read_text(encoding="utf-8"))["exercises"]]
    except (OSError, ValueError, KeyError, TypeError):
        names = []
    cells = _cells(released_notebook(folder)) or _cells(folder / f"{folder.name}.ipynb")
    points = {}
    for cell in cells:
        mark = cell.get("metadata", {}).get("nbgrader")
        if isinstance(mark, dict) and "points" in mark:
            points[str(mark.get("grade_id", "")).removesuffix("-check")] = float(mark["points"])
    text = [source_of(c) for c in cells if not _is_code(c)]
    opening = [p.strip() for p in text[0].split("\n\n")] if text else []
    heading = next((p for p in opening if p.startswith("# ")), f"# {folder.name}")
    about = next((p for p in opening if p and not p.startswith("#")), "")
    minutes = sum(int(m) for t in text for m in re.findall(r"^#+ .*\((\d+) min\)\s*$", t, re.MULTILINE))
    return Lesson(folder.name, folder, heading[2:].strip(), about, minutes, {n: points.get(n, 0.0) for n in names})


def _cells(notebook: Path) -> list[dict]:
    """The cells of a notebook file; [] where it cannot be read."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return [c for c in cells if isinstance(c, dict)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _is_code(cell: dict) -> bool:
    return cell.get("cell_type") == "code"
