"""The names of a cell, on whatever Python."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell

from autograder.coursedir.cell_names import names_of
from autograder.desk.names import made_and_used, out_of_order

FULL = """import numpy as np, os.path
%time y = 1
for i in range(n):
    z = [a * k for a in rows if (last := a)]
with opened(at) as file:
    pass
class C(Base):
    held = table
    def method(self):
        return self.held, deep
def f(x, *args, size=default, **rest):
    global total
    local = x + later
    total = local
    return [inner for inner in others if inner]
squares = lambda v: v * factor
values.sort(key=f)
put(item)
try:
    pass
except ValueError as error:
    pass
match subject:
    case [first, *others_of_it]:
        pass
"""


def test_what_a_cell_makes_reads_and_may_change():
    names = names_of(FULL)
    assert names.makes == {"np", "os", "i", "z", "last", "file", "C", "f", "squares", "error", "first", "others_of_it"}
    assert names.surely == {"np", "os", "C", "f", "squares"}
    assert names.imports == {"np", "os"}
    assert names.reads == {"range", "n", "k", "rows", "opened", "at", "Base", "table", "default", "values", "f", "put", "item",
                           "ValueError", "subject"}  # fmt: skip
    assert names.reads_later == {"deep", "later", "others", "factor"}
    assert names.changes >= {"values", "item"}
    assert "total" in names.changes_later


@pytest.mark.parametrize("source", ["def (", "x = '\\ud800", "(" * 500, "\0"])
def test_a_cell_that_is_no_python_has_no_names(source):
    assert names_of(source).makes == set()


def test_variables_of_comprehensions_are_their_own():
    cells = [
        new_code_cell("doubled = [2 * w for w in (1, 2)]\nshares = {w: w for w in doubled}"),
        new_code_cell("total = sum(w for w in doubled)\nw_all = {w for w in doubled}"),
        new_code_cell("for w in doubled:\n    print(w)"),
    ]
    assert [made_and_used(cell) for cell in cells[:2]] == [({"doubled", "shares"}, set()), ({"total", "w_all"}, {"doubled"})]
    assert out_of_order(cells) == []
    assert out_of_order([new_code_cell("print(w)"), *cells]) == [
        "Cell 1 uses `w`, which cell 4 further down makes: move that one up, or this one below it."
    ]
