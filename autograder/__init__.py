"""Instant feedback in a course's notebooks, and the grader behind it."""

from .desk.check import check, predicted, yours
from .desk.hints import hint
from .desk.listing import progress
from .desk.start import start_page
from .desk.submit import submit
from .judging.standins import stand_in

__all__ = ["check", "hint", "predicted", "progress", "stand_in", "start_page", "submit", "yours"]
