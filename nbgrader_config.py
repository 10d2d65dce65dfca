"""nbgrader for the course in this folder: its own commands work on the folders below once `autograder build` has run."""

import os
from pathlib import Path

from autograder.coursedir.settings import read_settings
from autograder.grading.harmless import HTML_EXPORTER
from autograder.grading.preprocessor import PREPROCESSORS

root = Path(__file__).resolve().parent
os.environ.setdefault("AUTOGRADER_HIDDEN_KEYS", str(root / "build" / "hidden"))

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = read_settings(root).id
c.CourseDirectory.source_directory = str(root / "build" / "source")
c.CourseDirectory.release_directory = "notebooks"
c.OverwriteCells.add_missing_cells = True
c.Exchange.root = str(root / "build" / "exchange")
c.Autograde.autograde_preprocessors = PREPROCESSORS
c.SandboxExecute.course = str(root)
c.Rubric.course = str(root)
c.HTMLExporter.update(HTML_EXPORTER)  # no script of a student's runs on a page of the formgrader or of feedback
