"""nbgrader's own commands work on this course, with its committed configuration and renamed folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.authoring.sample import fill_in
from autograder.nbgrader_api import gradebook_url

from .accessible import serious
from .conftest import SETTINGS
from .lab import serve

LESSON = "04_softmax"
EVERYONE = {"exercises": "right", "predictions": "a", "written": "An answer."}
STUDENTS = {
    "reference": {},
    "blank": {"exercises": "blank", "predictions": "", "written": ""},
    "partial": {"softmax": "no_shift"},
}


def nbgrader(folder: Path, *words: str) -> subprocess.CompletedProcess:
    env = {k: v for k, v in os.environ.items() if not k.startswith("AUTOGRADER")}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    command = [sys.executable, "-m", "nbgrader", *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def graded(course, tmp_path_factory, exercises):
    """A class of three, graded by the stock commands alone."""
    root = tmp_path_factory.mktemp("stock") / "course"
    shutil.copytree(course.root, root)
    for student, how in STUDENTS.items():
        place = root / "submitted" / student / LESSON
        place.mkdir(parents=True)
        notebook = nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4)
        nbformat.write(fill_in(notebook, exercises, EVERYONE | how), place / f"{LESSON}.ipynb")
    done = {}
    for command in ("generate_assignment", "autograde", "generate_feedback"):
        done[command] = nbgrader(root, command, LESSON, "--force")
        assert done[command].returncode == 0, done[command].stderr[-3000:]
    done["export"] = nbgrader(root, "export")
    return root, done


def test_reference_earns_everything_blank_nothing_and_a_mistake_its_part(graded):
    root, _ = graded
    with Gradebook(gradebook_url(root), SETTINGS.id) as gradebook:
        found = {
            s.student.id: (s.score, s.max_score, s.needs_manual_grade) for s in gradebook.assignment_submissions(LESSON)
        }
    assert found == {"reference": (40, 43, True), "blank": (0, 43, False), "partial": (38, 43, True)}


def test_the_release_that_the_stock_command_writes_is_the_committed_one(graded, course):
    root, _ = graded
    name = f"{LESSON}/{LESSON}.ipynb"
    assert (root / "notebooks" / name).read_bytes() == (course.release / name).read_bytes()


def test_feedback_and_export_are_written(graded):
    root, done = graded
    assert done["export"].returncode == 0
    assert (root / "grades.csv").read_text().count("\n") == 4
    page = (root / "feedback" / "partial" / LESSON / f"{LESSON}.html").read_text()
    assert "exp is taken of the scores as they are" in page


def test_feedback_tells_no_hidden_numbers(graded, course):
    from autograder.judging.key import load

    root, _ = graded
    page = (root / "feedback" / "partial" / LESSON / f"{LESSON}.html").read_text()
    hidden = load(course.hidden_keys / "softmax.safetensors")
    lifted = [
        f"{v:.4g}" for case in hidden.cases if case.aspect == "large numbers" for v in case.call.args["x"].data.ravel()
    ]
    seen = load(course.release / LESSON / "keys" / "softmax.safetensors")
    shown = {f"{v:.4g}" for case in seen.cases for v in case.call.args["x"].data.ravel()}
    assert not [n for n in lifted if n not in shown and len(n) > 5 and n in page]


def test_messages_read_well_on_a_feedback_page(graded, browser):
    root, _ = graded
    page = browser.new_page()
    page.goto((root / "feedback" / "partial" / LESSON / f"{LESSON}.html").as_uri(), wait_until="domcontentloaded")
    message = page.locator(".autograder", has_text="exp is taken of the scores as they are").first
    assert message.locator("summary").first.evaluate("s => getComputedStyle(s).display") == "list-item", "has a triangle"
    message.get_by_text("The smallest input").click()
    message.get_by_text("Hint 1 of").click()
    assert message.locator("mark").first.is_visible()
    assert serious(page, [".autograder"]) == []


def test_validate_finds_a_stub_and_accepts_the_reference(graded):
    root, _ = graded
    assert "Success" in (nbgrader(root, "validate", f"submitted/reference/{LESSON}/{LESSON}.ipynb").stdout)
    assert "failed" in nbgrader(root, "validate", f"submitted/blank/{LESSON}/{LESSON}.ipynb").stdout.lower()


def formgrader(root: Path):
    """JupyterLab in the folder of a course, as an instructor has it."""
    return serve(["--allow-root"], "formgrader/api/assignments", cwd=root)


def test_the_formgrader_shows_the_assignment(graded):
    root, _ = graded
    with formgrader(root) as url:
        page = urllib.request.urlopen(f"{url}/formgrader/api/assignments", timeout=20).read().decode()
        assert f'"name": "{LESSON}"' in page
        page = urllib.request.urlopen(f"{url}/formgrader/gradebook/{LESSON}", timeout=20).read().decode()
        assert LESSON in page
