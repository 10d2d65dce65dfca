"""Where keys lie. A visible key is beside the notebook, in keys/; a hidden one is with the instructor alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from ..coursedir.lesson_facts import NoFacts, exercise_names
from .key import Key, load

HIDDEN = "AUTOGRADER_HIDDEN_KEYS"
"""Environment variable: the folder of hidden keys. nbgrader_config.py sets it, for checks in the process of a submission."""

SUFFIX = ".safetensors"
HELD = ".held.py"
"""Ending of the file of functions and classes that the judge holds for an exercise: verifiers, and what an answer may ask."""

REFERENCE = ".reference.py"
"""Ending, in the folder of hidden keys, of the file that defines a right function."""

_started_in = Path.cwd()


class NoKey(Exception):
    """There is no usable key for this exercise here. The text says what was looked for, and what to do."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback through this package."""
        return [str(self)]


def visible_key(exercise: str) -> Key:
    """The key of an exercise: beside the notebook, else of the course checkout that this folder lies in."""
    return key_in(_visible_folder(exercise), exercise)


def key_in(folder: Path, exercise: str) -> Key:
    """The key of an exercise in a folder of keys."""
    file = folder / f"{exercise}{SUFFIX}"
    if not file.is_file():
        raise NoKey(f"No key for {exercise!r} in {folder.name}/. Run `autograder build` first.")
    try:
        return _read(file, file.stat().st_mtime_ns)
    except ValueError as error:
        raise NoKey(str(error)) from error


def makers_of(key: Key, folder: Path | None = None) -> dict[str, Callable]:
    """The functions and classes that the judge holds for this key's exercise, by name; {} for most."""
    if not key.holds:
        return {}
    folder = folder or (Path(os.environ[HIDDEN]) if key.hidden else _visible_folder(key.exercise))
    return load_functions(folder / f"{key.exercise}{HELD}")


def load_functions(file: Path) -> dict[str, Callable]:
    """The functions and classes that a file of plain Python defines, by name."""
    return functions_in(file.read_text(encoding="utf-8"), file.name)


def functions_in(source: str, file_name: str) -> dict[str, Callable]:
    """The functions and classes that this text defines, by name."""
    names: dict = {"__name__": file_name.partition(".")[0]}
    exec(compile(source, f"<{file_name}>", "exec"), names)
    return {name: value for name, value in names.items() if callable(value)}


def _visible_folder(exercise: str) -> Path:
    for folder in _folders():
        if (folder / f"{exercise}{SUFFIX}").is_file():
            return folder
    names = ", ".join(lesson_exercises())
    raise NoKey(
        f"No key for {exercise!r} beside this notebook. "
        + (f"Known are {names}." if names else "The folder keys/ of the lesson must lie next to the notebook.")
    )


def lesson_exercises() -> list[str]:
    """Names of the exercises of the lesson in this folder, in order; [] where there is no lesson."""
    return next((exercises_in(folder) for folder in _folders() if (folder / "lesson.json").is_file()), [])


def exercises_in(folder: Path) -> list[str]:
    """Names of the exercises of the lesson whose keys lie in `folder`, in order."""
    try:
        return exercise_names(folder)
    except NoFacts as error:
        raise NoKey(str(error)) from error


def exercises_before(folder: Path, name: str) -> list[str]:
    """Names of the exercises that stand before this one in the lesson, in whatever order a submission has them."""
    order = exercises_in(folder)
    return order[: order.index(name)] if name in order else []


def exercises_needed(folder: Path, name: str) -> list[str]:
    """Names of the exercises before this one whose functions it may call, or functions that it calls may; in order."""
    needed, queue = set(), [name]
    while queue:
        direct = set(key_in(folder, queue.pop()).needs) & set(exercises_in(folder)) - needed
        needed |= direct
        queue += direct
    return [n for n in exercises_before(folder, name) if n in needed]


def lesson_folder() -> Path:
    """The folder that the notebook lies in."""
    return _started_in


def is_lesson() -> bool:
    """Whether that folder holds a lesson."""
    return (_started_in / "keys" / "lesson.json").is_file()


def _folders() -> list[Path]:
    here = [Path.cwd() / "keys", _started_in / "keys"]
    here += sorted(_started_in.parent.glob("[0-9][0-9]_*/keys"))  # the other lessons
    checkouts = [p for p in (_started_in, *_started_in.parents) if (p / "nbgrader_config.py").is_file()]
    return here + [f for p in checkouts[:1] for f in (*sorted((p / "notebooks").glob("*/keys")), p / "build" / "waiting")]


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Key:
    return load(path)
