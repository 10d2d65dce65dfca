"""Figures, stand-ins and experiments of the lesson on scaled dot-product attention."""
