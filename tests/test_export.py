"""Scores for learning platforms: in their columns, with marks by hand, extra credit and late penalties."""

from __future__ import annotations

import csv
import logging

import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from autograder.grading.export import Canvas, Moodle
from autograder.nbgrader_api import gradebook_url, scripts_on_path

from .conftest import SETTINGS


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A gradebook of two assignments: what was graded, by whom, and what is still to be."""
    root = tmp_path_factory.mktemp("export")
    with scripts_on_path(), Gradebook(gradebook_url(root), SETTINGS.id) as g:
        for name in ("04_softmax", "05_masks"):
            g.add_assignment(name)
            g.add_notebook(name, name)
            g.add_grade_cell("check", name, name, max_score=34, cell_type="code")
            g.add_grade_cell("why", name, name, max_score=3, cell_type="markdown")
        g.add_student("ada", first_name="Ada", last_name="Lovelace", email="ada@example.org", lms_user_id="4711")
        for student in ("absent", "late", "waits", "berg_123", "=1+1"):
            g.add_student(student)
        for student, auto, by_hand, extra, penalty in (
            ("ada", 30.5, 2.0, 1.0, None), ("late", 20.0, 1.0, None, 4.0), ("waits", 34.0, None, None, None),
            ("berg_123", 3.0, 0.0, None, 10.0), ("=1+1", 1 / 3, 0.0, None, None),
        ):  # fmt: skip
            g.add_submission("04_softmax", student)
            check, why = (g.find_grade(cell, "04_softmax", "04_softmax", student) for cell in ("check", "why"))
            check.auto_score, check.extra_credit, check.needs_manual_grade = auto, extra, False
            why.manual_score, why.needs_manual_grade = by_hand, by_hand in (None, 2.0)  # ada's was graded again since
            g.find_submission_notebook("04_softmax", "04_softmax", student).late_submission_penalty = penalty
        g.db.commit()
    return root


def rows(root, exporter, **options) -> list[list[str]]:
    made = exporter(config=Config({exporter.__name__: {"to": str(root / "out.csv"), **options}}))
    with Gradebook(gradebook_url(root), SETTINGS.id) as gradebook:
        made.export(gradebook)
    with (root / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_canvas(root):
    table = rows(root, Canvas)
    assert table == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "04_softmax", "05_masks"],
        ["    Points Possible", "", "", "", "", "37", "37"],
        ["'=1+1", "", "", "'=1+1", "", "0.3333", ""],
        ["absent", "", "", "absent", "", "", ""],
        ["Lovelace, Ada", "4711", "", "ada", "", "33.5", ""],
        ["berg_123", "123", "", "", "", "0", ""],
        ["late", "", "", "late", "", "17", ""],
        ["waits", "", "", "waits", "", "", ""],
    ]


def test_moodle(root):
    table = rows(root, Moodle, assignment=["04_softmax"], student=["ada", "late"])
    assert table == [
        ["Username", "ID number", "Email address", "First name", "Last name", "04_softmax"],
        ["ada", "4711", "ada@example.org", "Ada", "Lovelace", "33.5"],
        ["late", "", "", "", "", "17"],
    ]


def test_an_answer_that_nobody_graded_is_named(root):
    made = Canvas(config=Config({"Canvas": {"to": str(root / "out.csv")}}))
    said: list[str] = []
    made.log = logging.Logger("export")
    made.log.addHandler(logging.Handler())
    made.log.handlers[0].emit = lambda record: said.append(record.getMessage())
    with Gradebook(gradebook_url(root), SETTINGS.id) as gradebook:
        made.export(gradebook)
    assert said == ["Left blank, for an answer is still to be graded by hand: waits (04_softmax)"]
