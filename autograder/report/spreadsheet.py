"""A CSV file that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = re.compile(r"(^|[;|\t\r\n])(?=\s*[=+\-@＝＋－＠])|^(?=[\t\r\n])")
"""Where a spreadsheet would read a formula, in full width too: at the beginning, and where one that splits at other signs than
commas begins a cell."""


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """The file's text, each value as `no_formula` has it."""
    table = io.StringIO()
    csv.writer(table).writerows(map(no_formula, row) for row in rows)
    return table.getvalue()


def no_formula(value: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
