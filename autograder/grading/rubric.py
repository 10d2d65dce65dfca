"""The model answer and how it is marked, on the formgrader's page alone, below what a student wrote.

It is put in while the page is made and stands in no file: neither the autograded notebook nor a feedback page holds it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell
from traitlets import Unicode

from ..coursedir.folders import CourseDir
from .harmless import OURS


class Rubric(Preprocessor):
    """For `c.HTMLExporter.preprocessors`, which nbgrader uses for feedback pages, too."""

    course = Unicode(help="The course's folder, in which `autograder build` has put the solved notebooks.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        solved = CourseDir(Path(self.course)).solved / f"{resources.get('assignment_id')}.ipynb"
        if "submission_id" not in resources or not solved.is_file():  # that is how a page of the formgrader is told
            return nb, resources
        answers = {c.id: c.source for c in nbformat.read(solved, as_version=4).cells}
        cells = []
        for cell in nb.cells:
            cell.metadata.pop(OURS, None)
            cells.append(cell)
            mark = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "markdown" and mark.get("grade") and (answer := answers.get(mark.get("grade_id"))):
                head = "**For you who grade; students do not see this.** Text without this box is the student's."
                cells.append(new_markdown_cell(f"{head}\n\n{answer}", metadata={OURS: True}))
        nb.cells = cells
        return nb, resources
