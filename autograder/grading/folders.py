"""Whose the submissions in a class's folder are."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path


def not_their_own(folders: list[Path]) -> dict[Path, str]:
    """Which of the submissions submitted/<student>/<assignment> are not what their student handed in, and why.

    A link leads to what may be another's; and of one file with two names (a hard link) nobody can tell whose it is.
    """
    links = {folder: at for folder in folders for at in (folder.parent, folder) if at.is_symlink()}
    owners: dict[tuple[int, int], set[str]] = defaultdict(set)
    names: dict[Path, list[tuple[int, int]]] = defaultdict(list)
    for folder in (folder for folder in folders if folder not in links):
        for facts in (file.lstat() for file in folder.iterdir() if file.suffix == ".ipynb"):
            if facts.st_nlink > 1:
                names[folder].append((facts.st_dev, facts.st_ino))
                owners[names[folder][-1]].add(folder.parent.name)
    why = {
        folder: f"{at.name} is a link to {at.readlink()}, not a folder of its own: nothing was graded. Put what this student handed in "
        "in its place."
        for folder, at in links.items()
    }  # fmt: skip
    for folder, files in names.items():
        others = sorted(set().union(*(owners[file] for file in files)) - {folder.parent.name})
        if others:
            why[folder] = (
                f"the notebook is the very file (a hard link) that {', '.join(others)} handed in, so nobody can tell whose it is: "
                "nothing was graded. Put a copy of its own into the folder of the one whose it is, and remove the other."
            )
    return why
