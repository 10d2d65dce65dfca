"""Plays calls against a function in this process. It knows what was called and what happened, never what is right."""

from __future__ import annotations

import linecache
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from .asking import Ask, Asking, Given
from .effects import Head, bytes_of, disturb, quiet, restore
from .library_calls import watched
from .live import MAX_TEXT, Handle, as_plain_type, from_live, to_live
from .script import WHOLE, Call, Error, Question, Reply
from .time_limit import TooSlow, time_limit
from .values import Held, Opaque, leaves

_NOT_THEIRS = (sys.prefix, sys.base_prefix, str(Path(__file__).parent.parent))
_PACKAGES = {"site-packages", "dist-packages"}


def nobody(questions: list[Question]) -> list[Reply]:
    return [Reply(error=Error("ValueError", "there is nothing to ask")) for _ in questions]


class LocalPlayer:
    """A `Player` for a live function. `seconds` bounds one call (where the platform has timers).

    What calls pass of held things is made to `ask`. `ready_made` are functions of libraries: the reply says which of them were
    called. What a script's calls are to keep stays here until the next script begins.
    """

    def __init__(self, function: Callable, ask: Ask = nobody, seconds: float = 10.0, ready_made: tuple[str, ...] = ()):
        self.function, self.ask, self.seconds, self.ready_made = function, ask, seconds, ready_made
        self._results: dict[int, Any] = {}

    def __call__(self, call: Call) -> Reply:
        if not call.step:
            self._results = {}
        ask = Asking(self.ask)
        live = {name: to_live(value, call.layout, partial(Given, ask), self._earlier) for name, value in call.args.items()}
        plain = {
            n: live[n] for n, value in call.args.items() if not any(isinstance(x, Held | Opaque) for x in leaves(value))
        }
        before = {name: bytes_of(value) for name, value in plain.items()}
        states = disturb()
        printed, caught, start = Head(), [], time.monotonic()
        value, error, gradients = None, None, None
        with quiet(printed, caught), watched(self.ready_made) as used:
            try:
                with time_limit(self.seconds):
                    result, gradients = gradients_of(lambda: self.function(*live.values()), plain, call.cotangent)
                    value = self._value(result, call)
            except (Exception, SystemExit, TooSlow) as exception:  # whatever a student's code raises is an answer
                error, gradients = error_of(exception), None
        ask.open = False
        if time.monotonic() - start > self.seconds and not isinstance(error, Error):
            value, error = None, Error("TooSlow", f"{self.seconds:g} seconds")  # it swallowed the alarm, or there is none
        return Reply(
            value=value,
            error=error,
            gradients=gradients,
            changed=tuple(name for name in plain if bytes_of(plain[name]) != before[name]),
            random_changed=restore(states),
            printed=printed.getvalue()[:MAX_TEXT],
            warnings=tuple(dict.fromkeys(str(w.message)[:MAX_TEXT] for w in caught)),
            used=tuple(used),
        )

    def _value(self, result: Any, call: Call) -> Any:
        """The result as plain data; what is to be kept is kept, and only that it is there is said."""
        if call.keeps:
            self._results[call.step] = result = as_plain_type(result)
            if call.keeps == (WHOLE,):
                return from_live(result if result is None else Handle(""))
            if type(result) in (list, tuple):
                result = type(result)(
                    Handle("") if i in call.keeps and part is not None else part for i, part in enumerate(result)
                )
        return from_live(result)

    def _earlier(self, opaque: Opaque) -> Any:
        """What an earlier call of the script returned; None where there is no such thing, which that call was judged by."""
        step, _, part = opaque.id.partition(".")
        result = self._results.get(int(step))
        if not part:
            return result
        return result[int(part)] if type(result) in (list, tuple) and int(part) < len(result) else None


# -- gradients ---------------------------------------------------------------------------------------------------------


def gradients_of(call: Callable[[], Any], live: dict[str, Any], cotangent: Any) -> tuple[Any, dict[str, Any] | None]:
    """What `call` returns, and the gradients of the float tensors among `live`, where a cotangent asks for them."""
    if cotangent is None:
        return call(), None
    import torch

    with torch.enable_grad():  # it may be asked for in the middle of another backward pass
        tracked = _track(live)
        result = call()
        return result, _gradients(result, cotangent, tracked) if tracked else None


def _track(live: dict[str, Any]) -> dict[str, Any]:
    """Asks torch to follow every float tensor among the arguments."""
    import torch

    tensors = {n: v for n, v in live.items() if isinstance(v, torch.Tensor) and v.is_floating_point()}
    for tensor in tensors.values():
        tensor.requires_grad_()
    return tensors


def _gradients(result: Any, cotangent: Any, tracked: dict[str, Any]) -> dict[str, Any]:
    """d<result, cotangent>/d each tracked tensor; {} where the result does not depend on any of them."""
    import torch

    pairs = [
        (r, to_live(c)) for r, c in zip(_tensors(result), leaves(cotangent), strict=False) if isinstance(r, torch.Tensor)
    ]
    pairs = [(r, c.to(r.dtype)) for r, c in pairs if r.shape == c.shape and r.requires_grad]
    if not pairs:
        return {}
    total = sum((r * c).sum() for r, c in pairs)
    grads = torch.autograd.grad(total, list(tracked.values()), allow_unused=True)
    return {n: from_live(torch.zeros_like(t) if g is None else g) for (n, t), g in zip(tracked.items(), grads, strict=True)}


def _tensors(result: Any) -> list[Any]:
    result = as_plain_type(result)
    return [t for r in result for t in _tensors(r)] if type(result) in (list, tuple) else [result]


def error_of(exception: BaseException) -> Error:
    """An exception as data: its type and bases, its text, and the line of the student's code that it came through last."""
    kind = type(exception)
    try:
        message = str(exception)[:MAX_TEXT]
    except Exception:  # an exception whose own __str__ fails
        message = ""
    frames = traceback.extract_tb(exception.__traceback__)[1:]
    theirs = [f for f in frames if not f.filename.startswith(_NOT_THEIRS) and _PACKAGES.isdisjoint(Path(f.filename).parts)]
    line = ""
    if theirs:
        line = (theirs[-1].line or linecache.getline(theirs[-1].filename, theirs[-1].lineno or 0)).strip()
    bases = tuple(base.__name__ for base in kind.__mro__[1:] if base not in (BaseException, object))
    return Error(kind.__name__, message, bases, line[:200])
