"""No submission gains points, learns an answer, touches what is not its own, or hurts the one that comes after it."""

from __future__ import annotations

import base64
import copy
import os
import random
import re
import resource
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.authoring.sample import fill_in
from autograder.authoring.sources import as_cell
from autograder.coursedir.folders import CourseError
from autograder.coursedir.releases import Release, newest
from autograder.grading.execute import execute
from autograder.grading.run import Limits, Run
from autograder.judging.key import load
from autograder.judging.values import leaves
from autograder.sandbox import session as judges_end
from autograder.sandbox.layers import Limits as Bounds
from autograder.sandbox.process import Warm

from .attacks import ATTACKS, LEAK
from .bench_hostile import megabytes, replies
from .conftest import ROOT, SETTINGS

LESSON = "04_softmax"
LIMITS = Limits(cell=0.5, call=0.5, submission=8.0)
SLACK = 30.0
"""Seconds beyond its limits in which a submission must have come to its end, machine busy or not."""


@pytest.fixture(scope="module")
def release(course):
    return newest(course, LESSON)


@pytest.fixture(scope="module")
def warm():
    judges_end.GRACE = 1.0
    with Warm(SETTINGS.warm, Bounds(memory=2**30)) as started:
        assert started.missing == {"namespaces": ""}
        yield started


@pytest.fixture(scope="module")
def released(course):
    return course.release / LESSON / f"{LESSON}.ipynb"


PLACES = {sys.prefix, sys.base_prefix, str(ROOT), str(Path.home()), "/sandbox-"} - {"/usr"}
"""What must not be said. That the system's own Python lies in /usr tells nothing."""


def base64_decoded(said):
    return "".join(base64.b64decode(found).decode("latin1") for found in re.findall(r"iVBOR[A-Za-z0-9+/=]+", said))


def total(verdicts):
    return sum(v.verdict.score for v in verdicts)


def text_of(cells):
    return "\n".join(str(o) for c in cells if c.cell_type == "code" for o in c.outputs)


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(name, course, release, warm, released, exercises):
    notebook = nbformat.read(released, as_version=4)
    cell = next(c for c in notebook.cells if c.id == "softmax")
    cell.source = f"ROOT = {str(course.root)!r}\n{ATTACKS[name]}"
    before = {p: p.read_bytes() for p in course.root.rglob("*") if p.is_file()}
    start, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    verdicts = execute(notebook.cells, release, warm, LIMITS)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) < 600_000  # kilobytes, of the judge's
    assert time.monotonic() - start < 1.5 * LIMITS.submission + SLACK
    assert total(verdicts) == 0.0
    said = text_of(notebook.cells).replace(repr(str(course.root))[1:-1], "" if "ROOT" in ATTACKS[name] else str(course.root))
    assert exercises["softmax"].stub_parts()[1].strip().splitlines()[0].strip() not in said
    assert course.seed_file.read_text().strip() not in said
    assert not [place for place in PLACES if place in said]
    assert "SECRET" not in base64_decoded(said)
    assert len(said) < 9_000_000
    assert len(re.sub(r"iVBOR[A-Za-z0-9+/=]+", "", said)) < 3_000_000
    "".join(str(c) for c in notebook.cells).encode()  # half a character could not be written to a file
    assert "<script" not in re.sub(r"&lt;", "", said)
    assert {p: p.read_bytes() for p in course.root.rglob("*") if p.is_file()} == before

    honest = nbformat.read(released, as_version=4)
    next(c for c in honest.cells if c.id == "softmax").source = as_cell(exercises["softmax"])
    assert total(execute(honest.cells, release, warm, LIMITS)) == 8.0


@pytest.mark.parametrize("name", LEAK)
def test_no_hidden_input_is_in_what_a_student_gets(name, course, release, warm, released):
    notebook = nbformat.read(released, as_version=4)
    at = next(i for i, c in enumerate(notebook.cells) if c.id == "softmax")
    notebook.cells[at].source = LEAK[name]
    later = copy.deepcopy(notebook.cells[at])
    later.source = "print(seen)"
    notebook.cells.append(later)
    judged = execute(notebook.cells, release, warm, LIMITS)
    said = text_of(notebook.cells) + str([j.descriptions for j in judged])
    hidden, visible = (load(folder / "softmax.safetensors") for folder in (release.hidden, release.visible))
    known = {n for case in visible.cases for n in numbers(case)}
    secret = {n for case in hidden.cases for n in numbers(case)} - known
    assert len(secret) >= 10
    assert not [n for n in secret if re.search(rf"(?<![-\d.]){re.escape(n)}(?!\d)", said)]


def numbers(case) -> list[str]:
    """Telling numbers of a call, as they are printed."""
    arrays = [leaf.data for leaf in leaves(case.call.args) if hasattr(leaf, "data")]
    return [repr(float(x)) for a in arrays for x in np.ravel(a) if abs(x) > 1 and float(x) % 1]


def test_images_that_reach_feedback_are_images(course, release, warm, released):
    notebook = nbformat.read(released, as_version=4)
    next(
        c for c in notebook.cells if c.id == "softmax"
    ).source = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nfrom IPython.display import display\ndisplay(plt.gcf())"
    execute(notebook.cells, release, warm, LIMITS)
    images = [
        o.data["image/png"]
        for c in notebook.cells
        if c.cell_type == "code"
        for o in c.outputs
        if "image/png" in o.get("data", {})
    ]
    assert len(images) == 2  # one that %matplotlib inline shows, one displayed
    assert all(base64.b64decode(image, validate=True).startswith(b"\x89PNG") for image in images)


BY_NAME = """
import autograder.judging.player as player
names, old = [], player.Given
def given(ask, held):
    names.append(repr(held))
    return old(ask, held)
player.Given = given
finds_bad_split = lambda split: not any(f"split_{right}" in names[-1] for right in "abo")
"""
BY_ORDER = "calls = []\ndef finds_bad_split(split):\n    calls.append(1)\n    return len(calls) > 2"

BY_ERROR = """
def finds_bad_split(split):
    for args, named in (((1, 2, 3), {}), ((), {}), ((1, 2), {"where": 0}), ((None, 0), {})):
        try:
            split(*args, **named)
        except Exception as error:
            said = repr(error) + repr(error.__context__) + repr(error.__cause__)
            if any(f"split_{right}" in said for right in "ab"):
                return False
            if any(f"split_{wrong}" in said for wrong in "cdefghijklmn"):
                return True
    return None
"""


@pytest.mark.parametrize("source", [BY_NAME, BY_ORDER, BY_ERROR])
def test_functions_to_be_tested_are_not_told_apart_by_name_or_order(source, course, warm, monkeypatch):
    monkeypatch.setattr("autograder.grading.players.random.SystemRandom", lambda: random.Random(1))
    lesson = "06_multi_head_attention"
    released = course.release / lesson / f"{lesson}.ipynb"
    notebook = nbformat.read(released, as_version=4)
    next(c for c in notebook.cells if c.id == "finds_bad_split").source = source
    execute_all = execute(notebook.cells, newest(course, lesson), warm, LIMITS)
    assert total(v for v in execute_all if v.verdict.exercise == "finds_bad_split") == 0.0


def moved(cells, name, before):
    """The cells, with the one called `name` moved up."""
    cell = next(c for c in cells if c.id == name)
    others = [c for c in cells if c is not cell]
    at = next(i for i, c in enumerate(others) if c.id == before)
    return [*others[:at], cell, *others[at:]]


def test_a_later_check_moved_up_answers_for_nothing_before_it(release, warm, released):
    notebook = nbformat.read(released, as_version=4)
    later = "softmax_with_temperature"
    next(c for c in notebook.cells if c.id == "softmax").source = f"softmax = lambda x, axis=-1: {later}(x, 1.0, axis)"
    notebook.cells = moved(notebook.cells, f"{later}-check", "softmax")
    verdicts = {v.verdict.exercise: v for v in execute(notebook.cells, release, warm, LIMITS)}
    assert verdicts["softmax"].verdict.score == 0.0
    assert verdicts["softmax"].descriptions[0].sentence.startswith("This is the ready-made function")


def test_who_was_asked_is_not_said(release, warm, released, exercises):
    """Else a submission could tell bits of a hidden input by it."""
    told = []
    for asks in (True, False):
        notebook = nbformat.read(released, as_version=4)
        right = as_cell(exercises["softmax_with_temperature"])
        asking = "for f in (softmax, softmax_with_temperature) if ASK else ():\n        f(weights, 1.0)\n    "
        cells = {
            "softmax": "softmax = lambda x, axis=-1: x",
            "softmax_with_temperature": right,
            "entropy": as_cell(exercises["entropy"]).replace("    logs = ", f"    ASK = {asks}\n    {asking}logs = "),
        }
        for cell in notebook.cells:
            cell.source = cells.get(cell.id, cell.source)
        told.append({v.verdict.exercise: v.carried for v in execute(notebook.cells, release, warm, LIMITS)})
    assert told[0] == told[1]
    assert told[0]["softmax_with_temperature"] == ("softmax",)
    assert told[0]["entropy"] == ()


def test_processes_share_no_memory_that_can_be_written(warm):
    session = warm.session()
    mapped = Path(f"/proc/{session.process}/maps").read_text().splitlines()
    session.close()
    assert len(mapped) > 100
    assert not [line for line in mapped if line.split()[1].startswith("rw") and line.split()[1].endswith("s")]


def test_what_submissions_can_read_is_in_memory_before_the_first():
    """Else which pages of it are there, by how long they take, tells what an earlier one has read: one of these files for each bit."""
    files = [p for p in sorted(Path(np.__file__).parent.rglob("tests/*.py")) if p.stat().st_size][:40]
    files += [p for p in sorted(Path(np.__file__).parent.parent.glob("torch/include/ATen/ops/*.h"))][:40]
    assert len(files) >= 40
    for file in files:
        with file.open("rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    assert sum(map(in_memory, files)) < len(files) / 2
    with Warm(("numpy",)):
        assert all(map(in_memory, files))


def in_memory(file: Path) -> bool:
    with file.open("rb") as opened:
        try:
            return os.preadv(opened.fileno(), [bytearray(2**20)], 0, os.RWF_NOWAIT) == file.stat().st_size
        except BlockingIOError:
            return False


def test_nothing_is_left_for_the_next_process(warm):
    first = warm.session()
    first.run(
        "import os\nopen('kept', 'w').write('x'); os.mkdir('d', 0o300); open('d/kept', 'w').write('x'); number = os.getpid()",
        5,
    )
    first.close()
    second = warm.session()
    found = second.run("import os\nprint(os.listdir('.'), os.path.exists('d/kept'), os.getpid())", 5)
    second.close()
    assert found["stdout"] == "[] False 1\n"


def test_hidden_keys_that_submissions_could_read_stop_the_grader(release, warm, released):
    beside = Release(LESSON, "", Path(np.__file__).parent)
    with pytest.raises(CourseError, match="Move the course"):
        execute(nbformat.read(released, as_version=4).cells, beside, warm, LIMITS)


@pytest.mark.parametrize("at", ["score", "explain"])
def test_a_fault_of_the_grader_leaves_no_process_to_the_next(at, release, warm, released, exercises, monkeypatch):
    closed = []

    def fault(self, name):
        monkeypatch.setattr(self.session, "close", lambda close=self.session.close: closed.append(close()))
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(Run, at, fault)
        with pytest.raises(RuntimeError, match="a fault of ours"):
            execute(nbformat.read(released, as_version=4).cells, release, warm, LIMITS)
    assert len(closed) == 1
    test_an_honest_class_is_not_hurt(release, warm, released, exercises)


def test_a_warm_process_killed_in_the_middle_costs_nobody_a_point(release, warm, released, exercises, monkeypatch):
    ran = []

    def killed(self, source, cell=Run.cell):
        ran.append(source)
        if len(ran) == 3:
            os.kill(warm._process.pid, signal.SIGKILL)
        return cell(self, source)

    monkeypatch.setattr(Run, "cell", killed)
    for _ in range(2):
        test_an_honest_class_is_not_hurt(release, warm, released, exercises)
    assert len(ran) > 3


def test_replies_of_ever_new_sizes_take_no_memory(release):
    key = load(release.visible / "softmax.safetensors")
    one = replace(key, cases=key.cases[:1])
    replies(one, 20)
    before = megabytes()
    assert replies(one, 200) < 20_000
    assert megabytes() - before < 30


def test_an_honest_class_is_not_hurt(release, warm, released, exercises):
    notebook = fill_in(
        nbformat.read(released, as_version=4),
        {n: e for n, e in exercises.items()},
        {"exercises": "right", "predictions": "a", "written": "x"},
    )
    verdicts = execute(notebook.cells, release, warm, LIMITS)
    assert total(verdicts) == sum(v.verdict.points for v in verdicts)
