"""What makes an exercise weak or broken as it is declared, before any answer to it is played."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from ..judging.library_calls import known
from .exercise import PROBES, Array, Exercise
from .faults import AuthorError
from .width import refuse_long_lines


def validate(exercise: Exercise) -> None:
    """Raises AuthorError, with file and line, for what would make a weak or broken exercise."""
    if fault := next(_faults(exercise), ""):
        raise AuthorError(fault, at=exercise.reference)
    for function in exercise.held:
        for p in inspect.signature(function).parameters.values():
            if p.kind is p.KEYWORD_ONLY and p.name not in exercise.details:
                raise AuthorError(f"details says nothing of how {p.name} is drawn", at=function)
    refuse_long_lines(exercise.stub_parts()[0], exercise.file, exercise.reference.__code__.co_firstlineno)


def _faults(exercise: Exercise) -> Iterator[str]:
    parameters = list(inspect.signature(exercise.reference).parameters)
    if list(exercise.takes) != parameters:
        yield f"takes names {list(exercise.takes)}, but {exercise.name} has parameters {parameters}"
    if not exercise.mistakes:
        yield (
            f"{exercise.name} declares no wrong answer. Add at least one with @exercise.wrong(...): "
            "a check that nothing has ever failed proves nothing"
        )
    if not exercise.points or min(exercise.points.values()) <= 0:
        yield f"points must be a dict of aspects with positive points, found {exercise.points}"
    takes_arrays = any(isinstance(kind, Array) for kind in exercise.takes.values())
    for aspect in ("dtypes", "side effects"):
        if takes_arrays and aspect not in exercise.points:
            yield (
                f"{exercise.name} takes arrays, so its points need an aspect {aspect!r}: else a slip there would cost "
                f"all of {next(iter(exercise.points))!r}"
            )
    if isinstance(exercise.gives, str):
        yield f'gives is a tuple, one text for each result: ("{exercise.gives}",), with its comma'
    if not exercise.hints:
        yield f"{exercise.name} has no hints. Add at least one"
    if unknown := set(exercise.opts_out) - set(PROBES):
        yield f"opts_out names {sorted(unknown)}, expected some of {sorted(PROBES)}"
    for name in exercise.ready_made:
        if not known(name):
            yield f"ready_made names {name!r}, and there is no such function. Misspelt?"
