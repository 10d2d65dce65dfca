"""The model answer and how it is marked, on the formgrader's page alone, below what a student wrote.

It is put in while the page is made and stands in no file: neither the autograded notebook nor a feedback page holds it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell
from traitlets import Unicode

from ..coursedir.cells import cells_in, source_of
from ..coursedir.folders import CourseDir
from .harmless import OURS


def model_answers(course: CourseDir, lesson: str) -> dict[str, str]:
    """The cells of a solved lesson as text, by id: that of a written question is its model answer with how it is marked. Empty where
    the lesson is not built."""
    return {str(cell.get("id")): source_of(cell) for cell in cells_in(course.solved / f"{lesson}.ipynb")}


class Rubric(Preprocessor):
    """For `c.HTMLExporter.preprocessors`, which nbgrader uses for feedback pages, too."""

    course = Unicode(help="The course's folder, in which `autograder build` has put the solved notebooks.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        lesson = resources.get("assignment_id")
        answers = model_answers(CourseDir(Path(self.course)), lesson) if "submission_id" in resources else {}
        if not answers:  # a page of the formgrader has a submission_id, a page of feedback has none
            return nb, resources
        cells = []
        for cell in nb.cells:
            cell.metadata.pop(OURS, None)
            cells.append(cell)
            mark = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "markdown" and mark.get("grade") and (answer := answers.get(mark.get("grade_id"))):
                head = "**For you who grade; students do not see this.** Text without this box is the student's."
                address = f"{resources.get('base_url', '')}/written/{quote(lesson)}/{quote(mark['grade_id'])}"
                cells.append(new_markdown_cell(f"{head}\n\n{answer}", metadata={OURS: address}))
        nb.cells = cells
        return nb, resources
