"""Instant feedback in a course's notebooks, and the grader behind it."""

from . import moved  # noqa: F401 - imports by old names are told the new ones
from .desk.answers import answer
from .desk.check import check, predicted, yours
from .desk.hints import hint
from .desk.listing import progress
from .desk.questions import questions
from .desk.reset import reset
from .desk.start import start_page
from .desk.submit import submit
from .desk.watching import watch
from .judging.standins import stand_in

__all__ = [
    "answer",
    "check",
    "hint",
    "predicted",
    "progress",
    "questions",
    "reset",
    "stand_in",
    "start_page",
    "submit",
    "yours",
]

watch()
