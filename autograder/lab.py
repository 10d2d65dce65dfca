"""`autograder lab`: a student's own copy of the release, and JupyterLab on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
"""JupyterLab's own settings, by plugin: no question about news, no search for updates."""

PANELS = "@jupyter/nbgrader"
"""The extension with an instructor's panels, which a student has no use for."""

SERVERS = [
    f"nbgrader.server_extensions.{n}" for n in ("formgrader", "validate_assignment", "assignment_list", "course_list")
]


def copy_release(released: Path, folder: Path) -> list[str]:
    """Copies what `folder` lacks, and replaces keys; never touches a notebook that is there. Returns what it did."""
    said = []
    for source in sorted(p for p in released.rglob("*") if p.is_file()):
        target = folder / source.relative_to(released)
        if target.exists() and (source.suffix == ".ipynb" or target.read_bytes() == source.read_bytes()):
            continue
        if not target.exists() and source.suffix == ".ipynb":
            said.append(f"new lesson: {target}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return said


def open_lab(folder: Path, browser: bool = True) -> int:
    """Runs JupyterLab in `folder`, without instructor panels and news; returns its exit code."""
    config = write_config(folder)
    command = [sys.executable, "-m", "jupyterlab", f"--config={config}"] + ([] if browser else ["--no-browser"])
    return subprocess.run(command, env=os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}, check=False).returncode


def write_config(folder: Path) -> Path:
    """Writes JupyterLab's configuration for this folder into folder/.jupyter, and returns its path."""
    place = folder.resolve() / ".jupyter"
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # in a container; JupyterLab would refuse
    config = {
        "LabApp": {"app_settings_dir": str(place)},
        "ServerApp": {
            "root_dir": str(folder.resolve()),
            "jpserver_extensions": dict.fromkeys(SERVERS, False),
            "allow_root": as_root,
        },
    }
    place.mkdir(parents=True, exist_ok=True)
    files = {"overrides.json": SETTINGS, "page_config.json": {"disabledExtensions": {PANELS: True}}, "jupyter.json": config}
    for name, content in files.items():
        (place / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    return place / "jupyter.json"
