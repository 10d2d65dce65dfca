"""JupyterLab's configuration for a student's folder."""

from __future__ import annotations

import json

from autograder.desk.lab import write_config


def test_the_configuration_names_this_folder_and_turns_panels_off(tmp_path):
    config = json.loads(write_config(tmp_path).read_text())
    assert config["ServerApp"]["root_dir"] == str(tmp_path.resolve())
    assert not any(config["ServerApp"]["jpserver_extensions"].values())
    page = json.loads((tmp_path / ".jupyter" / "page_config.json").read_text())
    assert page["disabledExtensions"]["@jupyter/nbgrader"] is True
    assert config["LabApp"]["default_url"] == "/lab/tree/start.ipynb"
