"""Which functions of a library are called while a student's function runs, under whatever name it knows them.

It sees what Python calls. Not seen are calls that C code makes, other threads, and whatever turns this off: code in this process
can do that. So it names an honest slip, and makes no promise against whoever hides one.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from types import FrameType, FunctionType
from typing import Any


@contextlib.contextmanager
def watched(names: tuple[str, ...]) -> Iterator[dict[str, None]]:
    """Within it, those of `names` ("torch.softmax") that are called are put into the dict that is yielded, in order."""
    called: dict[str, None] = {}
    codes, in_c = _signs(names, len(sys.modules))
    if not (codes or in_c):
        yield called
        return

    def look(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            if id(frame.f_code) in codes:
                called[codes[id(frame.f_code)]] = None
        elif event == "c_call" and arg.__name__ in in_c:
            called.update((name, None) for name, thing in in_c[arg.__name__] if _is(thing, arg))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield called
    finally:
        sys.setprofile(before)


@functools.lru_cache(maxsize=64)
def _signs(names: tuple[str, ...], modules: int) -> tuple[dict[int, str], dict[str, list[tuple[str, Any]]]]:
    """What the functions that have been loaded are known by: those in Python by their code, those in C by their own name.

    `modules` is how many are loaded: with more, there may be more to know.
    """
    codes: dict[int, str] = {}
    in_c: dict[str, list[tuple[str, Any]]] = {}
    for name in names:
        if (thing := _thing(name)) is None:
            continue
        codes |= dict.fromkeys(map(id, python_codes := _codes(thing)), name)
        if not python_codes:
            in_c.setdefault(thing.__name__, []).append((name, thing))
    return codes, in_c


def known(name: str) -> bool:
    """Whether there is a function of this name, as far as can be told: of a library that is not installed there may be."""
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        return True
    for cut in range(len(parts := name.split(".")) - 1, 0, -1):
        with contextlib.suppress(ImportError):
            importlib.import_module(".".join(parts[:cut]))
            return callable(_thing(name))
    return False


def _thing(name: str) -> Any:
    """What `name` names, where its module is loaded: what is not cannot have been called."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        if (module := sys.modules.get(".".join(parts[:cut]))) is not None:
            return functools.reduce(lambda owner, part: getattr(owner, part, None), parts[cut:], module)
    return None


def _codes(thing: Any) -> list[Any]:
    """The Python code of a function, or of a class's own methods; none where it is written in C."""
    if inspect.isclass(thing):
        return [f.__code__ for f in vars(thing).values() if isinstance(f, FunctionType)]
    bare = inspect.unwrap(thing)
    return [bare.__code__] if isinstance(bare, FunctionType) else []


def _is(thing: Any, called: Any) -> bool:
    """Whether `called`, bound to what it is called on, is the function or method `thing`, written in C."""
    if inspect.ismethoddescriptor(thing):
        return isinstance(called.__self__, thing.__objclass__)
    return called.__self__ is thing.__self__
