"""A student's desk in a real browser: first open, progress across a restart, handing in."""

from __future__ import annotations

import re
import shutil
import zipfile

import pytest

from autograder.authoring.build import build
from autograder.authoring.sources import as_cell
from autograder.coursedir.folders import CourseDir

from .accessible import LESSON as LESSON_PARTS
from .accessible import serious
from .conftest import ROOT
from .lab import open_notebook
from .test_desk import IMPORTS, cell_with

LESSON = "04_softmax"
FILE = f"{LESSON}/{LESSON}.ipynb"
PROGRESS = cell_with("progress()")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the release of two lessons, and a student's that does not exist yet."""
    root = tmp_path_factory.mktemp("desk")
    for name in (LESSON, "05_scaled_dot_product_attention"):
        shutil.copytree(ROOT / "notebooks" / name, root / "notebooks" / name)
    return root


def test_first_open_progress_across_a_restart_and_handing_in(desk, exercises):
    released, student = desk / "notebooks", desk / "student"
    with open_notebook(released, student) as lab:
        assert lab.page.url.endswith("/lab/tree/start.ipynb")
        shown = lab.page.locator(".jp-Notebook:visible").inner_text()
        assert "Start here: 4 · Softmax" in shown
        assert "not begun · about 95 minutes · 9 exercises, 40 points" in shown
        assert lab.page.locator(".jp-TableOfContents:visible").count() == 1, "in the place of the list of files"
        assert shown.index("4 · Softmax") < shown.index("5 · Scaled dot-product attention")
        for unwanted in ("Formgrader", "get notified", "Extension Manager", "Debugger"):
            assert lab.page.get_by_text(unwanted).count() == 0
        assert serious(lab.page, LESSON_PARTS) == []
        lab.page.get_by_role("link", name="4 · Softmax").first.click()
        lab.page.wait_for_function(f"window.jupyterapp.shell.currentWidget?.context?.path === '{FILE}'")
        lab.wait()
        lab.run(IMPORTS)
        lab.run("softmax", as_cell(exercises["softmax"]))
        lab.run("softmax-check")
        lab.save()
        lab.go_to("start.ipynb")  # it is read anew
        lab.page.get_by_text("1 of 9 exercises done, 8 of 40 points").first.wait_for(timeout=10_000)
    with open_notebook(released, student) as lab:
        lab.go_to("start.ipynb")  # JupyterLab may show again what was open last
        lab.page.get_by_text("1 of 9 exercises done").first.wait_for(timeout=10_000)
        shown = lab.page.locator(".jp-Notebook:visible").inner_text()
        assert "1 of 9 exercises done, 8 of 40 points" in shown
        lab.page.get_by_role("link", name="Continue here: shrunken_scores in 4 · Softmax").click()
        lab.page.wait_for_function(IN_SIGHT, arg="shrunken_scores-prediction", timeout=60_000)
        lab.go_to("start.ipynb")
        assert lab.page.locator(".jp-Notebook:visible progress").first.get_attribute("value") == "1"
        lab.go_to(FILE)
        lab.run(IMPORTS)
        lab.run(PROGRESS)
        assert re.search(r"✓ softmax: passed before this kernel started \(\d+ \w+ \d\d:\d\d\), 8/8", said(lab, PROGRESS))
        lab.save()
        lab.go_to("start.ipynb")
        lab.run("hand-in", "from autograder import submit\nsubmit(4)", timeout=120)
        shown = said(lab, "hand-in")
        assert "✓ softmax: passes, 8/8" in shown
        assert "Together 8 of 40 points by the visible checks" in shown
        file = re.search(r"Written: (handed_in/\S+\.zip)", shown)[1]
    with zipfile.ZipFile(student / file) as packed:
        assert set(packed.namelist()) == {f"{LESSON}/{LESSON}.ipynb", f"{LESSON}/timestamp.txt"}


def said(lab, cell: str) -> str:
    """What the cell shows, as text, once it shows something."""
    for _ in range(60):
        texts = [str(o["data"]["text/plain"]) for o in lab.outputs() if o["cell"] == cell and "data" in o]
        if texts:
            return "\n".join(texts)
        lab.page.wait_for_timeout(500)
    return ""


IN_SIGHT = """id => { const nb = window.jupyterapp.shell.currentWidget.content, o = nb.node.getBoundingClientRect();
    const w = nb.widgets.find(w => w.model.id === id), r = w?.node.getBoundingClientRect();
    return w?.node.isConnected && r.top < o.bottom - 20 && r.bottom > o.top + 20 }"""
"""Whether the cell with this id can be seen."""

HEADING, LAST = "78e4193f3f09-0", "50aec9448bed-0"
"""Cells of the tiny course so far apart that only one of them is on screen."""


def test_questions_are_drawn_and_lead_to_what_measured_the_answer(tmp_path):
    course = CourseDir(tmp_path / "course")
    shutil.copytree(ROOT / "tests" / "tiny_course", course.root, ignore=shutil.ignore_patterns("__pycache__"))
    build(course)
    with open_notebook(course.release, tmp_path / "student") as lab:
        page = lab.page
        page.get_by_role("link", name="Questions").click()
        page.wait_for_function("window.jupyterapp.shell.currentWidget?.context?.path === 'questions.ipynb'")
        lab.wait()
        lab.run("questions-draw")
        shown = page.locator(".jp-Notebook:visible .jp-OutputArea-output").first
        assert "not quite" not in shown.inner_text().lower(), "choices are folded"
        shown.get_by_text("b. Three").click()
        assert "Right. The largest is 4" in shown.inner_text()
        for place, name, cell in ((".jp-OutputArea-output", "the cell", LAST), (".jp-MarkdownCell", "Spread", HEADING)):
            card = page.locator(f".jp-Notebook:visible {place}", has_text="Why can a sum").first
            links = card.get_by_role("link", name=name)  # of all cards that were drawn, in any order
            links.and_(page.locator(f"a[href*='{cell}']")).first.click()
            page.wait_for_function(IN_SIGHT, arg=cell, timeout=30_000)
            lab.go_to("questions.ipynb")
