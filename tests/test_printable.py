"""No text of a student's moves an instructor's cursor, or begins a line of its own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.coursedir.folders import CourseError
from autograder.grading import collect, explain
from autograder.grading.grade import ClassGraded
from autograder.grading.grade_command import print_class
from autograder.judging.printable import lines, one_line, whole
from autograder.report.record import Record, Result

from .conftest import ROOT

UGLY = "x\x1b[2J\x1b]0;t\x07\x9b1m\r\ny\u2028z\u202eq\ud800\0 é 表"
PLAIN = "x�[2J�]0;t��1m  y z�q�� é 表"


def test_on_one_line_and_on_several():
    assert one_line(UGLY) == PLAIN
    assert one_line("a plain text, as it is") == "a plain text, as it is"
    assert lines("  a\n    b\x1b[1m\n\nc") == "  a\n    b�[1m\n\nc"
    assert whole("a\ud800\udfffb") == "a??b"


def unharmed(printed: str, count: int) -> None:
    assert not set(printed) & set("\x1b\x9b\x07\r\0\u2028\u202e\ud800")
    assert printed.count("y z") == count
    assert not [line for line in printed.splitlines() if line.startswith("y")]


def test_the_table_of_a_class(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "400")
    results = (Result(UGLY, 1.0, 2.0, mistake=UGLY),)
    records = [Record(UGLY, "lesson", results, notes=(UGLY,)), Record(UGLY, UGLY, problem=UGLY)]
    print_class(ClassGraded(records, set(), (UGLY,)), tmp_path)
    unharmed(capsys.readouterr().out, 9)


@pytest.mark.parametrize("command", ["collect", "explain"])
def test_what_commands_say(command, monkeypatch, tmp_path):
    found = SimpleNamespace(left=[UGLY], moved=[UGLY], late=[UGLY], placed=[], replaced=[], same=[])
    monkeypatch.setattr(collect, "collect", lambda *_: found)
    monkeypatch.setattr(explain, "explain", lambda *_: iter([one_line(UGLY)]))
    words = {"collect": [str(tmp_path)], "explain": ["ada", "softmax"]}[command]
    done = CliRunner().invoke(cli.app, [command, *words, "--course", str(ROOT)])
    unharmed(done.output, {"collect": 3, "explain": 1}[command])


def test_errors(monkeypatch, capsys):
    def fails() -> None:
        raise CourseError(f"first\n  {UGLY}")

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit):
        cli.main()
    assert "\x1b" not in capsys.readouterr().err
