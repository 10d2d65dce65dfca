"""Modules that have moved: who imports one by its old name is told the new one, in a sentence in place of a traceback."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

MOVED = {
    "notebook": "from autograder import check",
    "values": "from autograder.authoring import array",
    "key": "from autograder.judging.key import Key",
    "judge": "from autograder.judging.judge import judge",
    "player": "from autograder.judging.player import LocalPlayer",
    "course_dir": "from autograder.coursedir.folders import CourseDir",
    "record": "from autograder.report.record import Record",
}
"""What others may have imported, from a notebook or a script, and what to write now."""


class Moved(ModuleNotFoundError):
    """An import by an old name. The text says what to write."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [str(self)]


class _OldNames(MetaPathFinder):
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        if package == __package__ and name in MOVED:
            raise Moved(f"{fullname} has moved: write `{MOVED[name]}`", name=fullname)
        return None


sys.meta_path.append(_OldNames())
