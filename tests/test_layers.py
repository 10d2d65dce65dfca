"""Where a layer is missing, the others hold: no file of the course is read or written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from .conftest import ROOT

AS_ROOT = os.geteuid() == 0
SILENT = {"checks_with_the_hidden_key", "imports_the_solutions", "walks_the_disk", "reads_what_others_left", "maps_memory_of_others", "plants_a_start_file",
          "takes_the_descriptors_of_others"}  # fmt: skip
"""Attacks that do not raise where they find nothing."""


@pytest.fixture(scope="module")
def room():
    """A course that is everybody's, to read and to write: file rights are not what protects it."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for name in ("solutions/04_softmax/softmax.py", "build/hidden/softmax.reference.py", ".hidden_seed", "gradebook.db",
                     "build/hidden/softmax.safetensors", "nbgrader_config.py"):  # fmt: skip
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("SECRET")
        for path in (root, *root.rglob("*")) if AS_ROOT else ():
            path.chmod(0o777)
        yield root


@pytest.mark.parametrize("namespaces", [True, False])
@pytest.mark.parametrize("nobody", [False, True])
def test_nothing_is_read_or_written(room, namespaces, nobody):
    if nobody and not (AS_ROOT and _nobody_reaches(sys.executable)):
        pytest.skip("Only root can become nobody, and only where nobody can start this Python")
    before = {p: (p.read_bytes(), p.stat().st_mode, p.stat().st_mtime) for p in room.rglob("*") if p.is_file()}
    words = [*(["as-nobody"] if nobody else []), str(room), *([] if namespaces else ["no-namespaces"])]
    done = subprocess.run(
        [sys.executable, "-m", "tests.layers", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    missing = {layer: why for layer, why in found.pop("layers").items() if why}
    assert missing == ({} if namespaces else {"namespaces": "turned off"})
    assert "SECRET" not in done.stdout
    assert "root:" not in done.stdout
    through = {name for name, said in found.items() if not said["error"]}
    assert through <= SILENT
    assert found["walks_the_disk"]["stdout"] in ("[]\n", "")
    assert found["reads_what_others_left"]["stdout"] in ("[]\n", "")
    assert {p: (p.read_bytes(), p.stat().st_mode, p.stat().st_mtime) for p in room.rglob("*") if p.is_file()} == before


def _nobody_reaches(path: str) -> bool:
    found = Path(path).resolve()
    return all(p.stat().st_mode & 0o001 for p in (found, *found.parents))
