"""A student's own functions, from lesson to lesson: what passed its check is written down beside the notebook.

A later lesson finds it there, in my_functions/ of the lesson it was written in. The text holds the function, and the imports,
numbers and helper functions of the notebook that it uses.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..coursedir.cell_names import names_of
from ..coursedir.folders import MY_FUNCTIONS as FOLDER

_TEXT = "__kept_text__"


def keep(function: Callable, lesson: Path, namespace: dict[str, Any]) -> None:
    """Writes `function` down in the folder `lesson`; leaves no file where it uses what cannot be written as text."""
    name = function.__name__
    file = lesson / FOLDER / f"{name}.py"
    try:
        text = "\n".join(_needed(function, namespace, {}).values())
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except (OSError, TypeError, ValueError):  # no source, a value without text, a folder that may not be written to
        file.unlink(missing_ok=True)


def kept_function(name: str, lessons: Path) -> Callable | None:
    """The function `name` that was kept in one of the lessons of this folder; None where there is none that loads."""
    for file in sorted(lessons.glob(f"[0-9][0-9]_*/{FOLDER}/{name}.py")):
        names: dict[str, Any] = {"__name__": name}
        try:
            text = file.read_text(encoding="utf-8")
            exec(compile(text, file.name, "exec"), names)
        except Exception:
            continue
        if isinstance(names.get(name), types.FunctionType):
            names[name].__dict__[_TEXT] = text  # what later lessons keep of it, in turn
            return names[name]
    return None


def _needed(function: Callable, namespace: dict[str, Any], texts: dict[str, str]) -> dict[str, str]:
    """{name: line or source} of the function and all it uses, what is used first."""
    if _TEXT in getattr(function, "__dict__", {}):
        return texts | {function.__name__: function.__dict__[_TEXT]}
    if not isinstance(function, types.FunctionType) or function.__closure__:
        raise TypeError(f"{function!r} has no text of its own")
    texts[function.__name__] = ""  # it may call itself
    source = inspect.getsource(function)
    used = names_of(source)
    for name in sorted(used.reads | used.reads_later):
        if name in texts or name not in namespace:
            continue
        value = namespace[name]
        if isinstance(value, types.ModuleType):
            texts[name] = f"import {value.__name__} as {name}"
        elif isinstance(value, types.FunctionType) and value.__name__ == name and _own(value, function):
            texts |= _needed(value, namespace, texts)
        elif callable(value) and getattr(value, "__module__", None) and hasattr(value, "__qualname__"):
            texts[name] = f"from {value.__module__} import {value.__qualname__} as {name}"
        elif isinstance(value, bool | int | float | str):
            texts[name] = f"{name} = {value!r}"
        else:
            raise ValueError(f"{name} cannot be written as text")
    del texts[function.__name__]
    texts[function.__name__] = source
    return texts


def _own(value: types.FunctionType, function: types.FunctionType) -> bool:
    """Whether the student wrote it: in this notebook, or in an earlier lesson."""
    return value.__module__ == function.__module__ or _TEXT in value.__dict__
