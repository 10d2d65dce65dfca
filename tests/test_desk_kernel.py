"""What checks and cells say in a real kernel, where a cell may stop, and a function of before be left over."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.sources import as_cell
from autograder.desk.lab import ENVIRONMENT

from .conftest import ROOT

LESSON = "04_softmax"
FIRST = "import numpy as np\nfrom autograder import check, hint, predicted, progress, yours"
WRONG = "def softmax(x, axis=-1):\n    return x"


@pytest.fixture
def lesson(tmp_path):
    shutil.copytree(ROOT / "notebooks" / LESSON, tmp_path / LESSON)
    return tmp_path / LESSON


@pytest.fixture
def run(lesson):
    """Runs cells in a kernel of the lesson's; returns what each shows."""

    def run(*sources, **variables):
        book = new_notebook(cells=[new_code_cell(source) for source in sources])
        client = NotebookClient(book, kernel_name="python3", timeout=60, allow_errors=True)
        client.resources = {"metadata": {"path": str(lesson)}}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        client.execute(env=os.environ | variables, cwd=str(lesson), **quiet)
        return ["\n".join(map(shown, cell.outputs)) for cell in book.cells]

    return run


def shown(output) -> str:
    if output.output_type == "error":
        return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output.traceback))
    return output.text if output.output_type == "stream" else output.data["text/plain"]


def test_a_check_of_an_answer_whose_cell_stopped_does_not_pass(run, exercises):
    right = as_cell(exercises["softmax"])
    said = run(
        FIRST,
        right,
        'check("softmax")',
        "def softmax(x, axis=-1)\n    return x",
        'check("softmax")',
        f"unknown\n\n{WRONG}",
        'check("softmax")',
        f"{right}\n\nsoftmax(unknown)",  # it stops once the function is made
        'check("softmax")',
        "def other(:",
        'check("softmax")',
        "def softmax(:",
        f'{right}\n\ncheck("softmax")',
    )
    assert "✓ softmax: every check passed" in said[2]
    assert "The cell of softmax stopped with SyntaxError when it last ran" in said[4]
    assert "The cell of softmax stopped with NameError when it last ran" in said[6]
    assert "✓ softmax: every check passed" in said[8]
    assert "✓ softmax: every check passed" in said[10]
    assert "✓ softmax: every check passed" in said[12]


def test_what_a_grader_or_a_run_to_hand_in_finds_counts_as_it_is(run, exercises):
    cells = FIRST, as_cell(exercises["softmax"]), "def softmax(:", 'check("softmax")'
    assert "✓ softmax" in run(*cells, NBGRADER_EXECUTION="autograde")[-1]
    assert "✓ softmax" in run(*cells, AUTOGRADER_FRESH_RUN="1")[-1]


def test_a_renamed_function_is_found(run):
    said = run(FIRST, WRONG.replace("softmax", "soft_max"), 'check("softmax")', "soft_max = 3", 'check("softmax")')
    assert "You defined soft_max and not softmax: is that the one?" in said[2]
    assert "softmax is not defined. Run the cell" in said[4]


def test_only_a_function_of_the_notebook_is_taken_for_the_one_that_is_meant(run):
    said = run(
        FIRST, "from scipy.special import softmax as soft_max", WRONG.replace("softmax", "entropy"), 'check("softmax")'
    )
    assert "softmax is not defined. Run the cell" in said[3]


def test_a_check_shows_no_number_but_to_nbgrader(run, exercises):
    cells = FIRST, WRONG, 'check("softmax").score', as_cell(exercises["softmax"]), 'check("softmax").score'
    said = run(*cells)
    assert said[2].startswith("✗ softmax: not right yet")
    assert not said[2].endswith("0.0")
    assert said[4] == "✓ softmax: every check passed, 8 of 8 points"
    for way in ("validate", "autograde"):
        said = run(*cells, NBGRADER_EXECUTION=way)
        assert said[2].endswith("\n0.0")
        assert said[4].endswith("\n8.0")


NAMES = {
    'check("softmaks")': 'No exercise is called `softmaks`: did you mean `check("softmax")`?',
    'hint("softmaks")': 'No exercise is called `softmaks`: did you mean `hint("softmax")`?',
    'predicted("softmaks")': 'No exercise is called `softmaks`: did you mean `predicted("softmax")`?',
    'yours("softmaks", len)': 'No exercise is called `softmaks`: did you mean `yours("softmax")`?',
    "hint()": 'Which exercise? Write its name in quotes, such as `hint("',
    "check()": "Which exercise? Write its name in quotes",
    "check(softmax)": 'Write the name of the exercise in quotes: `check("softmax")`.',
    'check("bread")': "No exercise is called `bread`. This lesson has ",
}


def test_a_wrong_name_is_one_sentence(run):
    said = run(FIRST, WRONG, *NAMES)
    for text, (call, expected) in zip(said[2:], NAMES.items(), strict=True):
        assert text.startswith(expected), call
        assert "Traceback" not in text


ADVICE = "`plain_scores` is made in an earlier cell, which has not run to its end since this kernel started."


def test_a_name_of_an_earlier_cell_gets_advice_once_and_others_none(run):
    said = run(FIRST, "small = 0.1 * plain_scores", "plain_scores = 1", "plain_scroes")
    assert said[1].count(ADVICE) == 1
    assert said[1].index("NameError") < said[1].index(ADVICE)
    assert "earlier cell" not in said[3]


def test_a_program_gets_no_advice(run):
    for variables in ({"NBGRADER_EXECUTION": "autograde"}, {"AUTOGRADER_FRESH_RUN": "1"}):
        assert "earlier cell" not in run(FIRST, "plain_scores", **variables)[1]


def test_advice_stands_below_the_check_of_a_kernel_that_was_restarted(run):
    said = run('check("softmax")', "autograder", **ENVIRONMENT)
    assert "`check` is made in an earlier cell" in said[0]
    assert "NameError: name 'autograder' is not defined" in said[1], "it leaves no name"
