"""nbgrader's own autograde without the sandbox: it works, gives honest submissions the same scores, and says what it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.authoring.sample import fill_in
from autograder.coursedir.releases import newest
from autograder.grading.execute import execute
from autograder.nbgrader_api import gradebook_url
from autograder.sandbox.process import Warm

from .conftest import SETTINGS

LESSON = "04_softmax"
CONFIGURED = "c.Autograde.autograde_preprocessors = PREPROCESSORS\n"


@pytest.fixture(scope="module")
def submission(course, exercises):
    """One mistake, the rest right."""
    blank = nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4)
    how = {"exercises": "right", "predictions": "a", "written": "An answer.", "softmax": "no_shift"}
    return nbformat.from_dict(fill_in(blank, exercises, how))


@pytest.fixture(scope="module")
def graded(course, submission, tmp_path_factory):
    root = tmp_path_factory.mktemp("trusted") / "course"
    shutil.copytree(course.root, root)
    config = (root / "nbgrader_config.py").read_text()
    assert CONFIGURED in config
    (root / "nbgrader_config.py").write_text(config.replace(CONFIGURED, ""))
    place = root / "submitted" / "ada" / LESSON
    place.mkdir(parents=True)
    nbformat.write(submission, place / f"{LESSON}.ipynb")
    env = {k: v for k, v in os.environ.items() if not k.startswith("AUTOGRADER")} | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    env["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{env['PATH']}"
    for command in ("generate_assignment", "autograde"):
        done = subprocess.run([sys.executable, "-m", "nbgrader", command, LESSON, "--force"], cwd=root, env=env,
                              capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
    return root


def test_scores_are_those_of_the_sandbox(graded, course, submission):
    with Gradebook(gradebook_url(graded), SETTINGS.id) as gradebook:
        notebook = gradebook.find_submission(LESSON, "ada").notebooks[0]
        trusted = {g.cell.name.removesuffix("-check"): g.auto_score for g in notebook.grades if g.auto_score is not None}
    with Warm(SETTINGS.warm) as warm:
        verdicts = execute(submission.cells, newest(course, LESSON), warm)
    sandboxed = {v.verdict.exercise: v.verdict.score for v in verdicts}
    assert {name: trusted[name] for name in sandboxed} == sandboxed
    assert 0 < sum(sandboxed.values()) < sum(v.verdict.points for v in verdicts)


def test_it_says_so_once_where_instructors_see_it(graded):
    notebook = nbformat.read(graded / "autograded" / "ada" / LESSON / f"{LESSON}.ipynb", as_version=4)
    said = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs if "trusted mode" in str(o)]
    assert [o.output_type for o in said] == ["display_data"]
