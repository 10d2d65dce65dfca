"""What a lesson consists of. The build writes it down in keys/lesson.json, and nobody reads it back out of the notebook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from .cells import cells_in, graded_name, grading_of, is_code, source_of
from .folders import CourseError

FILE = "lesson.json"
FORMAT = 2
"""Of the file. The first form, which has no number, holds the lesson's name and exercises alone."""

_ADVICE = "Run `autograder update`, or `autograder build` in the course itself."
_MINUTES = re.compile(r"\s*\((\d+) min\)$")


class NoFacts(CourseError):
    """A lesson's file of facts cannot be used. `newer` says that it is of a later version."""

    def __init__(self, text: str, newer: bool = False):
        super().__init__(text)
        self.newer = newer


@dataclass(frozen=True)
class GradedCell:
    """A cell that earns points, or none where it is optional. `kind` is "exercise", "prediction" or "written"."""

    name: str
    kind: str
    points: float


@dataclass(frozen=True)
class SectionFacts:
    """A part of a lesson in which something is graded.

    `anchor` is its heading's fragment in JupyterLab, not quoted. `graded` are names of graded cells, `cells` the ids of those that make
    up its text: the one with the heading first, and none that is to be filled in.
    """

    title: str
    anchor: str
    graded: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def minutes(self) -> int:
        """What its heading says that it takes, 0 where it says nothing."""
        said = _MINUTES.search(self.anchor.replace("-", " "))
        return int(said[1]) if said else 0


@dataclass(frozen=True)
class LessonFacts:
    """A lesson: its title, the first paragraph, the minutes that its headings add up to, and its graded cells, in order."""

    lesson: str
    title: str
    about: str = ""
    minutes: int = 0
    graded: tuple[GradedCell, ...] = ()
    sections: tuple[SectionFacts, ...] = ()

    @property
    def exercises(self) -> dict[str, float]:
        """The points of what `check` knows, by name."""
        return {cell.name: cell.points for cell in self.graded if cell.kind != "written"}


# -- the file ------------------------------------------------------------------------------------------------------------


def facts_text(facts: LessonFacts) -> str:
    """What the file says. The names of exercises stand apart as well, where earlier versions look for them."""
    content = {"format": FORMAT, "exercises": list(facts.exercises), **asdict(facts)}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read_facts(keys: Path, notebook: Path) -> LessonFacts:
    """The facts in a lesson's folder of keys; of the first form, what the released `notebook` says. Raises NoFacts."""
    content = _content(keys)
    if content["format"] == 1 and not (cells := cells_in(notebook)):
        raise NoFacts(f"{notebook} cannot be read. {_ADVICE}")
    try:
        if content["format"] == 1:
            return facts_of(content["lesson"], cells)
        graded = tuple(GradedCell(str(c["name"]), str(c["kind"]), float(c["points"])) for c in content["graded"])
        sections = tuple(
            SectionFacts(str(s["title"]), str(s["anchor"]), tuple(map(str, s["graded"])), tuple(map(str, s["cells"])))
            for s in content["sections"]
        )
        title, about, minutes = str(content["title"]), str(content["about"]), int(content["minutes"])
        return LessonFacts(content["lesson"], title, about, minutes, graded, sections)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _unreadable(keys) from error


def exercise_names(keys: Path) -> list[str]:
    """The names that `check` knows, in order, from the folder of keys alone. Raises NoFacts."""
    return list(_content(keys)["exercises"])


def _content(keys: Path) -> dict:
    """What the file holds, with its format; lesson and exercises are names."""
    try:
        content = {"format": 1, **json.loads((keys / FILE).read_text(encoding="utf-8"))}
        if content["format"] > FORMAT:
            raise NoFacts(
                f"{_place(keys)} has format {content['format']}, and this autograder reads {FORMAT} at most. Install the version of "
                "the course that it came with.",
                newer=True,
            )
        if not all(isinstance(name, str) for name in [content["lesson"], *content["exercises"]]):
            raise TypeError("names are text")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(keys) from error
    return content


def _unreadable(keys: Path) -> NoFacts:
    return NoFacts(f"{_place(keys)} cannot be read. {_ADVICE}")


def _place(keys: Path) -> str:
    return f"{keys.resolve().parent.name}/{keys.name}/{FILE}"


# -- from the cells of a notebook ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Heading:
    cell: int
    level: int
    text: str


def facts_of(lesson: str, cells: list[dict]) -> LessonFacts:
    """The facts of a lesson, from its notebook as the build makes it or as it was released: no answer is ever part of them."""
    prose = {i: source_of(c) for i, c in enumerate(cells) if _is_prose(c)}
    headings = [_Heading(i, *heading) for i, text in prose.items() for heading in headings_in(text)]
    opening = [paragraph.strip() for paragraph in next(iter(prose.values()), "").split("\n\n")]
    answered = {mark["grade_id"] for mark in map(grading_of, cells) if mark.get("solution")}
    graded: list[GradedCell] = []
    sections: dict[_Heading, list[str]] = {}
    for i, cell in enumerate(cells):
        if (name := graded_name(cell)) is None:
            continue
        kind = "written" if not is_code(cell) else "exercise" if name in answered else "prediction"
        graded.append(GradedCell(name, kind, float(grading_of(cell)["points"])))
        if above := [h for h in headings if h.cell <= i and h.level in (2, 3)]:
            sections.setdefault(above[-1], []).append(name)
    return LessonFacts(
        lesson,
        title=next((h.text for h in headings if h.level == 1), lesson),
        about=next((paragraph for paragraph in opening if paragraph and not paragraph.startswith("#")), ""),
        minutes=sum(int(minutes[1]) for h in headings if (minutes := _MINUTES.search(h.text))),
        graded=tuple(graded),
        sections=tuple(_section(heading, headings, cells, names) for heading, names in sections.items()),
    )


def _is_prose(cell: dict) -> bool:
    """Whether this is Markdown to be read, and neither the frame of an exercise nor an answer."""
    return cell.get("cell_type") == "markdown" and not grading_of(cell) and not str(cell.get("id", "")).endswith("-task")


def without_minutes(heading: str) -> str:
    """A heading without the minutes that its part takes."""
    return _MINUTES.sub("", heading)


def headings_in(prose: str) -> Iterator[tuple[int, str]]:
    """(level, text) of each heading of a Markdown cell."""
    text = re.sub(r"^(```|~~~).*?^\1", "", prose, flags=re.MULTILINE | re.DOTALL)
    for mark, words in re.findall(r"^(#{1,6})\s+(.+?)\s*#*$", text, flags=re.MULTILINE):
        yield len(mark), words


def _section(heading: _Heading, headings: list[_Heading], cells: list[dict], graded: list[str]) -> SectionFacts:
    end = next((h.cell for h in headings if h.cell > heading.cell and h.level <= heading.level), len(cells))
    ids = [str(cell.get("id", "")) for cell in cells[heading.cell : end] if not grading_of(cell)]
    words = heading.text.replace("`", "")
    return SectionFacts(
        title=without_minutes(words),
        anchor=re.sub(r"\s+", "-", words),  # as JupyterLab makes it
        graded=tuple(graded),
        cells=tuple(name for name in ids if not name.endswith(("-task", "-prediction"))),
    )
