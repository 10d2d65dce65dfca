"""An exercise begun anew, and the model answers that are handed out."""

from __future__ import annotations

import ast

import nbformat
import pytest

from autograder import answer, check, hint, reset
from autograder.authoring.answers import answers_text
from autograder.coursedir.folders import MY_ATTEMPTS, answers_file
from autograder.desk import cell_runs, hints, shell

from .test_desk import LESSON, RIGHT, edit, kernel, lesson, student  # noqa: F401 - fixtures

TRIED = "def softmax(x, axis=-1):\n    return x  # for now"


@pytest.fixture
def cell(kernel, monkeypatch):  # noqa: F811
    """Runs `reset` as a line of a cell: cell(id, text). Returns what the cell says afterwards, None where it stays as it is."""
    names = kernel()
    monkeypatch.setattr(hints, "_counts", {})
    monkeypatch.setattr(cell_runs, "_runs", {})
    monkeypatch.setattr(shell, "in_notebook", lambda: True)
    monkeypatch.setattr(shell, "say", lambda lines, links=None: print("\n".join(lines)))
    monkeypatch.setattr(shell, "after_this_cell", lambda call: call(None))

    def run(cell_id, text, name="softmax"):
        put = []
        monkeypatch.setattr(shell, "running_cell", lambda: (cell_id, text))
        monkeypatch.setattr(shell, "replace_cell", put.append)
        names[name] = len
        reset(name)
        assert (name in names) is not bool(put)
        return put[0] if put else None

    return run


@pytest.fixture
def attempts(lesson):  # noqa: F811
    def read():
        return sorted(file.read_text().strip() for file in (lesson.folder / MY_ATTEMPTS).glob("*.py"))

    return read


def stub_of(lesson):  # noqa: F811
    return next(c.source for c in nbformat.read(lesson.file, 4).cells if c.id == "softmax")


def test_an_attempt_is_kept_and_the_cell_is_as_released(cell, lesson, attempts, capsys):  # noqa: F811
    stub = stub_of(lesson)
    assert cell("softmax", f'from autograder import reset\nreset("softmax")\n{TRIED}') == stub
    assert attempts() == [TRIED]
    shown = capsys.readouterr().out
    assert "`softmax` is as it was released." in shown
    assert f"write `%load {MY_ATTEMPTS}/softmax-" in shown


def test_resetting_again_loses_nothing_and_keeps_nothing_twice(cell, lesson, attempts):  # noqa: F811
    stub = stub_of(lesson)
    edit(lesson, lambda cells, by_id: by_id["softmax"].update(source=RIGHT))
    cell_runs._runs["softmax"] = cell_runs.CellRun("softmax", "def softmax(:", "SyntaxError")
    for _ in range(2):
        assert cell("softmax", 'reset("softmax")') == stub, "the name of the cell is enough"
        assert attempts() == sorted([RIGHT, "def softmax(:"])
    assert cell("", f'reset("softmax")\n{TRIED}') == stub, "VS Code sends no name that is known"
    assert cell("softmax", f'reset("softmax")\n\n{stub}\n') == stub
    assert cell("softmax", f'reset("softmax")\n# %load {MY_ATTEMPTS}/softmax-1.py\n{TRIED}') == stub
    assert attempts() == sorted([RIGHT, "def softmax(:", TRIED])


def test_elsewhere_it_says_where_to_write_it_and_changes_nothing(cell, attempts, capsys):
    assert cell("other", 'reset("softmax")') is None
    assert 'Write `reset("softmax")` as the first line of the answer\'s own cell' in capsys.readouterr().out
    assert cell("other", 'reset("shrunken_scores")', "shrunken_scores") is None
    assert "change your choice in its own cell" in capsys.readouterr().out
    reset("softmaks")
    assert 'did you mean `reset("softmax")`?' in capsys.readouterr().out
    assert attempts() == []


def test_an_attempt_that_cannot_be_kept_stays_in_its_cell(cell, lesson, capsys):  # noqa: F811
    (lesson.folder / MY_ATTEMPTS).write_text("in the way")
    assert cell("softmax", f'reset("softmax")\n{TRIED}') is None
    assert "so nothing was changed" in capsys.readouterr().out


# -- model answers -----------------------------------------------------------------------------------------------------


def test_without_the_file_of_answers_one_sentence(cell, capsys):
    answer("softmax")
    assert f"your class gets the file `{answers_file(LESSON)}`: put it beside this notebook" in capsys.readouterr().out


def test_an_answer_opens_after_the_last_hint_or_once_yours_passed(cell, lesson, exercises, monkeypatch, capsys):  # noqa: F811
    file = lesson.folder / answers_file(LESSON)
    file.write_text(answers_text("4 · Softmax", exercises.values()))
    monkeypatch.setattr(shell, "in_notebook", lambda: False)
    answer("softmax")
    assert 'once you have seen every hint: `hint("softmax")` shows the next one (0 of 4 so far)' in capsys.readouterr().out
    for _ in exercises["softmax"].hints:
        hint("softmax")
    capsys.readouterr()
    answer("softmax")
    shown = capsys.readouterr().out
    assert shown == f"{exercises['softmax'].hints[-1]}\n\n```python\n{exercises['softmax'].source()}\n```\n"
    answer("entropy")
    assert "The answer opens once" in capsys.readouterr().out
    shell.namespace()["entropy"] = exercises["entropy"].reference
    check("entropy")
    capsys.readouterr()
    answer("entropy")
    assert "def entropy(" in capsys.readouterr().out
    file.write_text("def softmax(")
    answer("softmax")
    assert "holds no answer to `softmax`" in capsys.readouterr().out


def test_answers_are_python_below_their_ideas(exercises):
    text = answers_text("All", exercises.values())
    assert functions(text) == list(exercises)
    assert max(map(len, text.splitlines())) < 130
    assert "# Subtract `x.max(axis=axis, keepdims=True)`, take exp," in text


def functions(text):
    return [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


def test_every_lesson_has_a_file_of_answers_and_no_release_has_one(course, exercises):
    lessons = sorted(folder.name for folder in course.release.iterdir() if folder.is_dir())
    files = sorted(course.answers.iterdir())
    assert [file.name for file in files] == [answers_file(name) for name in lessons]
    assert sorted(name for file in files for name in functions(file.read_text())) == sorted(exercises)
    assert not list(course.release.rglob("answers*"))
    assert not list(course.releases.rglob("answers*"))
