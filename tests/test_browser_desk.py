"""A student's desk in a real browser: first open, progress across a restart, handing in."""

from __future__ import annotations

import re
import shutil
import zipfile

import pytest

from autograder.authoring.sources import as_cell

from .accessible import serious
from .conftest import ROOT
from .lab import open_notebook

LESSON = "04_softmax"
FILE = f"{LESSON}/{LESSON}.ipynb"


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
        assert "about 90 minutes · 9 exercises, 40 points · not begun" in shown
        assert shown.index("4 · Softmax") < shown.index("5 · Scaled dot-product attention")
        for unwanted in ("Formgrader", "get notified", "Extension Manager", "Debugger"):
            assert lab.page.get_by_text(unwanted).count() == 0
        lab.run("start-page")
        assert serious(lab.page, [".jp-RenderedMarkdown", ".jp-OutputArea-output"]) == []
        lab.page.get_by_role("link", name="4 · Softmax").first.click()
        lab.page.wait_for_function(f"window.jupyterapp.shell.currentWidget?.context?.path === '{FILE}'")
        lab.wait()
        lab.run("91b27fd2824c-0")
        lab.run("softmax", as_cell(exercises["softmax"]))
        lab.run("softmax-check")
        lab.save()
        lab.go_to("start.ipynb")  # its cell was run: it follows by itself
        lab.page.get_by_text("1 of 9 exercises done, 8 of 40 points").first.wait_for(timeout=10_000)
    with open_notebook(released, student) as lab:
        lab.go_to("start.ipynb")  # JupyterLab may show again what was open last
        lab.page.get_by_text("1 of 9 exercises done").first.wait_for(timeout=10_000)
        shown = lab.page.locator(".jp-Notebook:visible").inner_text()
        assert "1 of 9 exercises done, 8 of 40 points" in shown
        assert "Continue here: 4 · Softmax: from scores to weights, next is shrunken_scores" in shown
        assert lab.page.locator(".jp-Notebook:visible progress").first.get_attribute("value") == "1"
        lab.go_to(FILE)
        lab.run("91b27fd2824c-0")
        lab.run("6baec1555101-0")
        assert re.search(
            r"✓ softmax: passed before this kernel started \(\d+ \w+ \d\d:\d\d\), 8/8", said(lab, "6baec1555101-0")
        )
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
