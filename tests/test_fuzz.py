"""Mangled submissions by the hundred: none stops the grader, and all become notebooks that can be graded."""

from __future__ import annotations

import copy
import time

import nbformat
import pytest

from autograder.authoring.sample import fill_in
from autograder.authoring.sources import as_cell
from autograder.coursedir.releases import Release, newest
from autograder.grading.execute import execute
from autograder.grading.run import Limits
from autograder.grading.structure import prepare, with_notes
from autograder.sandbox.process import Warm

from .conftest import ROOT, SETTINGS
from .mangle import mangled

LESSON = "04_softmax"
RELEASED = ROOT / "notebooks" / LESSON / f"{LESSON}.ipynb"
BLANK = nbformat.read(RELEASED, as_version=4)
GRADED = {c.metadata.nbgrader.grade_id: c for c in BLANK.cells if "nbgrader" in c.metadata}
LIMITS = Limits(cell=0.5, call=0.5, submission=8.0)
SECONDS = 2.0
"""In which any file must have become a notebook or been refused, machine busy or not."""


@pytest.fixture(scope="module")
def valid(exercises):
    """Right answers to everything."""
    return nbformat.writes(
        fill_in(copy.deepcopy(BLANK), exercises, {"exercises": "right", "predictions": "a", "written": "An answer."})
    )


@pytest.mark.parametrize("first", range(0, 600, 50))
def test_any_mangled_submission_can_be_graded(first, valid, tmp_path):
    for number in range(first, first + 50):
        folder = mangled(number, valid, tmp_path / f"{number}", RELEASED.name)
        start = time.monotonic()
        prepared = prepare(folder, lambda stamp: Release(LESSON, "", RELEASED.parent))
        notebook = with_notes(prepared)
        text = nbformat.writes(notebook).encode()
        assert time.monotonic() - start < SECONDS, number
        assert len(text) < 5_000_000, number
        nbformat.validate(notebook)
        found = [c for c in notebook.cells if "nbgrader" in c.metadata]
        assert sorted(c.metadata.nbgrader.grade_id for c in found) == sorted(GRADED), number
        for cell in found:
            released = GRADED[cell.metadata.nbgrader.grade_id]
            assert (cell.metadata, cell.cell_type) == (released.metadata, released.cell_type), number
            assert not released.metadata.nbgrader.locked or cell.source == released.source, number
        assert all(not c.get("outputs") and "text/html" not in str(c.get("attachments")) for c in notebook.cells), number
        assert not any("<" in note for note in prepared.notes), number
        assert prepared.readable or (len(prepared.notes) == 1 and prepared.notebook.cells == BLANK.cells), number


def test_mangled_submissions_run_and_the_honest_one_beside_them_scores_as_it_should(course, valid, tmp_path, exercises):
    release = newest(course, LESSON)
    with Warm(SETTINGS.warm) as warm:
        ran = 0
        for number in range(600, 640):
            prepared = prepare(mangled(number, valid, tmp_path / f"{number}", RELEASED.name), lambda stamp: release)
            if not prepared.readable:
                continue
            verdicts = execute(prepared.notebook.cells, release, warm, LIMITS)
            assert all(0 <= v.verdict.score <= v.verdict.points for v in verdicts), number
            nbformat.writes(prepared.notebook).encode()
            ran += 1
            if ran % 10 == 0:
                honest = nbformat.read(RELEASED, as_version=4)
                next(c for c in honest.cells if c.id == "softmax").source = as_cell(exercises["softmax"])
                assert sum(v.verdict.score for v in execute(honest.cells, release, warm, LIMITS)) == 8.0, number
        assert ran > 20
