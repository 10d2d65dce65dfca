"""The exercise that a student means by a name."""

from __future__ import annotations

import difflib

from ..judging.key import Key
from ..judging.key_files import NoKey, lesson_exercises, visible_key
from ..messages.translate import _


def key_of(name: object, call: str) -> Key:
    """The visible key of the exercise `name`, which `call`, such as "hint", was given. Raises NoKey, which says what is meant."""
    known = lesson_exercises()
    if isinstance(name, str) and name:
        try:
            return visible_key(name)
        except NoKey:
            if name in known or not known:
                raise
    raise NoKey(_advice(name, call, known))


def _advice(name: object, call: str, known: list[str]) -> str:
    example, names = f'`{call}("{known[0] if known else "name"}")`', ", ".join(known)
    own = name if isinstance(name, str) else getattr(name, "__name__", "")
    near = difflib.get_close_matches(str(own), known, n=1)
    if near and name is not own:
        return _("Write the name of the exercise in quotes: {code}.", code=f'`{call}("{near[0]}")`')
    if near:
        return _("No exercise is called {name}: did you mean {code}?", name=f"`{name}`", code=f'`{call}("{near[0]}")`')
    if isinstance(name, str) and name:
        return _("No exercise is called {name}. This lesson has {known}.", name=f"`{name}`", known=names)
    return _("Which exercise? Write its name in quotes, such as {code}. This lesson has {known}.",
             code=example, known=names or "?")  # fmt: skip
