"""What reports need of a released lesson: its title, its graded cells, and the section that treats each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

from ..coursedir.folders import CourseError

LESSONS_AT = "http://localhost:8888/lab/tree"
"""Where `autograder lab` shows a student's copy of the lessons."""


@dataclass(frozen=True)
class Section:
    """A part of a lesson: its heading, its text as HTML, and the address of its heading in JupyterLab."""

    title: str
    slug: str
    href: str
    html: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True)
class Lesson:
    """A released lesson. `sections` are by name of what is graded there; `texts` are its cells as they came."""

    name: str
    title: str
    sections: dict[str, Section] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()


def find_lessons(released: Path, at: str = LESSONS_AT) -> dict[str, Lesson]:
    """The released lessons of a course, by assignment. `at` is where students open them."""
    return {p.parent.name: read_lesson(p, at) for p in sorted(released.glob("*/*.ipynb")) if p.stem == p.parent.name}


@lru_cache(maxsize=64)
def read_lesson(file: Path, at: str = LESSONS_AT) -> Lesson:
    try:
        cells = nbformat.read(file, as_version=4).cells
    except Exception as error:  # nbformat raises many kinds for files that are no notebooks
        raise CourseError(f"{file} is not a Jupyter notebook, so it cannot be read. Run `autograder build`.") from error
    headings = [(i, *found) for i, c in enumerate(cells) if c.cell_type == "markdown" for found in _headings(c.source)]
    title = next((text for _, level, text in headings if level == 1), file.stem)
    sections: dict[str, Section] = {}
    made: dict[int, Section] = {}
    for i, cell in enumerate(cells):
        name = graded_name(cell)
        at_heading = next((h for h in reversed(headings) if h[0] <= i and h[1] in (2, 3)), None)
        if name is None or at_heading is None:
            continue
        start, level, text = at_heading
        if start not in made:
            end = next((j for j, deep, _ in headings if j > start and deep <= level), len(cells))
            made[start] = _section(file.stem, text, cells[start:end], at)
        sections[name] = made[start]
    return Lesson(file.stem, title, sections, frozenset(c.source for c in cells))


def graded_name(cell: NotebookNode) -> str | None:
    """The name, in a record, of what this cell is graded for; None where it is not graded."""
    meta = cell.metadata.get("nbgrader", {})
    return str(meta.get("grade_id")).removesuffix("-check") if meta.get("grade") else None


def _headings(source: str) -> Iterator[tuple[int, str]]:
    """(level, text) of each heading of a Markdown cell, without the minutes that it takes."""
    text = re.sub(r"^(```|~~~).*?^\1", "", source, flags=re.MULTILINE | re.DOTALL)
    for mark, words in re.findall(r"^(#{1,6})\s+(.+?)\s*#*$", text, flags=re.MULTILINE):
        yield len(mark), words


def _section(lesson: str, heading: str, cells: list[NotebookNode], at: str) -> Section:
    title = re.sub(r"\s*\(\d+ min\)$", "", heading).replace("`", "")
    slug = re.sub(r"\W+", "-", title.lower()).strip("-") or "section"
    anchor = quote(re.sub(r"\s+", "-", heading.replace("`", "")))  # as JupyterLab makes it
    return Section(title, slug, f"{at}/{quote(lesson)}/{quote(lesson)}.ipynb#{anchor}", _to_read(cells))


def _to_read(cells: list[NotebookNode]) -> str:
    """The section's prose and demos, without its heading and without what is to be filled in."""
    from .text import code_html, lesson_html

    parts = []
    for i, cell in enumerate(cells):
        if "nbgrader" in cell.metadata or cell.get("id", "").endswith(("-task", "-prediction")):
            continue
        if cell.cell_type == "markdown":
            source = re.sub(r"^#{2,3}\s.*$", "", cell.source, count=1, flags=re.MULTILINE) if i == 0 else cell.source
            parts.append(lesson_html(source))
        elif cell.cell_type == "code":
            parts.append(code_html(cell.source))
    return "\n".join(parts)
