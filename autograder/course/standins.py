"""Imports all stand-ins of the course: the grader does so before a submission is there, to let go of those that answer its exercises."""

import importlib
from pathlib import Path

for _file in sorted(Path(__file__).parent.glob("*/standins.py")):
    importlib.import_module(f"{__package__}.{_file.parent.name}.standins")
