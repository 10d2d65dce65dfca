"""Text of a student's as it may be shown: on a terminal it could move the cursor, colour what follows, or begin a line of its own."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of control characters, marks that turn the direction of text, half characters and line breaks."""


def whole(text: str) -> str:
    """`text` with "?" for each half of a character (a lone surrogate): half a character cannot be written to any file."""
    return text.encode("utf-8", "replace").decode()


def one_line(text: str) -> str:
    """`text` on one line: a space stands for each line break, and "�" for whatever else cannot be seen."""
    return text if text.isascii() and text.isprintable() else "".join(map(_printable, text))


def lines(text: str) -> str:
    """`text` with its line breaks, and each line as `one_line` has it."""
    return "\n".join(map(one_line, text.split("\n")))


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    return "�" if unicodedata.category(character) in _UNSEEN else character
