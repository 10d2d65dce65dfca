"""Plain data to the live objects that a student's function is called with, and what it returns back to plain data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from .printable import whole
from .values import Array, Held, Opaque, Other, is_number, map_leaves

MAX_ENTRIES = 2_000_000
"""A larger result is not looked at: no exercise asks for one."""

MAX_TEXT = 2_000
"""Characters kept of what a function prints or says in an exception."""


class Handle:
    """What a student's function has of a value that the judge keeps: nothing but something to hand back."""

    __slots__ = ("_id",)

    def __init__(self, id: str):
        self._id = id

    def __repr__(self) -> str:
        return "<a value to hand back: only what it came from can read it>"


def to_live(
    value: Any,
    layout: str = "plain",
    held: Callable[[Held], Any] = lambda held: held,
    opaque: Callable[[Opaque], Any] = lambda opaque: Handle(opaque.id),
) -> Any:
    """Plain data as live objects, fresh at each call. `held` and `opaque` say what stands for those two."""

    def live(leaf: Any) -> Any:
        if isinstance(leaf, Array):
            return _live_array(leaf, layout)
        if isinstance(leaf, Held):
            return held(leaf)
        return opaque(leaf) if isinstance(leaf, Opaque) else leaf

    return map_leaves(live, value)


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


def unknown(value: Any) -> Other:
    """What is not plain data, by the name of its type."""
    return Other(whole(type(value).__name__[:MAX_TEXT]))


def from_live(result: Any, other: Callable[[Any], Any] = unknown, depth: int = 0) -> Any:
    """What a function returned, as plain data; `other` says what stands for whatever is none. Nothing of the object's own code is
    trusted or run.

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
    if kind is Handle:
        return Opaque(str(result._id)[:MAX_TEXT])
    if isinstance(result, np.generic) or (issubclass(kind, np.ndarray) and not issubclass(kind, np.ma.MaskedArray)):
        return _from_numpy(np.asarray(result))
    if "torch" in sys.modules and kind in (sys.modules["torch"].Tensor, sys.modules["torch"].nn.Parameter):
        return _from_torch(result)
    if kind in (list, tuple) and depth < 4 and len(result) <= 10_000:
        return kind(from_live(v, other, depth + 1) for v in result)
    if kind is dict and depth < 4 and len(result) <= 1_000 and all(type(k) is str for k in result):
        return {whole(k[:MAX_TEXT]): from_live(v, other, depth + 1) for k, v in result.items()}
    plain = as_plain_type(result)
    return other(result) if plain is result else from_live(plain, other, depth)


def _items(mapping: dict) -> dict:
    return dict(dict.items(mapping))


def as_plain_type(result: Any) -> Any:
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
