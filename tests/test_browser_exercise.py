"""One exercise and the end of a lesson in a real browser: what a cell says now is what is checked, and everything leads on."""

from __future__ import annotations

import re
import shutil
import zipfile

import pytest

from autograder.authoring.sources import as_cell
from autograder.desk import package

from .accessible import serious
from .conftest import ROOT
from .lab import open_notebook
from .test_browser_desk import FILE, IN_SIGHT, PROGRESS
from .test_desk import IMPORTS, LESSON

NEXT = "05_scaled_dot_product_attention"
TRIED = "def softmax(x, axis=-1):\n    return x  # for now"


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return tmp_path_factory.mktemp("desk") / "student"


@pytest.fixture(scope="module")
def lab(student):
    released = student.parent / "notebooks"
    for name in (LESSON, NEXT):
        shutil.copytree(ROOT / "notebooks" / name, released / name)
    with open_notebook(released, student, FILE) as opened:
        opened.run(IMPORTS)
        yield opened


def source(lab, cell: str) -> str:
    return lab.page.evaluate(
        "id => window.jupyterapp.shell.currentWidget.content.widgets.find(w => w.model.id === id).model.sharedModel.getSource()",
        cell,
    )


def test_a_failed_check_shows_its_message_and_no_number_below(lab):
    lab.run("softmax", TRIED)
    lab.run("softmax-check")
    shown = lab.output("softmax-check")
    assert shown.inner_text().strip().startswith("✗ softmax: not right yet, 0 of 8 points")
    assert shown.locator(".jp-OutputArea-child").count() == 1
    assert shown.locator(".jp-OutputPrompt", has_text="[").count() == 0


def test_a_cell_that_stopped_does_not_pass_by_what_it_said_before(lab, exercises):
    right = as_cell(exercises["softmax"])
    lab.run("softmax", right)
    lab.run("softmax", right.replace("return", "retrun"))
    lab.run("softmax-check")
    assert "The cell of softmax stopped with SyntaxError when it last ran" in lab.output("softmax-check").inner_text()
    lab.run("softmax", right.replace("softmax(", "my_own("))
    lab.run("softmax-check")
    assert "You defined my_own and not softmax: is that the one?" in lab.output("softmax-check").inner_text()


def test_reset_and_the_way_back(lab, student):
    stub = next_stub(student)
    lab.run("softmax", f'from autograder import reset\nreset("softmax")\n{TRIED}')
    assert source(lab, "softmax") == stub
    shown = lab.output("softmax").inner_text()
    assert "softmax is as it was released." in shown
    lab.run("softmax-check")
    assert "softmax is not defined" in lab.output("softmax-check").inner_text()
    lab.run("softmax", re.search(r"%load \S+\.py", shown)[0])
    assert source(lab, "softmax").endswith(f"{TRIED}\n")
    lab.run("softmax", f'reset("softmax")\n{source(lab, "softmax")}')
    assert source(lab, "softmax") == stub
    kept = [file.read_text().strip() for file in (student / LESSON / "my_attempts").iterdir()]
    assert sorted("my_own" in text for text in kept) == [False, True], (
        "what the cell said when it last ran is kept as well, once"
    )


def next_stub(student) -> str:
    import nbformat

    cells = nbformat.read(student / ".released" / LESSON / f"{LESSON}.ipynb", 4).cells
    return next(c.source for c in cells if c.id == "softmax")


def test_the_end_of_a_lesson_leads_to_what_is_open_and_to_the_next(lab):
    page = lab.page
    lab.run(PROGRESS)
    shown = lab.output(PROGRESS)
    assert serious(page, [".jp-OutputArea-output .autograder", ".jp-OutputArea-output .jupyter-widgets"]) == []
    shown.get_by_role("link", name="entropy", exact=True).click()
    page.wait_for_function(IN_SIGHT, arg="entropy", timeout=30_000)
    lab.output(PROGRESS).get_by_role("link", name="5 · Scaled dot-product attention").click()
    page.wait_for_function(f"window.jupyterapp.shell.currentWidget?.context?.path === '{NEXT}/{NEXT}.ipynb'", timeout=60_000)
    lab.wait()
    lab.go_to(FILE)


def test_the_button_hands_in_and_gives_the_file(lab, student):
    lab.run("softmax", TRIED)
    lab.save()
    lab.output(PROGRESS).get_by_role("button", name="Check and hand in").click()
    shown = lab.output(PROGRESS)
    link = shown.get_by_role("link", name=f"{package.HANDED_IN}/{LESSON}")
    link.wait_for(timeout=180_000)
    text = shown.inner_text()
    assert f"This is about {LESSON}.ipynb as it was saved at" in text
    assert "✗ softmax: not right, 0/8" in text
    with lab.page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(download.value.path()) as packed:
        assert f"{LESSON}/{LESSON}.ipynb" in packed.namelist()
    assert [p.name for p in (student / package.HANDED_IN).iterdir()] == [download.value.suggested_filename]


def test_after_a_restart_a_check_says_what_to_run(lab):
    page = lab.page
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.wait_for_timeout(3000)
    lab.wait()
    lab.run("softmax-check")
    shown = lab.output("softmax-check").inner_text()
    assert "NameError: name 'check' is not defined" in shown
    assert "check is made in an earlier cell, which has not run to its end since this kernel started." in shown
