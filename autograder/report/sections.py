"""What reports need of a released lesson: its title, and the section that treats each of its graded cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

from ..coursedir.folders import CourseError, released_notebooks
from ..coursedir.lesson_facts import SectionFacts, read_facts

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
    return {name: read_lesson(file, at) for name, file in released_notebooks(released).items()}


@lru_cache(maxsize=64)
def read_lesson(file: Path, at: str = LESSONS_AT) -> Lesson:
    """The lesson whose released notebook is `file`, with its keys beside it. Raises CourseError where either cannot be read."""
    try:
        cells = nbformat.read(file, as_version=4).cells
    except Exception as error:  # nbformat raises many kinds for files that are no notebooks
        raise CourseError(f"{file} is not a Jupyter notebook, so it cannot be read. Run `autograder build`.") from error
    facts = read_facts(file.parent / "keys", file)
    address = f"{at}/{quote(file.stem)}/{quote(file.name)}"
    sections: dict[str, Section] = {}
    for part in facts.sections:
        sections |= dict.fromkeys(part.graded, _section(part, cells, address))
    return Lesson(file.stem, facts.title, sections, frozenset(c.source for c in cells))


def _section(facts: SectionFacts, cells: list[NotebookNode], address: str) -> Section:
    slug = re.sub(r"\W+", "-", facts.title.lower()).strip("-") or "section"
    text = [cell for cell in cells if cell.get("id") in facts.cells]
    return Section(facts.title, slug, f"{address}#{quote(facts.anchor)}", _html(text))


def _html(cells: list[NotebookNode]) -> str:
    """A section's prose and demos, without its heading."""
    from .text import code_html, lesson_html

    parts = []
    for i, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            source = re.sub(r"^#{2,3}\s.*$", "", cell.source, count=1, flags=re.MULTILINE) if i == 0 else cell.source
            parts.append(lesson_html(source))
        elif cell.cell_type == "code":
            parts.append(code_html(cell.source))
    return "\n".join(parts)
