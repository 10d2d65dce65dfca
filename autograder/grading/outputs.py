"""A cell's outputs from what its process said. Nothing that it says is believed: text and images come through, each checked."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode, from_dict

from ..judging.printable import whole
from ..sandbox.replies import without_paths

MOST_OUTPUTS = 100
MOST_TEXT = 50_000
"""Characters of one output; three times that of all outputs of a cell."""
MOST_IN_ALL = {"pictures": 8 * 2**20, "text": 10**6, "outputs": 2_000}
"""Of a whole notebook, pictures and text in characters (base64): a hundred figures, and more text than anyone reads."""
MOST_PIXELS = 20_000_000
_PARTS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"gAMA", b"sRGB"}
"""Parts of a PNG file that are kept: what makes the picture, and no text, date or other program's data."""


class Room:
    """What the outputs of one notebook may still take."""

    def __init__(self) -> None:
        self.left = dict(MOST_IN_ALL)
        self.full = False

    def another(self) -> bool:
        """Whether one more output fits."""
        self.left["outputs"] -= 1
        self.full |= self.left["outputs"] < 0
        return not self.full

    def take(self, kind: str, content: str) -> str:
        """`content`, as far as there is room: a text is cut, a picture is there or not."""
        fits = len(content) <= self.left[kind]
        if not fits:
            content, self.full = content[: self.left[kind]] if kind == "text" else "", True
        self.left[kind] -= len(content)
        return content


def outputs_of(reply: dict[str, Any], room: Room) -> Iterator[NotebookNode]:
    """The outputs of one cell, with a sentence where there was no more room for them."""
    if room.full:
        return
    for item in _outputs_of(reply, room):
        yield item
        if not room.another():
            break
    if room.full:
        most = f"{MOST_IN_ALL['pictures'] // 2**20} MB of pictures, {MOST_IN_ALL['text']} characters or {MOST_IN_ALL['outputs']} outputs"
        yield output("stream", name="stderr", text=f"This notebook shows more than {most}: the rest is not kept.\n")


def _outputs_of(reply: dict[str, Any], room: Room) -> Iterator[NotebookNode]:
    for name in ("stdout", "stderr"):
        if isinstance(reply.get(name), str) and (text := room.take("text", _text(reply[name]))):
            yield output("stream", name=name, text=text)
    items = reply.get("shown")
    left = MOST_TEXT
    for item in items[:MOST_OUTPUTS] if isinstance(items, list) else []:
        data = {}
        if isinstance(item, dict) and isinstance(item.get("text/plain"), str):
            data["text/plain"] = room.take("text", _text(item["text/plain"][:left]))
            left -= len(data["text/plain"])
        picture = item.get("image/png") if isinstance(item, dict) else None
        if isinstance(picture, str) and (picture := room.take("pictures", picture)) and (image := _png(picture)):
            data["image/png"] = image
        if data.get("text/plain") or "image/png" in data:
            kind = "execute_result" if item.get("result") is True else "display_data"
            count = {"execution_count": None} if kind == "execute_result" else {}
            yield output(kind, data=data, metadata={}, **count)
    error = reply.get("error")
    if isinstance(error, dict):
        yield error_output(_text(str(error.get("ename")))[:100], room.take("text", _text(str(error.get("evalue")))[:2000]))


def output(kind: str, **fields: Any) -> NotebookNode:
    """As nbformat's new_output, which takes 2 ms to validate each."""
    return from_dict({"output_type": kind, **fields})


def error_output(name: str, message: str) -> NotebookNode:
    return output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def _text(text: str) -> str:
    """What can be written to a file, and names no place on this machine."""
    return without_paths(whole(text[:MOST_TEXT]))


def _png(image: Any) -> str | None:
    """The picture in `image`, anew; None where it is none."""
    try:
        return base64.b64encode(_redone(base64.b64decode(image.encode(), validate=True))).decode()
    except (AttributeError, ValueError, struct.error):
        return None


def _redone(png: bytes) -> bytes:
    parts, at = png[:8], 8
    if parts != b"\x89PNG\r\n\x1a\n":
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
        parts += part if kind in _PARTS else b""
        if kind == b"IEND":
            return parts
    raise ValueError("a PNG file without an end")
