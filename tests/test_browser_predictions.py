"""A prediction in a real browser: clicked, answered, changed, handed in."""

from __future__ import annotations

import re
import shutil
import zipfile

import nbformat
import pytest

from autograder.authoring.build import build
from autograder.coursedir.folders import CourseDir

from .accessible import serious
from .conftest import ROOT
from .lab import open_notebook
from .test_browser_desk import said

PLACED = 'predict("apart", ["a", "b"], points=1, answer="b")\n```\n'
EXPERIMENT = """
```python
if predicted("apart"):
    print(counts.max() - counts.min())
```

<details><summary>What happened</summary>

- If you chose a: $4 - 1$ is easily taken for 2, where one counts the gaps.

</details>
"""
FILE = "01_counting/01_counting.ipynb"


@pytest.fixture
def released(tmp_path):
    """The tiny course, with an experiment for its prediction, and without what it imports."""
    course = CourseDir(tmp_path / "course")
    shutil.copytree(ROOT / "tests" / "tiny_course", course.root, ignore=shutil.ignore_patterns("__pycache__"))
    lesson = course.solutions / "01_counting" / "lesson.md"
    text = lesson.read_text().replace(PLACED, PLACED + EXPERIMENT).replace("print(bars(counts))\n", "")
    lesson.write_text(text.replace("from tiny_shared.pictures import bars\n", ""))
    build(course)
    return course.release


def test_a_click_is_answered_below_the_experiment_and_handed_in(released, tmp_path):
    student = tmp_path / "student"
    with open_notebook(released, student, FILE) as lab:
        cells = {source: cell for cell, source in lab.page.evaluate(SOURCES)}
        experiment = next(cell for source, cell in cells.items() if "predicted(" in source and "import" not in source)
        for cell in (next(c for s, c in cells.items() if s.startswith("import")), "apart-prediction", experiment):
            lab.run(cell, timeout=180)
        assert "Make your choice, then run this cell again." in lab.output(experiment).inner_text()
        lab.run("apart-check")
        check = lab.output("apart-check")
        assert "· apart: not made yet, 0 of 1 points" in check.inner_text()
        assert serious(lab.page, [".jp-OutputArea-output .jupyter-widgets", ".jp-OutputArea-output .autograder"]) == []
        check.get_by_label("a: 2").click()
        check.get_by_text("✓ apart: your choice is a, 1 of 1 points").wait_for(timeout=10_000)
        lab.run(experiment)
        answered = lab.output(experiment).inner_text()
        assert "You said a; it was b: 3." in answered
        assert "is easily taken for 2" in answered
        assert answered.index("3") < answered.index("You said"), "below the result"
        assert lab.output("apart-check").get_by_role("radio").count() == 0
        lab.run("apart-check")
        lab.output("apart-check").get_by_label("b: 3").click()
        lab.output("apart-check").get_by_text("Changed from a after the result.").wait_for(timeout=10_000)
        assert lab.page.get_by_text("File Changed").count() == 0
        lab.save()
        lab.go_to("start.ipynb")
        lab.run("hand-in", "from autograder import submit\nsubmit(1)", timeout=120)
        shown = said(lab, "hand-in")
        assert "What you clicked is written into it: apart b." in shown
    with zipfile.ZipFile(student / re.search(r"Written: (handed_in/\S+\.zip)", shown)[1]) as packed:
        notebook = nbformat.reads(packed.read(FILE).decode(), as_version=4)
    made = next(cell.source for cell in notebook.cells if cell.id == "apart-prediction")
    assert made == 'apart = "b"  # changed from a after the result'
    assert "None" in next(c.source for c in nbformat.read(student / FILE, 4).cells if c.id == "apart-prediction")


SOURCES = "() => window.jupyterapp.shell.currentWidget.content.widgets.map(w => [w.model.id, w.model.sharedModel.source])"
