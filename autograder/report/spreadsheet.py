"""What goes into a CSV file that people open in a spreadsheet."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"(^|[;|\t\r\n])(?=\s*[=+\-@＝＋－＠])|^(?=[\t\r\n])")
"""Where a spreadsheet would read a formula, in full width too: at the beginning, and where one that splits at other signs than
commas begins a cell."""


def no_formula(value: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
