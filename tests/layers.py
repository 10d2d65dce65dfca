"""What each layer holds: runs the attacks that read and write with some layers off, as whoever runs this.

`python -m tests.layers COURSE [no-namespaces]` says which layers are on and what got through; tests/test_layers.py runs it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from autograder.sandbox.process import Warm
from autograder.sandbox.session import Crashed

from .attacks import READ, WRITE


def attempt(root: Path, namespaces: bool) -> dict[str, dict]:
    """{"layers": {layer: "" or why it is missing}, attack: what came of it}."""
    found: dict[str, dict] = {}
    with Warm(("numpy",), namespaces=namespaces) as warm:
        for name, code in (READ | WRITE).items():
            session = warm.session()
            found["layers"] = warm.missing | session.layers
            try:
                found[name] = session.run(f"ROOT = {str(root)!r}\n{code}", 5)
            except Crashed as crash:
                found[name] = {"stdout": "", "error": {"ename": "Crashed", "evalue": str(crash)}}
            session.close()
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["as-nobody"]:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        del sys.argv[1]
    print(json.dumps(attempt(Path(sys.argv[1]), "no-namespaces" not in sys.argv)))
