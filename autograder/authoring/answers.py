"""The model answers of a lesson as one file of Python, to hand out when they are due. It is never part of a release."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from .exercise import Exercise


def answers_text(title: str, exercises: Iterable[Exercise]) -> str:
    """The references, each below the hint that says most."""
    parts = [f'"""Model answers: {title}"""']
    for exercise in exercises:
        idea = textwrap.fill(exercise.hints[-1], 100, initial_indent="# ", subsequent_indent="# ") if exercise.hints else ""
        parts.append(f"{idea}\n{exercise.source()}".strip())
    return "\n\n\n".join(parts) + "\n"
