"""check, hint, progress, predicted and yours, as a program or a notebook calls them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import autograder
from autograder import check, hint, predicted, progress, yours
from autograder.desk import hints, shell
from autograder.desk.check import verdicts
from autograder.judging.held import local_player
from autograder.judging.judge import judge
from autograder.judging.key_files import HIDDEN, NoKey

from .conftest import ROOT

RELEASED = ROOT / "notebooks" / "04_softmax"


@pytest.fixture(autouse=True)
def in_the_lesson(monkeypatch):
    monkeypatch.chdir(RELEASED)
    monkeypatch.delenv(HIDDEN, raising=False)
    monkeypatch.setattr(hints, "_counts", {})
    verdicts.clear()
    names = {}
    monkeypatch.setattr(shell, "namespace", lambda: names)
    return names


def test_the_public_face(exercises):
    verdict = check("softmax", exercises["softmax"].reference)
    assert (verdict.passed, verdict.score, verdict.points, verdict.mistake) == (True, 8.0, 8.0, None)
    assert type(verdict.score) is float
    assert verdict.message == repr(verdict) == "✓ softmax: every check passed, 8 of 8 points"
    verdict = check("softmax", exercises["softmax"].mistakes["no_exp"].function)
    assert (verdict.passed, verdict.score, verdict.mistake) == (False, 0.0, "no_exp")
    assert "no exp was taken" in verdict.message
    assert "<script" not in verdict._repr_html_()


def test_a_message_goes_from_asked_to_expected(exercises):
    lines = check("entropy", exercises["entropy"].mistakes["in_bits"].function).message.splitlines()
    order = [
        "This is what you get when",
        "The smallest input",
        "entropy(weights)",
        "weights: float64",
        "yours:",
        "expected:",
        "Points:",
    ]
    places = [next(i for i, line in enumerate(lines) if part in line) for part in order]
    assert places == sorted(places)


def test_missing_stub_and_no_function(in_the_lesson):
    assert "not defined. Run the cell" in check("softmax").message
    in_the_lesson["softmax"] = 3
    assert "should be a function, and is int" in check("softmax").message

    def softmax(x, axis=-1):
        raise NotImplementedError

    in_the_lesson["softmax"] = softmax
    assert "not written yet" in check("softmax").message
    assert check("softmax").score == 0.0


def test_an_unknown_exercise_and_a_hidden_key_where_there_is_none():
    with pytest.raises(NoKey, match="No exercise is called `softmaks`: did you mean"):
        check("softmaks", np.exp)
    with pytest.raises(NoKey, match="Hidden keys are with the instructor"):
        check("softmax", np.exp, hidden=True)


def test_hidden_checks_use_the_hidden_key(course, exercises, monkeypatch):
    monkeypatch.setenv(HIDDEN, str(course.hidden_keys))
    assert check("softmax", exercises["softmax"].reference, hidden=True).score == 8.0
    verdict = check("softmax", exercises["softmax"].mistakes["no_exp"].function, hidden=True)
    assert (verdict.score, verdict.mistake, verdict.hidden) == (0.0, "no_exp", True)


def test_hints_come_one_at_a_time(capsys, exercises):
    hints = exercises["softmax"].hints
    hint("softmax")
    assert hints[0] in (first := capsys.readouterr().out)
    assert hints[1] not in first
    hint("softmax")
    assert hints[1] in capsys.readouterr().out
    hint("softmaks")
    assert 'did you mean `hint("softmax")`?' in capsys.readouterr().out


def test_progress(capsys, exercises):
    check("softmax", exercises["softmax"].reference)
    check("entropy", exercises["entropy"].mistakes["zero_gives_nan"].function)
    progress()
    shown = capsys.readouterr().out
    assert "✓ softmax: done, 8/8" in shown
    assert "✗ entropy: not right yet, 5/7" in shown
    assert "· gap_for_weight: not checked yet, 0/4" in shown
    assert "Together 13 of 40 points" in shown


def test_predictions(in_the_lesson, capsys):
    assert not predicted("shrunken_scores")
    assert "Write the letter of your choice" in capsys.readouterr().out
    assert check("shrunken_scores").score == 0.0
    assert check("shrunken_scores").message.startswith("· shrunken_scores: not made yet, 0 of 1 points")
    for wrong in ("d", 1, ["a"], ""):
        in_the_lesson["shrunken_scores"] = wrong
        assert check("shrunken_scores").score == 0.0
        assert (
            f"shrunken_scores is {wrong!r}, which is none of the choices. Set it to one of"
            in check("shrunken_scores").message
        )
    in_the_lesson["shrunken_scores"] = " B "
    assert check("shrunken_scores").passed
    in_the_lesson["shrunken_scores"] = "b"
    assert predicted("shrunken_scores")
    assert (check("shrunken_scores").score, check("shrunken_scores").passed) == (1.0, True)


def test_yours_until_it_passes_a_stand_in(in_the_lesson, exercises, capsys):
    def stand_in(x):
        return x

    assert yours("softmax", stand_in) is stand_in
    assert "stand-in" in capsys.readouterr().out
    in_the_lesson["softmax"] = exercises["softmax"].reference
    assert yours("softmax", stand_in) is exercises["softmax"].reference


def test_stand_ins_are_right(key_of):
    from autograder.course.softmax import standins

    for name in ("softmax", "softmax_with_temperature", "entropy", "softmax_jacobian", "gap_for_weight"):
        verdict = judge(key_of(name), local_player(getattr(standins, name)))
        assert verdict.passed or verdict.failure.kind in ("dtype", "no error"), verdict.message


def test_importing_is_light():
    code = "import sys, autograder; print([m for m in ('torch', 'matplotlib', 'nbgrader', 'IPython', 'typer') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_check_of_a_numpy_lesson_imports_no_torch():
    code = "import sys, numpy as np, autograder; autograder.check('softmax', np.exp); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=RELEASED)
    assert done.stdout.strip().endswith("False")


def test_all_that_is_public_has_a_docstring():
    assert len(autograder.__all__) > 5
    assert all(getattr(autograder, name).__doc__ for name in autograder.__all__)
