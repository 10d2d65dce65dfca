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

VISIBLE = "AUTOGRADER_KEYS"
"""Environment variable: a folder of visible keys to use in place of keys/ beside the notebook."""

SUFFIX = ".safetensors"
HELD = ".held.py"
"""Ending of the file of functions that the judge holds for an exercise: verifiers, and implementations to be tested."""

_started_in = Path.cwd()


class NoKey(Exception):
    """There is no usable key for this exercise here. The text says what was looked for, and what to do."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback through this package."""
        return [str(self)]


def visible_key(exercise: str) -> Key:
    """The key of an exercise: beside the notebook, else of the course checkout that this folder lies in."""
    return _load(_visible_folder(exercise) / f"{exercise}{SUFFIX}")


def key_in(folder: Path, exercise: str) -> Key:
    """The key of an exercise in a folder of keys."""
    if not (folder / f"{exercise}{SUFFIX}").is_file():
        raise NoKey(f"No key for {exercise!r} in {folder.name}/. Run `autograder build` first.")
    return _load(folder / f"{exercise}{SUFFIX}")


def held_functions(key: Key, folder: Path | None = None) -> dict[str, Callable]:
    """The functions that the judge holds for this key's exercise, by name; {} for most."""
    if not key.holds:
        return {}
    if folder is None:
        folder = Path(os.environ[HIDDEN]) if key.hidden else _visible_folder(key.exercise)
    return load_functions(folder / f"{key.exercise}{HELD}")


def load_functions(file: Path) -> dict[str, Callable]:
    """The functions that a file of plain Python defines."""
    names: dict = {"__name__": file.stem}
    exec(compile(file.read_text(encoding="utf-8"), f"<{file.name}>", "exec"), names)
    return {name: value for name, value in names.items() if callable(value)}


def _visible_folder(exercise: str) -> Path:
    for folder in _folders():
        if (folder / f"{exercise}{SUFFIX}").is_file():
            return folder
    known = ", ".join(lesson_exercises())
    raise NoKey(
        f"No key for {exercise!r} beside this notebook. "
        + (f"Known are {known}." if known else "The folder keys/ of the lesson must lie next to the notebook.")
    )


def hidden_key(exercise: str) -> Key:
    folder = os.environ.get(HIDDEN)
    if not folder:
        raise NoKey("Hidden keys are with the instructor: hidden=True works only where the grader runs.")
    return key_in(Path(folder), exercise)


def lesson_exercises() -> list[str]:
    """Names of the exercises of the lesson in this folder, in order; [] where there is no lesson."""
    return next((exercises_in(folder) for folder in _folders() if (folder / "lesson.json").is_file()), [])


def exercises_in(folder: Path) -> list[str]:
    """Names of the exercises of the lesson whose keys lie in `folder`, in order."""
    try:
        return exercise_names(folder)
    except NoFacts as error:
        raise NoKey(str(error)) from error


def lesson_folder() -> Path:
    """The folder that the notebook lies in."""
    return _started_in


def is_lesson() -> bool:
    """Whether that folder holds a lesson."""
    return (_started_in / "keys" / "lesson.json").is_file()


def _folders() -> list[Path]:
    if VISIBLE in os.environ:
        return [Path(os.environ[VISIBLE])]
    here = [Path.cwd() / "keys", _started_in / "keys"]
    here += sorted(_started_in.parent.glob("[0-9][0-9]_*/keys"))  # the other lessons
    checkouts = [p for p in (_started_in, *_started_in.parents) if (p / "nbgrader_config.py").is_file()]
    return here + [f for p in checkouts[:1] for f in (*sorted((p / "notebooks").glob("*/keys")), p / "build" / "waiting")]


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Key:
    return load(path)


def _load(path: Path) -> Key:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except ValueError as error:
        raise NoKey(str(error)) from error
