"""JupyterLab on a student's folder: the start page first, and nothing on screen that a student has no use for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from .running import running
from .start import START

SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
"""JupyterLab's own settings, by plugin: no question about news, no search for updates."""

EXTENSIONS = Path(__file__).with_name("labextension")
"""Where JupyterLab finds an extension of ours: the contents of a lesson at the side, text of a readable width, names of sliders."""

UNNEEDED = [
    "@jupyter/nbgrader",  # an instructor's panels
    "@jupyterlab/debugger-extension",
    "@jupyterlab/extensionmanager-extension",
]
"""Extensions that a student has no use for. With nothing at all on its right, JupyterLab shows an empty column there."""

ENVIRONMENT = {
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONSTARTUP": str(Path(__file__).with_name("kernel_start.py")),  # IPython runs it as a kernel starts
}
"""What the server and its kernels find in their environment, where nothing else is set there."""

SERVERS = [
    *(f"nbgrader.server_extensions.{n}" for n in ("formgrader", "validate_assignment", "assignment_list", "course_list")),
    "autograder.grading.written_server",
]


def open_lab(folder: Path, browser: bool = True) -> int:
    """Runs JupyterLab in `folder`, without instructor panels and news; returns its exit code. It ends when this process is told to."""
    config = write_config(folder)
    command = [sys.executable, "-m", "jupyterlab", f"--config={config}"] + ([] if browser else ["--no-browser"])
    with running(folder):
        server = subprocess.Popen(command, env=ENVIRONMENT | os.environ)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: server.terminate())  # a second signal does no harm
        return server.wait()


def write_config(folder: Path) -> Path:
    """Writes JupyterLab's configuration for this folder into folder/.jupyter, and returns its path."""
    place = folder.resolve() / ".jupyter"
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # in a container; JupyterLab would refuse
    config = {
        "LabApp": {
            "app_settings_dir": str(place),
            "workspaces_dir": str(place / "workspaces"),  # what is open elsewhere stays there
            "default_url": f"/lab/tree/{START}",
            "extra_labextensions_path": [str(EXTENSIONS)],
        },
        "ServerApp": {
            "root_dir": str(folder.resolve()),
            "contents_manager_class": "autograder.desk.contents.Contents",
            "jpserver_extensions": dict.fromkeys(SERVERS, False),
            "allow_root": as_root,
            "answer_yes": True,  # one Ctrl+C ends it
        },
    }
    place.mkdir(parents=True, exist_ok=True)
    files = {
        "overrides.json": SETTINGS,
        "page_config.json": {"disabledExtensions": dict.fromkeys(UNNEEDED, True)},
        "jupyter.json": config,
    }
    for name, content in files.items():
        (place / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    return place / "jupyter.json"
