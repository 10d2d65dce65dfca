"""For a wrong result that no known mistake explains: how it relates to the right one, in one sentence that is always true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..judging.judge import close
from ..judging.values import Array
from .translate import _


@np.errstate(all="ignore")
def relation(want: Any, got: Any, tolerance: float) -> str:
    """The first relation that holds between a right and a wrong result, or ""."""
    if not (isinstance(want, Array) and isinstance(got, Array)):
        return ""
    a, b = np.asarray(want.data, np.float64), np.asarray(got.data, np.float64)
    if not (a.size and b.size and np.isfinite(a).all() and np.isfinite(b).all()):
        return ""
    return next(_relations(a, b, tolerance), "")


def _relations(want: np.ndarray, got: np.ndarray, tolerance: float) -> Iterator[str]:
    def same(a: np.ndarray, b: np.ndarray) -> bool:
        return a.shape == b.shape and bool(close(a, b, tolerance).all())

    if want.ndim >= 2 and got.ndim >= 2 and same(want, np.swapaxes(got, -1, -2)):
        yield _("It is the expected result transposed (its last two dimensions have changed places).")
    if want.shape != got.shape and same(want.ravel(), got.ravel()):
        yield _("The numbers are the expected ones, in the expected order: only the shape differs.")
    if want.size == got.size and want.size > 1 and same(np.sort(want, axis=None), np.sort(got, axis=None)):
        yield _("It holds the expected numbers, in another order.")
    if want.shape != got.shape:
        return
    if want.size > 1 and (factor := _factor(want, got)) is not None and same(want * factor, got):
        yield _("Every value is {factor:.4g} times the expected one.", factor=factor)
    if (
        want.size > 1
        and np.ptp(want) > 0
        and same(want + (offset := float((got - want).mean())), got)
        and abs(offset) > 1e-3 * np.abs(want).max()
    ):
        yield _("Every value is the expected one plus {offset:.4g}.", offset=offset)
    if ((want == 0) & (np.abs(got) > tolerance)).any() and (want != 0).any():
        place = tuple(int(i[0]) for i in np.nonzero((want == 0) & (np.abs(got) > tolerance)))
        yield _("The entry at {place} must be exactly 0, and is {value:.4g}.", place=list(place), value=got[place])
    for axis in range(-1, -want.ndim - 1, -1):
        if want.shape[axis] > 1 and same(want.sum(axis), np.ones_like(want.sum(axis))):
            sums = got.sum(axis).ravel()
            if not same(sums, np.ones_like(sums)):
                worst = float(sums[np.abs(sums - 1).argmax()])
                yield _("It should sum to 1 along axis {axis}, and sums to {worst:.4g}.", axis=axis, worst=worst)
    if want.ndim >= 2:
        right = close(want, got, tolerance).reshape(want.shape[0], -1).all(axis=1)
        if right.any():
            rows = np.flatnonzero(~right).tolist()[:5]
            yield _("Along the first dimension, only {rows} are wrong.", rows=rows)


def _factor(want: np.ndarray, got: np.ndarray) -> float | None:
    """got / want where that is about the same everywhere that counts, and not near 0 or 1."""
    largest = np.abs(want).argmax()
    if want.flat[largest] == 0:
        return None
    factor = float(got.flat[largest] / want.flat[largest])
    return factor if abs(factor) > 1e-3 and abs(factor - 1) > 1e-3 else None
