"""Plays calls against a function in this process. It knows what was called and what happened, never what is right."""

from __future__ import annotations

import contextlib
import inspect
import io
import linecache
import random
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .library_calls import watched
from .printable import whole
from .script import Call, Error, Reply
from .values import Array, Function, Other, is_number, leaves, map_leaves

MAX_ENTRIES = 2_000_000
"""A larger result is not looked at: no exercise asks for one."""

MAX_TEXT = 2_000
"""Characters kept of what a function prints or says in an exception."""


RANDOM = ("random", "numpy.random", "torch")
"""Whose global random states are looked at."""

_NOT_THEIRS = (sys.prefix, sys.base_prefix, str(Path(__file__).parent.parent))


class LocalPlayer:
    """A `Player` for a live function. `seconds` bounds one call (where the platform has timers).

    `held` are the judge's functions that calls may pass as arguments, by name. `ready_made` are functions of libraries: the
    reply says which of them were called.
    """

    def __init__(
        self,
        function: Callable,
        held: dict[str, Callable] | None = None,
        seconds: float = 10.0,
        ready_made: tuple[str, ...] = (),
    ):
        self.function = function
        self.held = held or {}
        self.seconds = seconds
        self.ready_made = ready_made

    def __call__(self, call: Call) -> Reply:
        live = {name: to_live(value, call.layout, self.held) for name, value in call.args.items()}
        before = {name: _bytes(value) for name, value in live.items()}
        states = _disturb()
        printed, caught, start = _Head(), [], time.monotonic()
        with _quiet(printed, caught), watched(self.ready_made) as used:
            value, error, gradients = _played(self.function, live, call.cotangent, self.seconds)
        if time.monotonic() - start > self.seconds and not isinstance(error, Error):
            value, error = None, Error("TooSlow", f"{self.seconds:g} seconds")  # it swallowed the alarm, or there is none
        return Reply(
            value=value,
            error=error,
            gradients=gradients,
            changed=tuple(name for name in live if _bytes(live[name]) != before[name]),
            random_changed=_restore(states),
            printed=printed.getvalue()[:MAX_TEXT],
            warnings=tuple(dict.fromkeys(str(w.message)[:MAX_TEXT] for w in caught)),
            used=tuple(used),
        )


def answer(function: Callable, call: Call, seconds: float) -> Reply:
    """What a function of the judge's own replies to a submission that asks. It is known to leave arguments and random states
    alone, so nobody looks whether it does: a submission may ask hundreds of times.
    """
    with warnings.catch_warnings(action="ignore"):
        return Reply(*_played(function, to_live(call.args), call.cotangent, seconds))


def _played(
    function: Callable, live: dict[str, Any], cotangent: Any, seconds: float
) -> tuple[Any, Error | None, dict[str, Any] | None]:
    """The value of function(*live.values()), what it raised, and the gradients of live's tensors where a cotangent asks for them."""
    try:
        tracked = _track(live) if cotangent is not None else {}
        with time_limit(seconds):
            result = function(*live.values())
            gradients = _gradients(result, cotangent, tracked) if tracked else None
            return from_live(result), None, gradients
    except (Exception, SystemExit, TooSlow) as exception:  # whatever a student's code raises is an answer
        return None, _describe(exception), None


# -- plain data to live objects and back ------------------------------------------------------------------------------


def to_live(value: Any, layout: str = "plain", held: dict[str, Callable] | None = None) -> Any:
    """Plain data as the objects a student's function is called with: fresh at each call."""

    def live(leaf: Any) -> Any:
        if isinstance(leaf, Array):
            return _live_array(leaf, layout)
        return unnamed(held[leaf.name]) if isinstance(leaf, Function) else leaf

    return map_leaves(live, value)


def unnamed(held: Callable) -> Callable:
    """A function of the judge's as students get it: with no name, which would tell what it does, no details, which are for the
    judge to choose, and one error for all that may stop it.
    """
    details = set(inspect.getfullargspec(held).kwonlyargs)

    def given(*args: Any, **kwargs: Any) -> Any:
        if details.isdisjoint(kwargs):
            with contextlib.suppress(Exception):
                return held(*args, **kwargs)
        raise ValueError("the function that you test cannot take these arguments")

    return given


def _live_array(a: Array, layout: str) -> Any:
    data = a.data.copy()
    every_second = (slice(None, None, 2),) * data.ndim
    if layout == "strided" and data.ndim:
        block = np.zeros([2 * size for size in data.shape], data.dtype)
        block[every_second] = data
        data = block
    if a.backend == "torch":
        import torch

        data = torch.from_numpy(data).to(getattr(torch, a.dtype))
    if layout == "strided" and a.data.ndim:
        return data[every_second]
    if a.backend == "numpy":
        data.flags.writeable = layout != "read-only"
    return data


def from_live(result: Any, depth: int = 0) -> Any:
    """What a function returned, as plain data. Nothing of the object's own code is trusted or run.

    One rule for all: what inherits from a plain type counts as that (a namedtuple is a tuple, np.matrix an array, IntEnum an
    int), and what stands for one real number is a number (Fraction, Decimal). Not so a masked array, which hides entries, nor
    a subclass of tensors, whose code would run.
    """
    kind = type(result)
    if result is None or is_number(result):
        return result
    if kind is str:
        return whole(result[:MAX_TEXT])
    if kind is int:
        return Other("int, a whole number of more than 64 bits")
    if isinstance(result, np.generic) or (issubclass(kind, np.ndarray) and not issubclass(kind, np.ma.MaskedArray)):
        return _from_numpy(np.asarray(result))
    if "torch" in sys.modules and kind in (sys.modules["torch"].Tensor, sys.modules["torch"].nn.Parameter):
        return _from_torch(result)
    if kind in (list, tuple) and depth < 4 and len(result) <= 10_000:
        return kind(from_live(v, depth + 1) for v in result)
    if kind is dict and depth < 4 and len(result) <= 1_000 and all(type(k) is str for k in result):
        return {whole(k[:MAX_TEXT]): from_live(v, depth + 1) for k, v in result.items()}
    plain = _plain(result)
    return Other(whole(kind.__name__[:MAX_TEXT])) if plain is result else from_live(plain, depth)


def _items(mapping: dict) -> dict:
    return dict(dict.items(mapping))


def _plain(result: Any) -> Any:
    """An instance of a subclass as one of the plain type, made by the plain type's own methods; anything else as it is."""
    kind = type(result)
    for base, copied in ((int, int.__pos__), (float, float.__pos__), (str, str.__str__), (dict, _items)):
        if issubclass(kind, base) and kind is not base:
            return copied(result)
    for base in (list, tuple):
        if issubclass(kind, base) and kind is not base:
            return base(base.__iter__(result))
    return float(result) if kind in (Fraction, Decimal) else result


def _from_numpy(x: np.ndarray) -> Array | Other:
    if x.dtype.kind not in "biuf" or x.dtype.itemsize > 8:
        return Other(f"array of dtype {x.dtype}")
    if x.size > MAX_ENTRIES:
        return Other(f"array of {x.size} entries")
    return Array(np.array(x, x.dtype.newbyteorder("=")), x.dtype.name)


def _from_torch(x: Any) -> Array | Other:
    import torch

    name = str(x.dtype).removeprefix("torch.")
    if x.layout is not torch.strided or x.is_complex() or x.is_quantized:
        return Other(f"tensor of dtype {name}")
    if x.numel() > MAX_ENTRIES:
        return Other(f"tensor of {x.numel()} entries")
    x = x.detach().to("cpu")
    plain = x.float() if x.dtype is torch.bfloat16 else x
    try:
        return Array(np.array(plain.resolve_conj().resolve_neg().numpy()), name, "torch")
    except TypeError:  # a dtype that numpy has no word for
        return Other(f"tensor of dtype {name}")


# -- gradients ---------------------------------------------------------------------------------------------------------


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
    result = _plain(result)
    return [t for r in result for t in _tensors(r)] if type(result) in (list, tuple) else [result]


# -- side effects ------------------------------------------------------------------------------------------------------


def _bytes(value: Any) -> Any:
    """Something equal before and after a call exactly when the argument was left alone."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if type(value).__module__ == "torch":
        plain = from_live(value)
        return plain.shape, plain.dtype, plain.data.tobytes()
    if isinstance(value, list | tuple):
        return [_bytes(v) for v in value]
    if isinstance(value, dict):
        return {k: _bytes(v) for k, v in value.items()}
    return value


OWN_SEED = 0x5EED_CA11
"""Each call begins with the global random states at this seed, which nobody would choose: seeding them is then always a change."""


def _disturb() -> dict[str, Any]:
    """Seeds the global random states, and returns what they were."""
    states = {"random": random.getstate(), "numpy.random": np.random.get_state()}
    random.seed(OWN_SEED)
    np.random.seed(OWN_SEED)
    if "torch" in sys.modules:
        states["torch"] = sys.modules["torch"].get_rng_state()
        sys.modules["torch"].set_rng_state(_seeded("torch"))
    return states


def _restore(states: dict[str, Any]) -> tuple[str, ...]:
    """Puts the global random states back and names those that a call had moved or seeded."""
    moved = []
    if random.getstate() != _seeded("random"):
        moved.append("random")
    random.setstate(states["random"])
    now, then = np.random.get_state(), _seeded("numpy.random")
    if now[2:] != then[2:] or not np.array_equal(now[1], then[1]):
        moved.append("numpy.random")
    np.random.set_state(states["numpy.random"])
    if "torch" in states:
        torch = sys.modules["torch"]
        if not torch.equal(torch.get_rng_state(), _seeded("torch")):
            moved.append("torch")
        torch.set_rng_state(states["torch"])
    return tuple(moved)


@lru_cache
def _seeded(name: str) -> Any:
    """The global random state of this name, just seeded."""
    match name:
        case "random":
            return random.Random(OWN_SEED).getstate()
        case "numpy.random":
            return np.random.RandomState(OWN_SEED).get_state()
        case "torch":
            return sys.modules["torch"].Generator().manual_seed(OWN_SEED).get_state()


class _Head(io.StringIO):
    """Keeps the first characters of what is written, and drops the rest unread."""

    def write(self, text: str) -> int:
        if self.tell() < MAX_TEXT:
            super().write(text[:MAX_TEXT])
        return len(text)


@contextlib.contextmanager
def _quiet(printed: io.StringIO, caught: list) -> Iterator[None]:
    """Keeps prints, warnings and figures of the called function off the student's screen."""
    figures = set(_figures())
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        warnings.catch_warnings(record=True) as seen,
    ):
        warnings.simplefilter("always")
        try:
            yield
        finally:
            caught += seen
            for number in set(_figures()) - figures:
                sys.modules["matplotlib.pyplot"].close(number)


def _figures() -> list[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return pyplot.get_fignums() if pyplot else []


class TooSlow(BaseException):
    """A call took longer than it may. Not an Exception, so that `except Exception` in it does not swallow this."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TooSlow in what runs within it after `seconds`, where the platform has timers."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum, frame):
        raise TooSlow(f"{seconds:g} seconds")

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)  # again and again: a bare `except` may swallow one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def _describe(exception: BaseException) -> Error:
    kind = type(exception)
    try:
        message = str(exception)[:MAX_TEXT]
    except Exception:  # an exception whose own __str__ fails
        message = ""
    frames = traceback.extract_tb(exception.__traceback__)[1:]
    theirs = [f for f in frames if not f.filename.startswith(_NOT_THEIRS)]
    line = ""
    if theirs:
        line = (theirs[-1].line or linecache.getline(theirs[-1].filename, theirs[-1].lineno or 0)).strip()
    bases = tuple(base.__name__ for base in kind.__mro__[1:] if base not in (BaseException, object))
    return Error(kind.__name__, message, bases, line[:200])
