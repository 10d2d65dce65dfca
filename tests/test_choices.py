"""Predictions that are clicked: what counts, what is kept, what is handed in."""

from __future__ import annotations

import json
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder import check, predicted
from autograder.desk import choices, shell
from autograder.desk.check import verdicts
from autograder.desk.choices import written_in
from autograder.desk.predictions import answer
from autograder.judging import key_files
from autograder.judging.key import Key, dumps
from autograder.judging.key_files import SUFFIX

KEY = Key("loud", {"made": 1.0}, (), options=("a", "b"), words={"a": "the *loud* one", "b": "$x$"}, right="a", reasons={"b": "it is short."})  # fmt: skip


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """A lesson with one prediction, which this process runs."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / f"loud{SUFFIX}").write_bytes(dumps(KEY))
    facts = {"lesson": "01_loud", "exercises": ["loud"], "graded": [], "sections": [], "format": 2}
    (tmp_path / "keys" / "lesson.json").write_text(json.dumps(facts))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(key_files, "_started_in", tmp_path)
    names = {"loud": None}
    monkeypatch.setattr(shell, "namespace", lambda: names)
    verdicts.clear()
    return tmp_path


def test_a_click_counts_until_a_letter_is_written(lesson):
    assert not predicted("loud")
    choices.click(lesson, "loud", "b")
    assert predicted("loud")
    assert check("loud").message == "✓ loud: your choice is b, 1 of 1 points"
    shell.namespace()["loud"] = "A"
    assert check("loud").choice == "a", "the cell wins"
    shell.namespace()["loud"] = "e"
    assert check("loud").choice == "b", "what is no letter of a choice does not"


def test_what_is_not_made_is_asked_for_and_not_marked_wrong(lesson):
    asked = check("loud")
    assert asked.message.startswith("· loud: not made yet, 0 of 1 points")
    assert "✗" not in asked.message + asked.html
    assert "write its letter in the place of `None`" in asked.message


def test_a_change_after_the_result_is_said(lesson):
    choices.click(lesson, "loud", "b")
    assert choices.result_shown(lesson, "loud", "b") == "b"
    assert "Changed" not in check("loud").message
    choices.click(lesson, "loud", "a")
    assert "Changed from b after the result." in check("loud").message
    assert choices.result_shown(lesson, "loud", "a") == "b", "the first time is what counts as the first"


def test_a_grader_and_a_run_to_hand_in_take_no_clicks(lesson, monkeypatch):
    choices.click(lesson, "loud", "b")
    for variable in (shell.SANDBOX, "NBGRADER_EXECUTION", "AUTOGRADER_FRESH_RUN"):
        with monkeypatch.context() as run:
            run.setenv(variable, "autograde")
            assert not predicted("loud"), variable


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"version": 1, "choices": {"loud": {"clicked": 3, "first": ""}}}', '{"version": 1, "choices": 1}']
)  # fmt: skip
def test_a_damaged_file_is_said_and_put_aside(lesson, content):
    (lesson / choices.FILE).write_text(content)
    assert "my_choices.json is damaged. Choices that you clicked are not counted" in check("loud").message
    assert choices.click(lesson, "loud", "b")
    assert (lesson / "my_choices.damaged.json").read_text() == content
    assert check("loud").passed


def test_a_letter_that_is_no_choice_and_a_newer_file_do_no_harm(lesson):
    choices.click(lesson, "loud", 'z"; import os')
    assert not check("loud").passed
    assert list(written_in([new_code_cell("loud = None")], [KEY], lesson)) == []
    newer = '{"version": 99, "choices": {}}'
    (lesson / choices.FILE).write_text(newer)
    assert not choices.click(lesson, "loud", "b")
    assert (lesson / choices.FILE).read_text() == newer


WRITTEN = {
    "loud = None": 'loud = "b"',
    'loud = None  # click your choice below, or write "a" or "b"': 'loud = "b"',
    "# I think\nloud=None\n# because": '# I think\nloud = "b"\n# because',
    "loud = b": 'loud = "b"',
    'loud = "e"': 'loud = "b"',
}


@pytest.mark.parametrize("source", WRITTEN)
def test_a_click_is_written_into_the_cell_of_its_prediction(lesson, source):
    choices.click(lesson, "loud", "b")
    cells = [new_code_cell("louder = None"), new_code_cell(source)]
    assert list(written_in(cells, [KEY], lesson)) == [("loud", "b")]
    assert [cell.source for cell in cells] == ["louder = None", WRITTEN[source]]


def test_a_letter_in_the_cell_is_left_alone_and_a_change_is_remarked(lesson):
    choices.click(lesson, "loud", "b")
    cells = [new_code_cell("loud = ' A '")]
    assert list(written_in(cells, [KEY], lesson)) == []
    assert cells[0].source == "loud = ' A '"
    choices.result_shown(lesson, "loud", "a")
    cells = [new_code_cell("loud = None")]
    list(written_in(cells, [KEY], lesson))
    assert cells[0].source == 'loud = "b"  # changed from a after the result'


def test_the_answer_says_what_was_said_what_it_was_and_why_it_tempts():
    assert answer(KEY, "a", "a") == "**You said a, and so it was:** the *loud* one."
    assert answer(KEY, "b", "b") == "**You said b; it was a:** the *loud* one.\n\nAbout *b*: it is short."
    changed = answer(KEY, "a", "b")
    assert changed.startswith("**You said a, changed from b after the result; it was a:**")
    assert changed.endswith("About *b*: it is short.")
    plain = Key("loud", {"made": 1.0}, (), options=("a", "b"))
    assert answer(plain, "b", "b") == "**You said b.**"


def test_keys_of_earlier_releases_have_letters_alone(lesson):
    old = Key("loud", {"made": 1.0}, (), options=("a", "b"))
    (lesson / "keys" / f"loud{SUFFIX}").write_bytes(dumps(old))
    choices.click(lesson, "loud", "b")
    assert check("loud").choice == "b"


def test_an_update_and_a_repair_leave_clicks_alone(lesson, tmp_path):
    from autograder.desk.repair import repair
    from autograder.desk.update import copy_release

    from .conftest import ROOT

    released, student = tmp_path / "notebooks", tmp_path / "student"
    shutil.copytree(ROOT / "notebooks" / "04_softmax", released / "04_softmax")
    copy_release(released, student)
    folder = student / "04_softmax"
    choices.click(folder, "shrunken_scores", "b")
    before = (folder / choices.FILE).read_bytes()
    file = folder / "04_softmax.ipynb"
    book = nbformat.read(file, as_version=4)
    book.cells = [cell for cell in book.cells if cell.id != "softmax"]
    nbformat.write(book, file)
    assert any("missing" in line for line in repair(folder))
    copy_release(released, student)
    assert (folder / choices.FILE).read_bytes() == before
