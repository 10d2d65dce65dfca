"""nbgrader's Execute, with the submission in a sandbox and the judge outside it."""

from __future__ import annotations

from pathlib import Path

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from ..coursedir.folders import CourseDir
from ..coursedir.releases import release_for, stamp_in
from .execute import execute
from .submission import warm_process

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
        lesson = resources["nbgrader"]["assignment"]
        course, stamp = CourseDir(Path(self.course)), stamp_in(nb.metadata)
        release = release_for(course, lesson, stamp)
        if release.version != stamp:
            self.log.warning(
                "%s is graded by the newest release: it says of none that is kept that it was made from it", lesson
            )
        execute(nb.cells, release, warm_process(course))
        return nb, resources
