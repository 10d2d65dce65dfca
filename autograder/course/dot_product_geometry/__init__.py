"""Figures, stand-ins and word lists of the lesson on dot products."""
