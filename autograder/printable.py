"""Text of a student's as it may be shown: on a terminal it could move the cursor, colour what follows, or begin a line of its own."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of control characters, marks that turn the direction of text, half characters and line breaks."""


def whole(text: str) -> str:
    """`text` with "?" for each half of a character (a lone surrogate): half a character cannot be written to any file."""
    return text.encode("utf-8", "replace").decode()


def one_line(text: str) -> str:
    """`text` on one line: white space becomes a space, and "�" stands for whatever else cannot be seen."""
    if text.isascii() and text.isprintable():
        return text
    seen = ("�" if unicodedata.category(c) in _UNSEEN and not c.isspace() else c for c in text)
    return " ".join("".join(seen).split())


def lines(text: str) -> str:
    """`text` with its line breaks, each line as `one_line` has it but for its indentation."""
    return "\n".join(line[: len(line) - len(line.lstrip(" "))] + one_line(line) for line in text.split("\n"))
