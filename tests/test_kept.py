"""What passed in one lesson is there in the next, in a live notebook only."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.desk.my_functions import FOLDER, keep, kept_function

from .conftest import ROOT

LESSON = "04_softmax"
WRITTEN = """import math
import numpy as np
tiny = 0.0
def largest(x, axis):
    return x.max(axis=axis, keepdims=True) + tiny
def softmax(x, axis=-1):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    exps = np.exp(x - largest(x, axis))
    return exps / exps.sum(axis=axis, keepdims=True)
"""
LATER = """from autograder import yours
def other(x):
    return x
softmax = yours("softmax", other)
print(softmax is other, softmax.__module__)
"""


def run(folder, source, **env):
    """The outputs of one cell, run in a kernel of its own in `folder`."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute(env=os.environ | env)
    return "".join(str(o.get("text", "")) for o in notebook.cells[0].outputs)


@pytest.fixture
def lessons(tmp_path):
    shutil.copytree(ROOT / "notebooks" / LESSON, tmp_path / LESSON)
    (tmp_path / "05_next").mkdir()
    return tmp_path


def test_a_function_that_passed_is_used_in_a_later_lesson(lessons):
    assert "True" in run(lessons / "05_next", LATER)
    run(lessons / LESSON, WRITTEN + 'from autograder import check\ncheck("softmax")')
    text = (lessons / LESSON / FOLDER / "softmax.py").read_text()
    assert "import numpy as np" in text
    assert "tiny = 0.0" in text
    assert text.index("def largest") < text.index("def softmax")
    assert "math" not in text
    assert "False softmax" in run(lessons / "05_next", LATER)


def test_a_kept_function_may_call_one_kept_before_it(tmp_path):
    for lesson in ("05_a", "06_b"):
        (tmp_path / lesson / FOLDER).mkdir(parents=True)
    (tmp_path / "05_a" / FOLDER / "inner.py").write_text("def inner(x):\n    return x + 1\n")
    names = {"inner": kept_function("inner", tmp_path), "__name__": "__main__"}
    source = tmp_path / "cell.py"
    source.write_text("def outer(x):\n    return inner(x) * 2\n")
    exec(compile(source.read_text(), str(source), "exec"), names)
    keep(names["outer"], tmp_path / "06_b", names)
    assert kept_function("outer", tmp_path)(3) == 8


def test_what_a_default_needs_is_kept_and_a_methods_name_is_no_name_of_the_notebook(tmp_path):
    (tmp_path / "05_a").mkdir()
    names = {"math": math, "real": object(), "__name__": "__main__"}
    source = tmp_path / "cell.py"
    source.write_text("def turned(x, by=math.pi):\n    return x.real + by\n")
    exec(compile(source.read_text(), str(source), "exec"), names)
    keep(names["turned"], tmp_path / "05_a", names)
    assert kept_function("turned", tmp_path)(1) == 1 + math.pi


def test_grading_neither_keeps_nor_finds(lessons):
    run(lessons / LESSON, WRITTEN + 'from autograder import check\ncheck("softmax")')
    assert "True" in run(lessons / "05_next", LATER, NBGRADER_EXECUTION="autograde")
    shutil.rmtree(lessons / LESSON / FOLDER)
    run(lessons / LESSON, WRITTEN + 'from autograder import check\ncheck("softmax")', NBGRADER_EXECUTION="autograde")
    assert not (lessons / LESSON / FOLDER).exists()


def test_a_kept_function_that_no_longer_passes_is_not_used(lessons):
    (lessons / LESSON / FOLDER).mkdir()
    file = lessons / LESSON / FOLDER / "softmax.py"
    for text in ("def softmax(x, axis=-1):\n    return x\n", "def softmax(", "1 / 0", "softmax = 3"):
        file.write_text(text)
        assert "True" in run(lessons / "05_next", LATER), text


def test_what_cannot_be_written_as_text_is_not_kept(tmp_path):
    data = object()

    def closure():
        return data

    keep(closure, tmp_path, {})
    keep(len, tmp_path, {})
    assert kept_function("closure", tmp_path.parent) is None
    assert not list(tmp_path.rglob("*.py"))


def test_opening_a_lesson_in_place_does_not_make_the_release_stale(course):
    from autograder.authoring.build import differing_files

    place = course.release / LESSON / FOLDER
    place.mkdir()
    (place / "softmax.py").write_text("def softmax(x): return x")
    assert differing_files(course.build / "release" / LESSON, course.release / LESSON) == []
    shutil.rmtree(place)


def test_stub_and_missing_exercises_do_not_stop_a_lesson(lessons):
    code = "import autograder, json; print(json.dumps(autograder.yours('softmax', len) is len))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=lessons / "05_next", check=True)
    assert json.loads(done.stdout.splitlines()[-1]) is True
