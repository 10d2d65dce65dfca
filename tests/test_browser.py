"""A student's first minutes with a lesson, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from autograder.authoring.sources import as_cell

from .conftest import ROOT
from .lab import open_notebook
from .look import looks

LESSON = "04_softmax/04_softmax.ipynb"


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return tmp_path_factory.mktemp("student")


@pytest.fixture(scope="module")
def notebook(student):
    with open_notebook(ROOT / "notebooks", student, LESSON) as opened:
        yield opened


def test_the_untouched_lesson_runs_to_its_end(notebook):
    notebook.run_all()
    outputs = notebook.outputs()
    errors = {o["cell"]: o["ename"] for o in outputs if o["output_type"] == "error"}
    assert set(errors.values()) <= set()
    assert notebook.page.locator(".jp-Notebook").count() == 1
    last = [o for o in outputs if "Together" in str(o.get("data", ""))]
    assert last, "progress() at the end shows the sum of points"
    stub = next(o for o in outputs if o["cell"] == "softmax-check" and "data" in o and "text/html" in o["data"])
    assert "not written yet" in stub["data"]["text/plain"]


def test_a_right_answer_gets_one_quiet_line(notebook, exercises):
    notebook.fill_in("softmax", as_cell(exercises["softmax"]))
    assert notebook.output("softmax-check").inner_text().strip() == "✓ softmax: every check passed, 8 of 8 points"


def test_a_wrong_answer_is_told_which_mistake_it_is(notebook, exercises):
    wrong = exercises["entropy"].mistakes["in_bits"].function
    notebook.fill_in("entropy", as_cell(exercises["entropy"], wrong))
    shown = notebook.output("entropy-check")
    assert "This is what you get when log base 2 is used" in shown.inner_text()
    example = shown.locator("details", has_text="The smallest input").first
    assert not example.locator("table").first.is_visible(), "one look takes in the sentence, not the numbers"
    example.locator("> summary").click()
    captions = example.locator("caption").all_inner_texts()
    assert [re.split("[:,]", c)[0] for c in captions] == ["weights", "yours", "expected"]
    assert "= (n)" in captions[0]
    assert example.locator("mark").inner_text().startswith("≠")


def test_hints_wait_behind_a_click_each(notebook, exercises):
    shown = notebook.output("entropy-check")
    first, second, *_ = exercises["entropy"].hints
    words = [re.sub("`.*", "", hint) for hint in (first, second)]
    assert words[0] not in shown.inner_text()
    shown.get_by_text("Hint 1 of").click()
    assert words[0] in shown.inner_text()
    assert words[1] not in shown.inner_text()
    shown.get_by_text("Hint 2 of").click()
    assert words[1] in shown.inner_text()


def with_slider(notebook) -> str:
    """The id of the cell that shows a slider."""
    return next(o["cell"] for o in notebook.outputs() if "the controls are here" in str(o.get("data", {}).get("text/plain")))


def test_a_slider_moves_the_picture(notebook):
    shown = notebook.output(with_slider(notebook))
    picture = shown.locator(".widget-html img")
    before = picture.get_attribute("src")
    assert "temperature 1.00" in picture.get_attribute("alt")
    shown.get_by_role("slider", name="temperature").focus()
    notebook.page.keyboard.press("ArrowRight")
    shown.locator(".widget-html figcaption", has_text="temperature 1.05").wait_for(timeout=10_000)
    assert picture.get_attribute("src") != before
    assert "temperature 1.05" in picture.get_attribute("alt")


def test_what_we_show_is_accessible_and_fits_in_both_themes_at_every_width(notebook):
    """The other lessons: `python -m tests.look`."""
    for cell in ("entropy-check", with_slider(notebook)):
        notebook.output(cell)
    assert [found for found in looks(notebook) if found[1]] == []


def test_nothing_for_instructors_is_on_screen(notebook):
    assert notebook.page.get_by_text("Formgrader").count() == 0
    assert notebook.page.get_by_text("Would you like to get notified").count() == 0


def test_paths_of_this_machine_do_not_show(notebook):
    assert str(Path.home()) not in str([o for o in notebook.outputs() if o["output_type"] != "error"])


def test_a_copy_without_trust_and_kernel_still_says_it_all(notebook, student):
    """As when another person's notebook is opened: JupyterLab takes away what it does not trust. Comes last: it leaves the page."""
    page, slider = notebook.page, with_slider(notebook)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
    content = json.loads((student / LESSON).read_text())
    for cell in content["cells"]:
        if cell.get("outputs"):
            cell["outputs"].append({"output_type": "stream", "name": "stdout", "text": ["from elsewhere"]})
    (student / "04_softmax" / "copy.ipynb").write_text(json.dumps(content))
    page.goto(re.sub("/lab/.*", "/lab/workspaces/copy/tree/04_softmax/copy.ipynb", page.url))
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function("window.jupyterapp.shell.currentWidget?.sessionContext?.isReady", timeout=60_000)
    page.wait_for_timeout(3000)  # until JupyterLab has drawn and scrolled as it likes
    message = notebook.output("entropy-check")
    assert "This is what you get when log base 2 is used" in message.inner_text()
    message.get_by_text("The smallest input").click()
    assert message.locator("mark").is_visible()
    assert message.locator("th[scope=col]").count() == 3
    message.get_by_text("Hint 1 of").click()
    static = notebook.output(slider)
    assert static.locator("figure img").evaluate("image => image.naturalWidth") > 700
    assert "With a running kernel, the controls are here" in static.inner_text()
