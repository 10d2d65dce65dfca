"""Figures, stand-ins and experiments of the multi-head attention lesson."""
