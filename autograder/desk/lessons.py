"""The lessons in a student's folder, and how far the student is in each."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..coursedir.cells import cells_in, grading_of, is_code, source_of
from ..coursedir.lesson_facts import LessonFacts, NoFacts, read_facts
from ..messages.translate import _
from .progress import Entry, function_text, read
from .released import released_notebook


@dataclass(frozen=True)
class Lesson:
    """One lesson in a student's folder. `problem` says what to do where its facts cannot be read."""

    name: str
    folder: Path
    facts: LessonFacts
    problem: str = ""

    @property
    def exercises(self) -> dict[str, float]:
        """The points of each exercise that `check` knows, in order; an optional one has none."""
        return self.facts.exercises

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.ipynb"


@dataclass(frozen=True)
class Standing:
    """Where the student stands in one exercise: "done", "wrong", "changed" since it passed, or "open"."""

    state: str
    entry: Entry | None = None
    optional: bool = False

    @property
    def score(self) -> float:
        return self.entry.score if self.entry and self.state != "changed" else 0.0


def lessons(folder: Path) -> list[Lesson]:
    """Every lesson in the student's `folder`, in order."""
    return [_lesson(p.parent.parent) for p in sorted(folder.glob("[0-9][0-9]_*/keys/lesson.json"))]


def standings(lesson: Lesson) -> dict[str, Standing]:
    """Where the student stands in each exercise, by what was checked and what has been saved since."""
    entries = read(lesson.folder)[0]
    saved = functions_in(cells_in(lesson.file)) if entries else {}
    return {
        name: replace(_standing(name, entries.get(name), lesson.file, saved), optional=not points)
        for name, points in lesson.exercises.items()
    }


def functions_in(cells: list[dict]) -> dict[str, str]:
    """{name: text it is recognised by} of the functions that cells define, the last of each name."""
    texts: dict[str, str] = {}
    for cell in cells:
        for name in re.findall(r"^(?:async )?def (\w+)", source_of(cell), re.MULTILINE) if is_code(cell) else ():
            texts[name] = function_text(source_of(cell), name) or texts.get(name, "")
    return texts


def blank_answers(cells: list[dict], released: list[dict]) -> list[str]:
    """Names of the written answers that are as they were released."""
    own = {grading_of(cell).get("grade_id"): source_of(cell).strip() for cell in cells}
    written = {grading_of(cell).get("grade_id"): source_of(cell).strip() for cell in released if not is_code(cell)}
    return [name for name, text in written.items() if name and own.get(name, text) == text]


def older_than(file: Path, at: str) -> bool:
    """Whether `file` was last saved before the time `at`."""
    return file.stat().st_mtime < datetime.fromisoformat(at).timestamp()


def _standing(name: str, entry: Entry | None, file: Path, saved: dict[str, str]) -> Standing:
    if entry is None:
        return Standing("open")
    if not entry.passed:
        return Standing("wrong", entry)
    if entry.text and saved and not older_than(file, entry.at) and saved.get(name) not in ("", entry.text):
        return Standing("changed", entry)
    return Standing("done", entry)


def _lesson(folder: Path) -> Lesson:
    released = released_notebook(folder)
    try:
        facts = read_facts(folder / "keys", released if released.is_file() else folder / released.name)
    except NoFacts as error:
        problem = (
            _("keys/lesson.json is of a newer version of the course: install that version")
            if error.newer
            else _("keys/lesson.json cannot be read: run `autograder update`")
        )
        return Lesson(folder.name, folder, LessonFacts(folder.name, title=folder.name), problem)
    return Lesson(folder.name, folder, facts)
