"""Finds and loads what a course declares: lessons (folders of solutions/) and their exercises (one module each)."""

from __future__ import annotations

import hashlib
import importlib
import sys
import types
from pathlib import Path

from .exercise import Exercise
from .faults import AuthorError, line_of


def load_exercises(solutions: Path) -> dict[str, dict[str, Exercise]]:
    """{lesson: {exercise name: exercise}}, lessons in order. Raises AuthorError where a name is used twice, or where one that earns
    points builds on one that is optional."""
    package = _package(solutions.resolve())
    lessons: dict[str, dict[str, Exercise]] = {}
    everything: dict[str, Exercise] = {}
    for folder in sorted(p for p in solutions.iterdir() if p.is_dir() and p.name[:2].isdigit()):
        if twin := next((name for name in lessons if name[:2] == folder.name[:2]), None):
            raise AuthorError(
                f"{twin} has the number {folder.name[:2]} already. Give this lesson another", at=Path(folder.name)
            )
        lessons[folder.name] = {}
        for file in sorted(folder.glob("*.py")):
            exercise = _load(package, folder.name, file)
            if exercise.name in everything:
                twin = "/".join(everything[exercise.name].file.parts[-2:])
                raise AuthorError(
                    f"an exercise called {exercise.name} exists already in {twin}. Rename one of them", at=file
                )
            lessons[folder.name][exercise.name] = everything[exercise.name] = exercise
    for exercise in everything.values():
        for name in exercise.needs if not exercise.optional else ():
            if name in everything and everything[name].optional:
                fault = f"{exercise.name} needs {name}, which is optional: who leaves that out loses points. Make both optional, or none"
                raise AuthorError(fault, at=exercise.file)
    return lessons


def every_exercise(solutions: Path) -> dict[str, Exercise]:
    """{exercise name: exercise} of all lessons, in order."""
    return {name: exercise for lesson in load_exercises(solutions).values() for name, exercise in lesson.items()}


def _package(solutions: Path) -> str:
    """A package whose folder is `solutions`, named by its path, so that two courses can be loaded side by side."""
    name = "course_" + hashlib.sha256(str(solutions).encode()).hexdigest()[:12]
    if name not in sys.modules:
        package = types.ModuleType(name)
        package.__path__ = [str(solutions)]
        sys.modules[name] = package
    return name


def _load(package: str, lesson: str, file: Path) -> Exercise:
    try:
        module = importlib.import_module(f"{package}.{lesson}.{file.stem}")
    except AuthorError:
        raise
    except SyntaxError as error:
        raise AuthorError(f"this is not valid Python: {error.msg}", at=file, line=error.lineno) from error
    except Exception as error:
        raise AuthorError(
            f"cannot be loaded: {type(error).__name__}: {error}", at=file, line=line_of(error, file)
        ) from error
    exercise = getattr(module, "exercise", None)
    if not isinstance(exercise, Exercise):
        raise AuthorError("declares no exercise. Assign one: exercise = Exercise(...)", at=file)
    return exercise
