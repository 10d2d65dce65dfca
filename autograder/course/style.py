"""One look for every figure of the course.

A figure is a white card with its caption inside, so it reads the same on a light and on a dark page: colours keep their
meaning, and "dark" in a caption is dark. Colours are Okabe and Ito's, darkened until text in them is easy to read on white and
until colour-blind eyes tell any two apart. None carries a meaning alone: lines are also labelled, dashed or marked.
"""

import base64
import html
import io
from contextlib import contextmanager

from IPython.display import display
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

# The same in every lesson.
Q = "#0072B2"  # blue: queries
K = "#C85200"  # vermilion: keys
V = "#00815F"  # green: values
V_PALE = "#D5EFE6"  # what values span
SCORES = "#6B7280"  # grey: before the softmax
WEIGHTS = "#84286A"  # purple: after the softmax
OTHER = "#6E4B00"  # brown: what a lesson compares with
NOTE = "#4B5563"  # reference lines and remarks

INK = "#1F2328"


def shades(colour):
    """From white to a colour, for numbers from 0 up."""
    return LinearSegmentedColormap.from_list("", ["white", colour])


DIVERGING = "PuOr"  # below 0 and above 0, also for colour-blind eyes
SEQUENTIAL = LinearSegmentedColormap.from_list("", [(0, "white"), (0.75, WEIGHTS), (1, "#3A0F2E")])  # weights: from 0 to 1

#: Colour, line style and marker of several curves of one kind, in this order. The colours of Q, K and V are kept out.
LINES = [(INK, "-", "o"), (WEIGHTS, "--", "s"), (OTHER, "-.", "^"), (SCORES, (0, (4, 1, 1, 1, 1, 1)), "D")]

_SHEET = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": NOTE,
    "axes.labelcolor": INK,
    "axes.titlesize": 11.5,
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": NOTE,
    "ytick.color": NOTE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": "#E5E7EB",
    "lines.linewidth": 2.2,
    "lines.markersize": 6,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.08,
    "savefig.dpi": 200,  # of the pictures inside a drawing
    "svg.hashsalt": "figure",  # the same each time
}

_CARD = "box-sizing:border-box;margin:4px 0;max-width:42rem;padding:12px 16px;background:#fff;border:1px solid #d0d7de;border-radius:8px"
_CAPTION = f"margin-top:8px;font-size:14px;line-height:1.45;color:{INK};text-align:left"


@contextmanager
def figure(columns=1, height=3.2, **subplots):
    """A new figure in the course's style, at notebook width: gives (fig, axes). Draw and `show` inside the with block."""
    with rc_context(_SHEET):
        fig = Figure(figsize=(8, height), layout="compressed")
        yield fig, fig.subplots(1, columns, **subplots)


def card(fig, caption, alt):
    """The figure as one piece of HTML: the picture, its alt text, and the caption that says what to see."""
    svg = io.BytesIO()  # sharp at any size, and smaller than a picture of pixels that is sharp at 200 %
    fig.savefig(svg, format="svg", metadata={"Date": None})
    data = base64.b64encode(svg.getvalue()).decode()
    return (
        f'<figure style="{_CARD}">'
        f'<img style="width:100%" src="data:image/svg+xml;base64,{data}" alt="{html.escape(alt)}">'
        f'<figcaption style="{_CAPTION}">{html.escape(caption)}</figcaption></figure>'
    )


def shown(fig, caption, alt):
    """What displays the figure, by MIME type; where there is no HTML, its caption."""
    return {"text/html": card(fig, caption, alt), "text/plain": caption}


def show(fig, caption, alt):
    """Displays the figure."""
    display(shown(fig, caption, alt), raw=True)


def controls(box, what):
    """Displays widgets; where there are none, the words say `what` they would do, and the pictures above them stay."""
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}  # as every ipywidgets, 7 and 8, reads it
    text = f"({what} With a running kernel, the controls are here.)"
    display({"application/vnd.jupyter.widget-view+json": view, "text/plain": text}, raw=True)
