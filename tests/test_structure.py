"""Whatever is handed in becomes a notebook with every graded cell in it once, or a blank one with a reason."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.coursedir.releases import Release
from autograder.grading.structure import prepare, with_notes

from .conftest import ROOT

RELEASED = ROOT / "notebooks" / "04_softmax" / "04_softmax.ipynb"
BLANK = nbformat.read(RELEASED, as_version=4)
GRADED = [c.metadata.nbgrader.grade_id for c in BLANK.cells if "nbgrader" in c.metadata]


def hand_in(folder, notebook, name="04_softmax.ipynb"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")
    return prepare(folder, lambda stamp: Release("04_softmax", "", RELEASED.parent))


def graded_cells(prepared):
    nbformat.validate(with_notes(prepared))
    return [c.metadata.nbgrader.grade_id for c in prepared.notebook.cells if "nbgrader" in c.metadata]


def test_an_untouched_release_needs_no_notes(tmp_path):
    prepared = hand_in(tmp_path, BLANK)
    assert prepared.notes == []
    assert graded_cells(prepared) == GRADED


def test_the_notebook_of_another_lesson_is_named_as_one(tmp_path):
    other = (ROOT / "notebooks" / "05_scaled_dot_product_attention" / "05_scaled_dot_product_attention.ipynb").read_text()
    prepared = hand_in(tmp_path, other)
    (note,) = prepared.notes
    assert note.startswith(
        "04_softmax.ipynb is the notebook of another lesson: next to none of its tasks belong to 04_softmax."
    )
    assert not prepared.readable
    assert graded_cells(prepared) == GRADED


def test_what_students_wrote_is_kept(tmp_path):
    mine = copy.deepcopy(BLANK)
    next(c for c in mine.cells if c.id == "softmax").source = "def softmax(x): return 1"
    mine.cells.insert(3, nbformat.v4.new_code_cell("my = 'own cell'"))
    sources = [c.source for c in hand_in(tmp_path, mine).notebook.cells]
    assert "def softmax(x): return 1" in sources
    assert "my = 'own cell'" in sources


def test_points_and_locked_text_are_those_of_the_release(tmp_path):
    mine = copy.deepcopy(BLANK)
    cell = next(c for c in mine.cells if c.id == "softmax-check")
    cell.metadata.nbgrader["points"], cell.source = 1000, "8.0"
    restored = next(
        c
        for c in hand_in(tmp_path, mine).notebook.cells
        if c.metadata.get("nbgrader", {}).get("grade_id") == "softmax-check"
    )
    assert (restored.metadata.nbgrader.points, restored.source) == (8, 'check("softmax").score')


@pytest.mark.parametrize("name", GRADED)
def test_a_missing_cell_is_put_back_in_its_place(tmp_path, name):
    mine = copy.deepcopy(BLANK)
    mine.cells = [c for c in mine.cells if c.metadata.get("nbgrader", {}).get("grade_id") != name]
    prepared = hand_in(tmp_path, mine)
    assert graded_cells(prepared) == GRADED
    assert name in prepared.notes[0]


@pytest.mark.parametrize("name", GRADED)
def test_a_doubled_cell_is_graded_once(tmp_path, name):
    mine = copy.deepcopy(BLANK)
    i = next(i for i, c in enumerate(mine.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == name)
    mine.cells.insert(i, copy.deepcopy(mine.cells[i]))
    prepared = hand_in(tmp_path, mine)
    assert graded_cells(prepared) == GRADED
    assert "more than once" in prepared.notes[0]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", "is not a Jupyter notebook"),
        ("[]", "is not a Jupyter notebook"),
        ("{}", "is not a Jupyter notebook"),
        ("null", "is not a Jupyter notebook"),
        ('{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "is not a Jupyter notebook"),
        (nbformat.writes(BLANK)[:500], "is not a Jupyter notebook"),
    ],
)
def test_what_is_no_notebook_becomes_a_blank_one(tmp_path, text, note):
    prepared = hand_in(tmp_path, text)
    assert note in prepared.notes[0]
    assert not prepared.readable
    assert graded_cells(prepared) == GRADED


def test_an_older_notebook_format_is_read(tmp_path):
    old = json.loads(nbformat.writes(BLANK))
    old["nbformat_minor"] = 2
    for cell in old["cells"]:
        cell.pop("id")
    assert graded_cells(hand_in(tmp_path, json.dumps(old))) == GRADED


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "double", "swap", "retype", "unmark", "junk metadata", "junk source", "huge id"]),
        st.integers(0, len(BLANK.cells) - 1),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MUTATIONS)
def test_any_mangled_notebook_can_be_graded(tmp_path, mutations):
    raw = json.loads(nbformat.writes(BLANK))
    for kind, where in mutations:
        cells = raw["cells"]
        i = where % len(cells) if cells else 0
        match kind if cells else "none":
            case "drop":
                del cells[i]
            case "double":
                cells.append(copy.deepcopy(cells[i]))
            case "swap":
                cells[i], cells[0] = cells[0], cells[i]
            case "retype":
                cells[i] = {"cell_type": "raw", "metadata": cells[i].get("metadata", {}), "source": "x", "id": "x"}
            case "unmark":
                cells[i]["metadata"] = {}
            case "junk metadata":
                cells[i]["metadata"] = {"nbgrader": [1, 2]}
            case "junk source":
                cells[i]["source"] = ["a\n", "b"]
            case "huge id":
                cells[i]["id"] = "x" * 1000
    prepared = hand_in(tmp_path, json.dumps(raw))
    assert sorted(graded_cells(prepared)) == sorted(GRADED)
