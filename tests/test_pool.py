"""Grading processes: Ctrl+C ends them at once, and says so in one line."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import active_children

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.coursedir.folders import CourseError
from autograder.grading import grade as grading
from autograder.grading.spread import spread

from .conftest import ROOT


def stop() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)  # it comes as soon as this process may take it


def test_ctrl_c_does_not_wait_for_what_is_running_and_leaves_no_process():
    outcomes = spread(time.sleep, [0, 300, 300, 300], workers=2)
    assert next(outcomes) == (0, None)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stop()
    outcomes.close()
    assert time.monotonic() - began < 20
    assert not active_children()


def test_ctrl_c_while_waiting_for_an_outcome(monkeypatch):
    monkeypatch.setattr("autograder.grading.spread.wait", lambda *args, **kwargs: stop())
    with pytest.raises(KeyboardInterrupt):
        next(spread(time.sleep, [300, 300], workers=2))
    assert not active_children()


def test_the_command_says_how_to_go_on(monkeypatch, tmp_path):
    monkeypatch.setattr(grading, "grade_class", lambda *args: stop())
    done = CliRunner().invoke(app, ["grade", str(tmp_path), "--course", str(ROOT)])
    assert isinstance(done.exception, CourseError)
    assert str(done.exception) == "stopped. What was graded is kept; start again to go on."


def test_what_is_done_is_handed_on_while_a_slow_one_runs():
    seen, calls = [], []
    outcomes = spread(time.sleep, [0, 0, 0, 60], 2, lambda: calls.append(list(seen)))
    for job, _ in outcomes:
        seen.append(job)
        if len(seen) == 3:
            break
    waiting = threading.Thread(target=lambda: (time.sleep(2), os.kill(os.getpid(), signal.SIGINT)))
    waiting.start()
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)
    waiting.join()
    assert calls.count([0, 0, 0]) >= 2
    assert not active_children()
