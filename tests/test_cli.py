"""The command line: thin, with clear errors and exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import ROOT


def autograder(*words: str, cwd=ROOT) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from autograder.cli import main; main()", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_help_names_every_command():
    shown = autograder("--help")
    assert shown.returncode == 0
    for command in ("build", "grade", "sample-class", "lab", "bundle", "report"):
        assert command in shown.stdout
    assert len(shown.stdout.splitlines()) <= 40


@pytest.mark.parametrize("words", [("build",), ("grade", "."), ("sample-class", "x"), ("bundle",)])
def test_outside_a_course_it_says_what_to_do(tmp_path, words):
    done = autograder(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert "lies in no course" in done.stderr
    assert "Traceback" not in done.stderr


def test_lab_without_lessons_says_what_to_do(tmp_path):
    done = autograder("lab", "--no-browser", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no folder notebooks/ with lessons here or above" in done.stderr


def test_an_unbuilt_course_says_build_first(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "nbgrader_config.py").write_text("")
    assert "Run `autograder build` first" in autograder("grade", ".", cwd=tmp_path).stderr
    assert "no lesson found" in autograder("build", cwd=tmp_path).stderr
