"""A synthetic class: submissions made from the references and wrong answers, as solutions/sample_class.toml says."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ..coursedir.folders import CourseDir
from .catalog import load_exercises
from .exercise import Exercise
from .faults import AuthorError
from .sources import as_cell


def write_sample_class(course: CourseDir, folder: Path) -> list[str]:
    """Writes folder/submitted/<student>/<assignment>/; returns the students' names."""
    plan = tomllib.loads((course.solutions / "sample_class.toml").read_text(encoding="utf-8"))
    assignment = plan["assignment"]
    exercises = load_exercises(course.solutions)[assignment]
    released = course.release / assignment / f"{assignment}.ipynb"
    shutil.rmtree(folder / "submitted", ignore_errors=True)
    for student, how in plan["students"].items():
        place = folder / "submitted" / student / how.get("assignment", assignment)
        place.mkdir(parents=True)
        if how.get("file") == "none":
            continue
        notebook = fill_in(nbformat.read(released, as_version=4), exercises, plan["everyone"] | how)
        for change, cell in how.get("changes", {}).items():
            CHANGES[change](notebook, cell)
        text = nbformat.writes(notebook)
        (place / how.get("name", released.name)).write_bytes(FILES[how.get("file", "whole")](text))
    return list(plan["students"])


def fill_in(notebook: NotebookNode, exercises: dict[str, Exercise], how: dict) -> NotebookNode:
    """The released notebook with answers in it: how[exercise] is "right", "blank", a wrong answer's name, or "code: …"."""
    for cell in notebook.cells:
        name = cell.id
        if name in exercises:
            cell.source = _answer(exercises[name], how.get(name, how["exercises"]), cell.source)
        elif name.endswith("-prediction") and how["predictions"]:
            cell.source = cell.source.replace("None", repr(how["predictions"]), 1)
        elif "nbgrader" in cell.metadata and cell.metadata.nbgrader.solution and how["written"]:
            cell.source = how["written"]
    return notebook


def _answer(exercise: Exercise, answer: str, stub: str) -> str:
    if answer == "blank":
        return stub
    if answer.startswith("code: "):
        return answer.removeprefix("code: ")
    if answer == "right":
        return as_cell(exercise)
    if answer not in exercise.mistakes:
        raise AuthorError(
            f"sample_class.toml: {exercise.name} has no wrong answer {answer!r}; known are {list(exercise.mistakes)}"
        )
    return as_cell(exercise, exercise.mistakes[answer].function)


def _drop(notebook: NotebookNode, name: str) -> None:
    notebook.cells = [c for c in notebook.cells if c.id != name]


def _double(notebook: NotebookNode, name: str) -> None:
    i = next(i for i, c in enumerate(notebook.cells) if c.id == name)
    notebook.cells.insert(i, nbformat.from_dict(notebook.cells[i] | {"id": f"{name}-copy"}))


def _rename(notebook: NotebookNode, name: str) -> None:
    next(c for c in notebook.cells if c.id == name).metadata.nbgrader["grade_id"] = "renamed"


CHANGES: dict[str, Callable[[NotebookNode, str], None]] = {"deleted": _drop, "doubled": _double, "renamed": _rename}

FILES: dict[str, Callable[[str], bytes]] = {
    "whole": str.encode,
    "cut": lambda text: text[: len(text) // 2].encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "empty": lambda text: b"",
}
