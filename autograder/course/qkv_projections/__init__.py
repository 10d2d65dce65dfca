"""Figures, stand-ins, the sentence and the training runs of the lesson on queries, keys and values."""
