"""Figures, stand-ins and experiments of the softmax lesson."""
