"""Instant feedback in a course's notebooks, and the grader behind it."""

from .notebook import check, hint, predicted, progress, yours

__all__ = ["check", "hint", "predicted", "progress", "yours"]
