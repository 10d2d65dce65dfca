"""A student's first minutes with a lesson, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.authoring.answers import as_cell

from .conftest import ROOT
from .lab import open_notebook


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    with open_notebook(ROOT / "notebooks", tmp_path_factory.mktemp("student"), "04_softmax/04_softmax.ipynb") as opened:
        yield opened


def test_the_untouched_lesson_runs_to_its_end(notebook):
    notebook.run_all()
    outputs = notebook.outputs()
    errors = {o["cell"]: o["ename"] for o in outputs if o["output_type"] == "error"}
    assert set(errors.values()) <= set()
    assert notebook.page.locator(".jp-Notebook").count() == 1
    last = [o for o in outputs if "Together" in str(o.get("data", ""))]
    assert last, "progress() at the end shows the sum of points"
    stub = next(o for o in outputs if o["cell"] == "softmax-check" and "data" in o and "text/html" in o["data"])
    assert "not written yet" in stub["data"]["text/plain"]


def test_a_right_answer_gets_one_quiet_line(notebook, exercises):
    notebook.fill_in("softmax", as_cell(exercises["softmax"]))
    shown = notebook.output("softmax-check").inner_text()
    assert "✓ softmax: every check passed, 8 of 8 points" in shown
    assert "8.0" in shown


def test_a_wrong_answer_is_told_which_mistake_it_is(notebook, exercises):
    wrong = exercises["entropy"].mistakes["in_bits"].function
    notebook.fill_in("entropy", as_cell(exercises["entropy"], wrong))
    shown = notebook.output("entropy-check").inner_text()
    assert "This is what you get when log base 2 is used" in shown
    assert "The smallest input that goes wrong" in shown
    assert "≠" in shown
    assert "expected" in shown


def test_nothing_for_instructors_is_on_screen(notebook):
    assert notebook.page.get_by_text("Formgrader").count() == 0
    assert notebook.page.get_by_text("Would you like to get notified").count() == 0


def test_paths_of_this_machine_do_not_show(notebook):
    assert str(Path.home()) not in str([o for o in notebook.outputs() if o["output_type"] != "error"])
