"""A cell's outputs from what its process said. Nothing that it says is believed: text and images come through, each checked."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode, from_dict

from ..sandbox.process import without_paths

MOST_OUTPUTS = 100
MOST_TEXT = 50_000
"""Characters of one output; three times that of all outputs of a cell."""
MOST_IMAGES = 8 * 2**20
"""Characters (base64) of all images of a cell."""
MOST_PIXELS = 20_000_000
_PARTS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"gAMA", b"sRGB"}
"""Parts of a PNG file that are kept: what makes the picture, and no text, date or other program's data."""


def outputs_of(found: dict[str, Any]) -> Iterator[NotebookNode]:
    for name in ("stdout", "stderr"):
        if isinstance(found.get(name), str) and found[name]:
            yield output("stream", name=name, text=_text(found[name]))
    shown = found.get("shown")
    left, room = MOST_IMAGES, MOST_TEXT
    for one in shown[:MOST_OUTPUTS] if isinstance(shown, list) else []:
        data = {}
        if isinstance(one, dict) and isinstance(one.get("text/plain"), str):
            data["text/plain"] = _text(one["text/plain"][:room])
            room -= len(data["text/plain"])
        if isinstance(one, dict) and (image := _png(one.get("image/png"))) and (left := left - len(image)) >= 0:
            data["image/png"] = image
        if data.get("text/plain") or "image/png" in data:
            kind = "execute_result" if one.get("result") is True else "display_data"
            count = {"execution_count": None} if kind == "execute_result" else {}
            yield output(kind, data=data, metadata={}, **count)
    error = found.get("error")
    if isinstance(error, dict):
        yield error_output(_text(str(error.get("ename")))[:100], _text(str(error.get("evalue")))[:2000])


def output(kind: str, **fields: Any) -> NotebookNode:
    """As nbformat's new_output, which takes 2 ms to validate each."""
    return from_dict({"output_type": kind, **fields})


def error_output(name: str, message: str) -> NotebookNode:
    return output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def _text(said: str) -> str:
    """What can be written to a file, and names no place on this machine."""
    return without_paths(said[:MOST_TEXT].encode("utf-8", "replace").decode())


def _png(image: Any) -> str | None:
    """The picture in `image`, anew; None where it is none."""
    try:
        return base64.b64encode(_redone(base64.b64decode(image.encode(), validate=True))).decode()
    except (AttributeError, ValueError, struct.error):
        return None


def _redone(png: bytes) -> bytes:
    kept, at = png[:8], 8
    if kept != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG file")
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        part = png[at : at + size + 12]
        if (kind == b"IHDR") != (at == 8) or len(part) != size + 12:
            raise ValueError("a damaged PNG file")
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", part, 8)
            if not 0 < width * height <= MOST_PIXELS:
                raise ValueError("too large")
        at += len(part)
        kept += part if kind in _PARTS else b""
        if kind == b"IEND":
            return kept
    raise ValueError("a PNG file without an end")
