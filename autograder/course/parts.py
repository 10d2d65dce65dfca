"""Parts that figures of several lessons are made of."""

import numpy as np

from . import style


def bars(axis, numbers, colour, hatch="", digits=2):
    """Bars with their numbers written on them, one for each key."""
    bars = axis.bar(range(len(numbers)), numbers, color=colour, hatch=hatch, edgecolor="white", width=0.75)
    axis.bar_label(bars, [minus(f"{x:.{digits}f}") for x in numbers], padding=2, fontsize=10)
    axis.axhline(0, color=style.NOTE, linewidth=0.8)
    axis.margins(y=0.16)
    axis.set_xticks(range(len(numbers)))


def minus(text):
    """A number as text, with a true minus sign and without a negative zero."""
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def matrix(axis, numbers, *, cmap, vmin, vmax, digits=2, rows=None, columns=None):
    """A matrix as coloured squares, each with its number written in it; `rows` and `columns` label them."""
    image = axis.imshow(numbers, cmap=cmap, vmin=vmin, vmax=vmax)
    for (i, j), entry in np.ndenumerate(numbers):
        red, green, blue, _ = image.cmap(image.norm(entry))
        dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
        axis.text(
            j, i, minus(f"{entry:.{digits}f}"), ha="center", va="center", fontsize=10, color="white" if dark else style.INK
        )
    axis.set_xticks(range(numbers.shape[1]), columns if columns is not None else range(numbers.shape[1]))
    axis.set_yticks(range(numbers.shape[0]), rows if rows is not None else range(numbers.shape[0]))
