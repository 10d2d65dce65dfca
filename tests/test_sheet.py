"""No text of a student's is a formula in an instructor's spreadsheet, whatever it splits at."""

from __future__ import annotations

import re

import pytest

from autograder.report.spreadsheet import no_formula

STARTS = "=+-@＝＋－＠"


@pytest.mark.parametrize("sign", STARTS)
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "ada;", "ada; ", "a\tb\t", "x\n", "a|", ";;"])
def test_no_cell_begins_as_a_formula(before, sign):
    marked = no_formula(f"{before}{sign}1+1")
    for separators in (",", ";", "\t", "|", ";\t|"):
        cells = re.split(f"[{separators}\r\n]", marked)
        assert not [cell for cell in cells if cell.strip()[:1] in tuple(STARTS)]
    assert marked.replace("'", "") == f"{before}{sign}1+1"


@pytest.mark.parametrize("value", ["", "ada", "O'Brien", "x = 1; y", "axis=-1", 1.5, -3, None, "2-3", "ada@example.org"])
def test_what_is_no_formula_stays_as_it_is(value):
    assert no_formula(value) == value
