"""A grader that is killed loses nothing, grades nothing twice, and leaves no process behind."""

from __future__ import annotations

from . import killed


def test_kills_at_random_moments(course, tmp_path):
    """Three here; `python -m tests.killed 50` for more."""
    killed.run(course, tmp_path, kills=3, each=6, longest=12.0, seed=1)
