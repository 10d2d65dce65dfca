"""Plain data: what a call script, an answer key and a reply from a student's function are made of.

None, bool, int, float, str, list, tuple, dict with string keys, `Array`, and what stands for a thing of the other side (`Held`,
`Opaque`, `Other`). Nothing else, and never pickle: the same bytes go into a key file and across a process boundary.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from .printable import whole


@dataclass(frozen=True, eq=False)
class Array:
    """A numpy array or torch tensor as data.

    `data` is always numpy. `dtype` is the name the owner used, which differs from `data.dtype` for bfloat16 only (numpy
    has none: it is held as float32). `backend` is "numpy" or "torch".
    """

    data: np.ndarray
    dtype: str
    backend: str = "numpy"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def is_float(self) -> bool:
        return "float" in self.dtype


@dataclass(frozen=True)
class Other:
    """Something that is not plain data, known only by what it is called."""

    what: str


@dataclass(frozen=True)
class Held:
    """Something that the judge holds, as an argument of a call: whoever is given it may ask it, and never has it.

    `name` is the function or class that it is made by, a class with `args`. `methods` are those that may be asked, "" for the thing
    itself. What it remembers lives for one call or, where `scope` is "script", for all calls of a script. `silent` says that all its
    errors read alike: of several that students tell apart by what they do, an error would say which it is.
    """

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    methods: tuple[str, ...] = ("",)
    scope: str = "call"
    silent: bool = True


@dataclass(frozen=True)
class Opaque:
    """A value that stays on its side of the seam: the other side knows its `id` alone, and hands that back."""

    id: str


MOST_DEEP = 40
"""Lists in lists: whoever walks through them does so by recursion."""

MOST_PARTS = 200_000
"""Lists, dicts and entries of these in one message: each takes tens of bytes, whatever it takes on its way."""

#: What numpy's finfo calls a machine epsilon, with bfloat16, which numpy lacks.
EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def array(data: Any, dtype: str = "float64", backend: str = "numpy") -> Array:
    """An `Array` of `data` rounded to `dtype`."""
    if dtype == "bfloat16":
        return Array(_to_bfloat16(np.asarray(data, np.float32)), dtype, backend)
    return Array(np.array(data, dtype), dtype, backend)


def _to_bfloat16(x: np.ndarray) -> np.ndarray:
    """float32 numbers rounded to the nearest bfloat16 (ties to even), still held as float32."""
    bits = np.ascontiguousarray(x).view(np.uint32)
    rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return (rounded & 0xFFFF0000).astype(np.uint32).view(np.float32).reshape(x.shape)


def is_number(value: Any) -> bool:
    """Whether this is a plain number that can be computed with: Python's whole numbers have no end, arrays hold 64 bits."""
    return type(value) in (bool, float) or (type(value) is int and -(2**63) <= value < 2**63)


def map_leaves(change: Callable[[Any], Any], value: Any) -> Any:
    """`value` with everything in it that is not a list, tuple or dict replaced by `change(it)`."""
    if isinstance(value, list | tuple):
        return type(value)(map_leaves(change, v) for v in value)
    if isinstance(value, dict):
        return {k: map_leaves(change, v) for k, v in value.items()}
    return change(value)


def map_arrays(change: Callable[[Array], Any], value: Any) -> Any:
    """`value` with every `Array` in it, and in what held objects are made with, replaced by `change(array)`."""

    def changed(leaf: Any) -> Any:
        if isinstance(leaf, Held):
            return replace(leaf, args=map_arrays(change, leaf.args))
        return change(leaf) if isinstance(leaf, Array) else leaf

    return map_leaves(changed, value)


def map_floats(change: Callable[[Array], Any], value: Any) -> Any:
    """`value` with every `Array` of floats in it replaced by `change(array)`."""
    return map_arrays(lambda a: change(a) if a.is_float else a, value)


def leaves(value: Any) -> list[Any]:
    """Everything in `value` that is not a list, tuple or dict, in order."""
    if isinstance(value, list | tuple):
        return [leaf for v in value for leaf in leaves(v)]
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in leaves(v)]
    return [value]


def pack(value: Any) -> bytes:
    """`value` as bytes: a safetensors file whose one metadata entry holds everything but the arrays."""
    arrays: dict[str, np.ndarray] = {}
    tree = _encode(value, arrays)
    return save(arrays, metadata={"tree": json.dumps(tree, separators=(",", ":"))})


def unpack(data: bytes) -> Any:
    """The value that `pack` was given. Raises ValueError where `data` is something else."""
    try:
        size = int.from_bytes(data[:8], "little")
        tree = _read(_read(data[8 : 8 + size].decode())["__metadata__"]["tree"])
        return _decode(tree, load(data), MOST_DEEP)
    except Exception as error:
        raise ValueError(f"expected data written by autograder, found {len(data)} bytes of something else") from error


def _read(text: str) -> Any:
    """JSON, where it is not too much to be built."""
    if len(text) > MOST_PARTS and sum(map(_TEXTS.sub("", text).count, "[{,")) > MOST_PARTS:
        raise ValueError("too many parts")
    return json.loads(text)


_TEXTS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')


def _encode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, Array):
        name = f"a{len(arrays)}"
        arrays[name] = np.ascontiguousarray(value.data).reshape(value.shape)
        return {"$array": name, "dtype": value.dtype, "backend": value.backend}
    if isinstance(value, Other):
        return {"$other": value.what}
    if isinstance(value, Held):
        args = {k: _encode(v, arrays) for k, v in value.args.items()}
        return {"$held": value.name, "args": args, "methods": list(value.methods), "scope": value.scope,
                "silent": value.silent}  # fmt: skip
    if isinstance(value, Opaque):
        return {"$opaque": value.id}
    if isinstance(value, tuple):
        return {"$tuple": [_encode(v, arrays) for v in value]}
    if isinstance(value, list):
        return [_encode(v, arrays) for v in value]
    if isinstance(value, dict):
        return {"$dict": {k: _encode(v, arrays) for k, v in value.items()}}
    if isinstance(value, float) and not np.isfinite(value):
        return {"$float": repr(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"expected plain data, found {type(value).__name__}")


def _decode(tree: Any, arrays: dict[str, np.ndarray], depth: int) -> Any:
    if not depth:
        raise ValueError("too deep")
    if isinstance(tree, list):
        return [_decode(v, arrays, depth - 1) for v in tree]
    if isinstance(tree, str):
        return whole(tree)
    if not isinstance(tree, dict):
        return tree
    if "$array" in tree:  # each once: named again and again, a small message would be a large value
        return Array(arrays.pop(tree["$array"]), whole(tree["dtype"]), whole(tree["backend"]))
    if "$other" in tree:
        return Other(whole(tree["$other"]))
    if "$held" in tree:
        args = {whole(k): _decode(v, arrays, depth - 1) for k, v in tree["args"].items()}
        return Held(
            whole(tree["$held"]), args, tuple(map(whole, tree["methods"])), whole(tree["scope"]), tree["silent"] is True
        )
    if "$function" in tree:  # a key of format 2
        return Held(whole(tree["$function"]))
    if "$opaque" in tree:
        return Opaque(whole(tree["$opaque"]))
    if "$tuple" in tree:
        return tuple(_decode(v, arrays, depth - 1) for v in tree["$tuple"])
    if "$float" in tree:
        return float(tree["$float"])
    return {whole(k): _decode(v, arrays, depth - 1) for k, v in tree["$dict"].items()}
