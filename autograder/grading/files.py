"""Files that are there whole, or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(content, encoding="utf-8")
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)  # half a file would keep others from what space there is
        raise
