"""The house stands as ARCHITECTURE.md draws it."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys

import pytest

from autograder.moved import MOVED

from . import house


def test_every_room_and_door_has_its_floor():
    assert {house.room(module) for module in house.modules()} == set().union(*house.floors())


def test_no_import_runs_up_or_into_a_neighbour():
    assert house.upward() == []


def test_no_module_imports_itself_by_way_of_others():
    assert house.circles() == []


def test_the_engine_does_not_import_what_lessons_share():
    assert [
        edge for edge in house.imports() if edge[1].startswith("autograder.course.") or edge[1] == "autograder.course"
    ] == []


def test_the_page_names_files_that_are_there():
    page = house.PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)*\w+\.py)`", page))
    files = [file.as_posix() for folder in (house.ENGINE, house.ENGINE.parent / "tests") for file in folder.rglob("*.py")]
    assert named
    assert [name for name in named if not any(file.endswith(f"/{name}") for file in files)] == []
    assert page.count("\n") < 140  # two pages


@pytest.mark.parametrize("name", MOVED)
def test_an_old_name_says_where_to_import_from(name):
    with pytest.raises(ModuleNotFoundError, match=re.escape(f"autograder.{name} has moved: ")) as caught:
        importlib.import_module(f"autograder.{name}")
    place = re.search(r"from (autograder[\w.]*) import (\w+)", str(caught.value))
    assert hasattr(importlib.import_module(place[1]), place[2])


def test_a_student_sees_the_sentence_and_no_more():
    code = "from IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
    code += "shell.run_cell('import autograder\\nfrom autograder.notebook import check')"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "autograder.notebook has moved: write `from autograder import check`" in shown
    assert "Traceback" not in shown
