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


def write(image, i, j, text, entry, fontsize=10):
    """Writes text on the square of an entry, in white or in ink: in what is easier to read on its colour."""
    red, green, blue, _ = image.cmap(image.norm(entry))
    light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2  # 0 to 1, as eyes see it
    ink = "white" if light < 0.215 else style.INK
    image.axes.text(j, i, text, ha="center", va="center", fontsize=fontsize, color=ink)


def matrix(axis, numbers, *, cmap, vmin, vmax, digits=2, rows=None, columns=None):
    """A matrix as coloured squares, each with its number written in it; `rows` and `columns` label them."""
    image = axis.imshow(numbers, cmap=cmap, vmin=vmin, vmax=vmax)
    for (i, j), entry in np.ndenumerate(numbers):
        write(image, i, j, minus(f"{entry:.{digits}f}"), entry)
    axis.set_xticks(range(numbers.shape[1]), columns if columns is not None else range(numbers.shape[1]))
    axis.set_yticks(range(numbers.shape[0]), rows if rows is not None else range(numbers.shape[0]))
