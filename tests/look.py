"""How a course looks in JupyterLab: `python -m tests.look FOLDER [LESSON …]`, with a word of the names of lessons; left out, all.

Each lesson is run and looked at in both themes, at two widths and at 200 %. What axe calls serious in our parts and what has to be
scrolled sideways is printed, and screenshots go to the folder. Exit code 1: something was found.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .accessible import LESSON, serious, sideways
from .lab import Notebook, open_notebook

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"1280": (1280, 900), "1920": (1920, 1000), "200-percent": (640, 450)}
"""Window sizes in CSS pixels: at 200 % a window of 1280 has half of them."""


def looks(lab: Notebook) -> Iterator[tuple[str, list[str]]]:
    """Each look at the open notebook: what it is called, and what was found."""
    for theme in ("Light", "Dark"):
        lab.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", f"JupyterLab {theme}"
        )
        lab.page.wait_for_selector(f'body[data-jp-theme-name="JupyterLab {theme}"]', state="attached")
        for size, (width, height) in SIZES.items():
            lab.page.set_viewport_size({"width": width, "height": height})
            lab.page.wait_for_timeout(1000)
            yield f"{theme}-{size}", serious(lab.page, LESSON) + [f"scrolls sideways: {html}" for html in sideways(lab.page)]
    lab.page.set_viewport_size({"width": 1280, "height": 1000})


def main(folder: Path, words: list[str]) -> int:
    names = sorted(p.name for p in (ROOT / "notebooks").glob("[0-9][0-9]_*") if not words or any(w in p.name for w in words))
    total = 0
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        released, student = Path(place, "notebooks"), Path(place, "student")
        shutil.copytree(ROOT / "notebooks", released)
        _draw_whole(student)
        with open_notebook(released, student) as lab:
            for name in ("start", *names):
                lab.go_to(f"{name}/{name}.ipynb" if name != "start" else "start.ipynb")
                lab.run_all(timeout=600)
                for look, found in looks(lab):
                    total += len(found)
                    print(f"{name} {look}: {len(found)}", *found, sep="\n    ", flush=True)
                    lab.page.screenshot(path=folder / f"{name}-{look}.png")
    return 1 if total else 0


def _draw_whole(student: Path) -> None:
    """JupyterLab draws cells as they come into sight; here all are looked at."""
    settings = student / ".settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}')


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
