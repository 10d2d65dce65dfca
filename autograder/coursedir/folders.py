"""Where things lie in a course."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MY_FUNCTIONS, MY_PROGRESS, MY_CHOICES, MY_ATTEMPTS = "my_functions", "my_progress.json", "my_choices.json", "my_attempts"
"""What is left in a lesson's folder: what passed, how far the student is, what predictions were clicked, what was reset."""

CARDS = "questions.md"
"""Where a lesson's questions stand, beside lesson.md."""

QUESTIONS = "questions.ipynb"
"""The page of all lessons' questions, in notebooks/ and in a student's folder: no lesson, and nothing graded."""

NOT_RELEASED = {MY_FUNCTIONS, MY_PROGRESS, MY_CHOICES, MY_ATTEMPTS, ".ipynb_checkpoints", "__pycache__"}
"""What lies in notebooks/ where somebody opens a lesson in place."""


class CourseError(Exception):
    """Something in the course, or in what a command was given, is not as expected. The text says what, and what to do."""


def _inside(*parts: str) -> property:
    return property(lambda course: course.root.joinpath(*parts))


@dataclass(frozen=True)
class CourseDir:
    """The folders of a course, by what they hold."""

    root: Path
    solutions = _inside("solutions")
    release = _inside("notebooks")
    questions = _inside("notebooks", QUESTIONS)
    build = _inside("build")
    source = _inside("build", "source")
    solved = _inside("build", "solutions")
    answers = _inside("build", "answers")
    """Model answers, a file for each lesson, to hand out when they are due."""
    hidden_keys = _inside("build", "hidden")
    waiting_keys = _inside("build", "waiting")
    """Visible keys of exercises that no lesson places yet."""
    releases = _inside(".released")
    """What every release is graded by: kept, like the seed, and out of git."""
    seed_file = _inside(".hidden_seed")

    def released(self) -> dict[str, Path]:
        """The released notebook of each lesson, by its name. Raises CourseError where there is none."""
        if notebooks := released_notebooks(self.release):
            return notebooks
        raise CourseError(f"{self.release} holds no released lesson. Run `autograder build` first.")


def answers_file(lesson: str) -> str:
    """What the file of a lesson's model answers is called: students put it beside the notebook."""
    return f"answers_{lesson}.py"


def released_notebooks(release: Path) -> dict[str, Path]:
    """The notebook of each lesson in the folder `release`, by its name, in order."""
    return {file.stem: file for file in sorted(release.glob("*/*.ipynb")) if file.stem == file.parent.name}


def find_course(start: Path | None = None) -> CourseDir:
    """The course that `start` (the current folder) lies in: the nearest folder up with nbgrader_config.py and solutions/."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir():
            return CourseDir(folder)
    raise CourseError(
        f"{start} lies in no course: no folder above it has nbgrader_config.py and solutions/. Change into the course's folder, "
        "or name it with --course."
    )
