"""Figures, stand-ins and experiments of the lesson on raw dot products."""
