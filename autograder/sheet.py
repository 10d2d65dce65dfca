"""What goes into a CSV file that people open in a spreadsheet."""

from __future__ import annotations


def no_formula(value: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") and value else value
