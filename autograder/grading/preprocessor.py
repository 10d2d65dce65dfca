"""nbgrader's Execute, with the submission in a sandbox and the judge outside it."""

from __future__ import annotations

import atexit
import os
from functools import lru_cache
from pathlib import Path

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from ..course_dir import CourseDir
from ..sandbox.process import Warm
from .execute import Keys, execute

PREPROCESSORS = [
    "autograder.grading.preprocessor.SandboxExecute",  # where nbgrader has Execute
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
"""For `c.Autograde.autograde_preprocessors`."""


class SandboxExecute(NbGraderPreprocessor):
    """Takes the place of Execute in `c.Autograde.autograde_preprocessors`."""

    course = Unicode(help="The course's folder, in which `autograder build` has put the keys.").tag(config=True)

    def preprocess(self, nb, resources):
        course = CourseDir(Path(self.course))
        lesson = resources["nbgrader"]["assignment"]
        keys = Keys(course.source / lesson / "keys", course.hidden_keys)
        execute(nb.cells, keys, warm_process(os.getpid()), demos=demos_of(course.release / lesson / f"{lesson}.ipynb"))
        return nb, resources


@lru_cache(maxsize=16)
def demos_of(released: Path) -> frozenset[str]:
    """The code cells that a lesson hands out and grades nothing by."""
    cells = nbformat.read(released, as_version=4).cells
    return frozenset(c.source for c in cells if c.cell_type == "code" and "nbgrader" not in c.metadata)


@lru_cache(maxsize=1)
def warm_process(owner: int) -> Warm:
    """One warm process for each process that grades."""
    warm = Warm()
    atexit.register(warm.close)
    return warm
