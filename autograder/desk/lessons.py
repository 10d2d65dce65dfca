"""The lessons in a student's folder, and how far the student is in each."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

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

    def address(self, graded: str = "") -> str:
        """Where a page in the student's folder finds the notebook, or its cell of this name."""
        kinds = {cell.name: cell.kind for cell in self.facts.graded}
        cell = f"{graded}-prediction" if kinds.get(graded) == "prediction" else graded
        return f"{quote(self.name)}/{quote(self.name)}.ipynb" + (f"#cell-id={quote(cell)}" if cell else "")


@dataclass(frozen=True)
class Standing:
    """Where the student stands in one exercise: "done", "wrong", "changed" since it passed, or "open"."""

    state: str
    entry: Entry | None = None
    optional: bool = False

    @property
    def score(self) -> float:
        return self.entry.score if self.entry and self.state != "changed" else 0.0


@dataclass(frozen=True)
class Progress:
    """Where the student stands in a lesson: in each of its exercises, and which written answers are `blank`."""

    lesson: Lesson
    standings: dict[str, Standing]
    blank: tuple[str, ...] = ()

    @property
    def latest(self) -> str:
        """When an exercise was last checked; "" where none was."""
        return max((s.entry.at for s in self.standings.values() if s.entry), default="")

    @property
    def open(self) -> list[str]:
        """Names of the exercises that are worth points and not done."""
        return [name for name, s in self.standings.items() if s.state != "done" and not s.optional]

    @property
    def minutes_left(self) -> int:
        """What the lesson takes, or, once it is begun, what those of its parts take in which something is open."""
        if not self.latest:
            return self.lesson.facts.minutes
        undone = {*self.open, *self.blank}
        return sum(section.minutes for section in self.lesson.facts.sections if undone.intersection(section.graded))


def progress_in(folder: Path) -> list[Progress]:
    """Where the student stands in each lesson of the student's `folder`, in order."""
    found = []
    for lesson in lessons(folder):
        where = standings(lesson)
        begun = any(s.entry for s in where.values())
        released = cells_in(released_notebook(lesson.folder)) if begun else []
        found.append(Progress(lesson, where, tuple(blank_answers(cells_in(lesson.file), released))))
    return found


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
