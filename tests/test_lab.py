"""A student's copy of the release: filled once, never overwritten, new lessons merged in."""

from __future__ import annotations

import json

from autograder.lab import copy_release, write_config


def test_work_is_never_overwritten_and_new_lessons_come_in(tmp_path):
    released, mine = tmp_path / "notebooks", tmp_path / "student"
    (released / "01" / "keys").mkdir(parents=True)
    (released / "01" / "01.ipynb").write_text("as released")
    (released / "01" / "keys" / "a.safetensors").write_text("key 1")
    assert copy_release(released, mine) == [f"new lesson: {mine / '01' / '01.ipynb'}"]
    (mine / "01" / "01.ipynb").write_text("my work")
    (mine / "notes.txt").write_text("mine")
    (released / "01" / "01.ipynb").write_text("released again")
    (released / "01" / "keys" / "a.safetensors").write_text("key 2")
    (released / "02").mkdir()
    (released / "02" / "02.ipynb").write_text("second")
    assert copy_release(released, mine) == [f"new lesson: {mine / '02' / '02.ipynb'}"]
    assert (mine / "01" / "01.ipynb").read_text() == "my work"
    assert (mine / "01" / "keys" / "a.safetensors").read_text() == "key 2"
    assert (mine / "notes.txt").read_text() == "mine"


def test_the_configuration_names_this_folder_and_turns_panels_off(tmp_path):
    config = json.loads(write_config(tmp_path).read_text())
    assert config["ServerApp"]["root_dir"] == str(tmp_path.resolve())
    assert not any(config["ServerApp"]["jpserver_extensions"].values())
    page = json.loads((tmp_path / ".jupyter" / "page_config.json").read_text())
    assert page == {"disabledExtensions": {"@jupyter/nbgrader": True}}
