"""The command line: thin, with clear errors and exit codes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT


def autograder(*words: str, cwd=ROOT) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "autograder", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_help_names_every_command():
    shown = autograder("--help")
    assert shown.returncode == 0
    assert "Usage: python -m autograder" in shown.stdout
    names = "lab update submit repair collect grade explain feedback report sample-class bundle build verify"
    for command in names.split():
        assert command in shown.stdout
    assert len(shown.stdout.splitlines()) <= 45
    panels = [shown.stdout.index(f"You {do}") for do in ("study", "teach", "write exercises")]
    assert panels == sorted(panels)
    assert panels[0] < shown.stdout.index("│ repair") < panels[1] < shown.stdout.index("│ grade")


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


def test_a_students_commands_from_start_to_hand_in(tmp_path):
    (tmp_path / "notebooks").mkdir()
    shutil.copytree(ROOT / "notebooks" / "04_softmax", tmp_path / "notebooks" / "04_softmax")
    assert "Change into your folder" in autograder("submit", cwd=tmp_path).stderr
    done = autograder("update", cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [f"new lesson: {Path('student', '04_softmax', '04_softmax.ipynb')}"],
    )
    assert (tmp_path / "student" / "start.ipynb").is_file()
    for place in (tmp_path / "student", tmp_path / "student" / "04_softmax"):
        assert "has the newest release already" in autograder("update", cwd=place).stdout
        assert "has the newest release already" in autograder("update", "student", cwd=place).stdout
    assert not list((tmp_path / "student").rglob("student"))
    assert "Which lesson? Write its number: 4 (softmax)" in autograder("submit", cwd=tmp_path).stderr
    mine = tmp_path / "student" / "04_softmax" / "04_softmax.ipynb"
    mine.write_text(
        mine.read_text(encoding="utf-8").replace('"grade_id": "softmax"', '"grade_id": "gone"'), encoding="utf-8"
    )
    done = autograder("submit", cwd=mine.parent)
    assert done.returncode == 1
    assert "`softmax` is a new cell" in done.stdout
    assert "Repaired." in autograder("repair", "4", cwd=tmp_path).stdout
    assert "nothing to repair" in autograder("repair", "4", cwd=tmp_path).stdout


def test_an_unbuilt_course_says_build_first(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "nbgrader_config.py").write_text("")
    assert "Run `autograder build` first" in autograder("grade", ".", cwd=tmp_path).stderr
    assert "no lesson found" in autograder("build", cwd=tmp_path).stderr
