"""Hints for an exercise, one more at each call."""

from __future__ import annotations

from ..judging.key_files import NoKey
from ..messages.translate import _
from . import shell
from .lookup import key_of

_counts: dict[str, int] = {}
"""How many hints of each exercise this kernel has shown."""


def hint(name: str = "") -> None:
    """Shows the next hint for the exercise `name`, and the earlier ones again."""
    try:
        hints = key_of(name, "hint").hints
    except NoKey as error:
        return shell.say([str(error)])
    count = _counts[name] = min(_counts.get(name, 0) + 1, len(hints))
    lines = [_("Hint {number} of {all}: {text}", number=i + 1, all=len(hints), text=_(hints[i])) for i in range(count)]
    return shell.say(lines or [_("There are no hints for {name}.", name=name)])


def shown_of(name: str) -> int:
    """How many hints of the exercise `name` this kernel has shown."""
    return _counts.get(name, 0)
