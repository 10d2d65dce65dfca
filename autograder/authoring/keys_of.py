"""What `autograder build` has other processes do. On its own, so that they need not import the rest of the build."""

from __future__ import annotations

from pathlib import Path

from ..judging.key import Key
from .catalog import every_exercise
from .keymaker import make_key


def make_keys(solutions: Path, name: str, seed: str) -> tuple[Key, Key]:
    """The visible key of an exercise and the hidden one."""
    exercise = every_exercise(solutions)[name]
    return make_key(exercise), make_key(exercise, seed, hidden=True)
