"""Stand-ins: ready-made functions of a course, which demos use until the student's own function passes its check.

A stand-in answers an exercise, so it must not be handed in as one: while an exercise is checked, its stand-in and those of later
exercises refuse. In a live notebook that is a flag, which code can get round. In the grader's sandbox it is certain: there the
functions themselves are let go before any of a submission's code runs, and what is left of them asks the judge, who knows what is
being checked. Certain for the functions, that is: their text, typed or pasted in, is an answer like any other.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any


class ReadyMade(Exception):
    """A ready-made function was called by an answer that should do without. The text names it."""


_functions: dict[str, Callable] = {}  # by module and name: a wrapper holds its function's place here, and not the function
_refused: frozenset[str] = frozenset()
_gone: dict[str, Callable[[str, inspect.Signature], Callable]] = {}


def stand_in(function: Callable) -> Callable:
    """Marks a function that answers the exercise of its name."""
    name, place, signature = function.__name__, f"{function.__module__}.{function.__name__}", inspect.signature(function)
    _functions[place] = _gone[name](name, signature) if name in _gone else function

    def standing_in(*args: Any, **kwargs: Any) -> Any:
        if name in _refused:
            raise ReadyMade(f"standins.{name}")
        return _functions[place](*args, **kwargs)

    standing_in.__name__ = standing_in.__qualname__ = name
    standing_in.__module__, standing_in.__doc__ = function.__module__, function.__doc__
    standing_in.__signature__ = signature  # and no __wrapped__
    return standing_in


@contextlib.contextmanager
def refused(names: Iterable[str]) -> Iterator[None]:
    """Within it the stand-ins for these exercises raise ReadyMade."""
    global _refused
    before, _refused = _refused, frozenset(names)
    try:
        yield
    finally:
        _refused = before


def let_go(names: Iterable[str], asking: Callable[[str, inspect.Signature], Callable]) -> None:
    """Forgets the functions of the stand-ins for these exercises, for good, and calls `asking(name, signature)` in their place."""
    _gone.update(dict.fromkeys(names, asking))
    for place, function in list(_functions.items()):
        name = place.rpartition(".")[2]
        if name in _gone:
            _functions[place] = asking(name, inspect.signature(function))
