"""nbgrader's exchange, where the machine has one: a hub whose configuration names the course."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from ..messages.translate import _


def is_configured() -> bool:
    """Whether Jupyter's configuration on this machine holds one of nbgrader's."""
    from jupyter_core.paths import jupyter_config_path

    return any((Path(folder) / "nbgrader_config.py").is_file() for folder in jupyter_config_path())


def send(notebook: bytes, assignment: str) -> str:
    """Submits the notebook as `assignment`, with nbgrader's own command; returns what came of it, for the student."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / assignment
        place.mkdir()
        (place / f"{assignment}.ipynb").write_bytes(notebook)
        command = [sys.executable, "-m", "nbgrader", "submit", assignment]
        process = subprocess.run(
            command, cwd=scratch, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
        )
    if process.returncode == 0:
        return _("Handed in to your course's exchange.")
    reason = next((line for line in reversed(process.stderr.splitlines()) if "ERROR" in line), "").split("ERROR | ")[-1]
    return _("Your course's exchange did not take it ({why}): give the file to your instructor.", why=reason or "?")
