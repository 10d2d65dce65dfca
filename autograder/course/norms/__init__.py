"""Figures, stand-ins and experiments of the lesson on norms."""
