"""What a call does beside returning something: arguments changed, random states moved, text printed, warnings, figures."""

from __future__ import annotations

import contextlib
import io
import random
import sys
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from .live import MAX_TEXT, from_live

RANDOM = ("random", "numpy.random", "torch")
"""Whose global random states are looked at."""


def bytes_of(value: Any) -> Any:
    """Something equal before and after a call exactly when the argument was left alone."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if type(value).__module__ == "torch":
        plain = from_live(value)
        return plain.shape, plain.dtype, plain.data.tobytes()
    if isinstance(value, list | tuple):
        return [bytes_of(v) for v in value]
    if isinstance(value, dict):
        return {k: bytes_of(v) for k, v in value.items()}
    return value


OWN_SEED = 0x5EED_CA11
"""Each call begins with the global random states at this seed, which nobody would choose: seeding them is then always a change."""


def disturb() -> dict[str, Any]:
    """Seeds the global random states, and returns what they were."""
    states = {"random": random.getstate(), "numpy.random": np.random.get_state()}
    random.seed(OWN_SEED)
    np.random.seed(OWN_SEED)
    if "torch" in sys.modules:
        states["torch"] = sys.modules["torch"].get_rng_state()
        sys.modules["torch"].set_rng_state(_seeded("torch"))
    return states


def restore(states: dict[str, Any]) -> tuple[str, ...]:
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


class Head(io.StringIO):
    """Keeps the first characters of what is written, and drops the rest unread."""

    def write(self, text: str) -> int:
        if self.tell() < MAX_TEXT:
            super().write(text[:MAX_TEXT])
        return len(text)


@contextlib.contextmanager
def quiet(printed: io.StringIO, caught: list) -> Iterator[None]:
    """Keeps prints, warnings and figures of the called function off the student's screen."""
    figures = set(_figures())
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        warnings.catch_warnings(record=True) as messages,
    ):
        warnings.simplefilter("always")
        try:
            yield
        finally:
            caught += messages
            for number in set(_figures()) - figures:
                sys.modules["matplotlib.pyplot"].close(number)


def _figures() -> list[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return pyplot.get_fignums() if pyplot else []
