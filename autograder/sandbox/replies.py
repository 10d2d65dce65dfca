"""What comes back from a submission's process, made safe to use and to show: nothing in it is believed to be what it says."""

from __future__ import annotations

import re
import sys
import sysconfig
import tempfile
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..judging.effects import RANDOM
from ..judging.live import MAX_ENTRIES, MAX_TEXT
from ..judging.printable import whole
from ..judging.script import Call, Error, Reply
from ..judging.values import Array, Opaque, Other, is_number, map_leaves


def clean(reply: Reply, call: Call, ready_made: tuple[str, ...]) -> Reply:
    """The reply to `call`, with nothing in it that the call does not ask for. Of `ready_made` are the names in `used`."""
    gradients = None if reply.gradients is None else {n: reply.gradients.get(n) for n in call.args if n in reply.gradients}
    return Reply(
        map_leaves(checked, reply.value),
        reply.error and Error(*(_cut(t) if isinstance(t, str) else t for t in asdict(reply.error).values())),
        map_leaves(checked, gradients),
        tuple(name for name in call.args if name in reply.changed),
        tuple(name for name in RANDOM if name in reply.random_changed),
        _cut(reply.printed),
        tuple(_cut(w) for w in reply.warnings),
        tuple(name for name in reply.used if name in ready_made),
    )


def checked(leaf: Any) -> Any:
    """A leaf from the other side, or what it is called where it is not what it says."""
    if isinstance(leaf, Array):
        held = "float32" if leaf.dtype == "bfloat16" else leaf.dtype
        true = isinstance(leaf.data, np.ndarray) and leaf.data.dtype.name == held and leaf.data.dtype.kind in "biuf"
        return leaf if true and leaf.data.size <= MAX_ENTRIES and leaf.backend in ("numpy", "torch") else Other("array")
    if leaf is None or is_number(leaf):
        return leaf
    if isinstance(leaf, Opaque):
        return Opaque(_cut(str(leaf.id))[:100])
    return _cut(leaf) if type(leaf) is str else Other(_cut(str(getattr(leaf, "what", type(leaf).__name__)))[:100])


def _cut(text: str) -> str:
    """A text from the other side as it may be shown."""
    return without_paths(whole(text[:MAX_TEXT]))


def without_paths(text: str) -> str:
    """`text` without the places on this machine that it may quote: a warning names the file that it comes from."""
    return _places().sub("…", text)


@lru_cache(maxsize=1)
def _places() -> re.Pattern[str]:
    package = Path(__file__).resolve().parent.parent.parent
    places = {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, package, Path.home()}
    places |= {Path(p).resolve() for p in places}
    telling = sorted((str(p) for p in places if len(Path(p).parts) > 2 or Path(p) == Path.home() != Path("/")), key=len)
    scratch = re.escape(tempfile.gettempdir()) + r"/sandbox-\w+(/work)?"
    return re.compile("|".join([*map(re.escape, reversed(telling)), scratch]))
