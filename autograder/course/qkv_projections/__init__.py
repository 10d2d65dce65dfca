"""Figures, stand-ins, the sentence, the training runs and rotary positions of the lesson on queries, keys and values."""
