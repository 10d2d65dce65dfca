"""How near is near enough: derived from dtype and conditioning, never set by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..judging.script import Call, Player, Reply
from ..judging.values import EPS, Array, Opaque, array, leaves, map_floats

SAFETY = 16
"""Roundings that a right answer may make beyond those of the reference, in units of the worst single one."""

FLOOR = {"numpy": 1e-8, "torch": SAFETY * EPS["float32"]}
"""Room, relative to the largest expected entry or to 1. In numpy it is for an epsilon such as 1e-9 that guards a division or a
logarithm; float32 inside is caught. In torch a number made on the way is float32 unless told otherwise, as in
`torch.tensor(d_k).sqrt()` or `found.float().mean()`, and what that leaves in a float64 result is no mistake."""

MOVED = 2
"""The same for results that are but moved: a number may be multiplied by a weight and divided by it again."""

STEP = 1e-7
"""Relative change of the input that sensitivity is measured with."""


def tolerances(
    reference: Player, wide: Call, exact: Reply, asked: Any, rng: np.random.Generator, backend: str = "numpy"
) -> tuple[float, float]:
    """(for the results, for their gradients), absolute.

    `wide` is the call in float64 and `exact` what the reference does there; `asked` has the dtypes of the results. Each is
    SAFETY x eps x (scale + sensitivity), or the backend's FLOOR x max(scale, 1) if that is more, and 0 where all results are
    integers or boolean. Rounding x moves f(x) by about eps times the sensitivity, |f(x(1 + h)) - f(x)| / h for a random
    relative change h (the largest of three), and rounding f(x) moves it by eps times its scale. Any right order of operations
    does a few of each. Where the results are the numbers of one argument in another order, wherever those are moved, nothing is
    computed but places: MOVED x eps x scale.
    """
    calls = [replace(wide, args=map_floats(lambda a: _nudged(a, rng), wide.args)) for _ in range(3)]
    pairs = [(call, reply) for call in calls if (reply := reference(call)).error is None]
    moved = [reply for _, reply in pairs]
    eps = _eps(asked)
    room = _tolerance(eps, FLOOR[backend], exact.value, [reply.value for reply in moved])
    if all(_rearranges(call, reply.value) for call, reply in [(wide, exact), *pairs]):
        room = MOVED * eps * _largest(_flat(exact.value))
    return room, _tolerance(eps, FLOOR[backend], exact.gradients, [reply.gradients for reply in moved])


def in_float64(call: Call) -> Call:
    """The call with its (already rounded) floats widened to float64, in plain layout."""
    return replace(call, args=map_floats(lambda a: array(a.data, "float64", a.backend), call.args), layout="plain")


def _nudged(a: Array, rng: np.random.Generator) -> Array:
    return Array(a.data * (1 + STEP * rng.uniform(-1, 1, a.shape)), a.dtype, a.backend)


def _rearranges(call: Call, value: Any) -> bool:
    """Whether the results are the numbers, two at least, of one of the call's float arrays, in some order."""
    numbers = np.sort(_flat(value))
    arguments = [np.sort(a.data, axis=None) for a in leaves(call.args) if isinstance(a, Array) and a.is_float]
    return numbers.size > 1 and any(np.array_equal(numbers, other) for other in arguments)


def _eps(value: Any) -> float:
    """The largest machine epsilon among the results; 0 where all are integers, booleans or text."""
    floats = [EPS["float64"] for leaf in leaves(value) if isinstance(leaf, float)]
    return max(floats + [EPS[a.dtype] for a in leaves(value) if isinstance(a, Array) and a.dtype in EPS], default=0.0)


def _tolerance(eps: float, floor: float, still: Any, moved: list[Any]) -> float:
    a = _flat(still)
    sensitivity = max((_largest(_flat(m) - a) / STEP for m in moved if _flat(m).shape == a.shape), default=0.0)
    return max(SAFETY * eps * (_largest(a) + sensitivity), floor * max(_largest(a), 1.0)) if eps else 0.0


def _largest(numbers: np.ndarray) -> float:
    return float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0))


def _flat(value: Any) -> np.ndarray:
    numbers = [leaf.data if isinstance(leaf, Array) else leaf for leaf in leaves(value)]
    numbers = [np.asarray(n, np.float64).ravel() for n in numbers if not isinstance(n, str | Opaque | None)]
    return np.concatenate(numbers or [np.zeros(0)])
