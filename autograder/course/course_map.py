"""The map of the course: the whole computation as a flow chart, with the pieces of one lesson lit.

`python -m autograder.course.course_map data/screenshots/course_map.svg` writes the picture that the README shows.
"""

import io
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from matplotlib import rc_context
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Line

from . import style
from .map_pieces import FRAMES, LESSONS, PIECES, SYMBOLS, SYMBOLS_AT, Frame, Lesson, Piece

WIDTH = 576  # points, the width of style.figure
LINE = 15  # from one line of text to the next
SHEET = {"mathtext.default": "regular", "savefig.dpi": 200, "svg.hashsalt": "map"}  # sharp at 200 %, the same each time
PALE = 0.75  # what is not lit keeps this share of its colour: still 3 : 1 on white


@dataclass(frozen=True)
class CourseMap:
    """The rows that a map is drawn from. Raises ValueError, which names the row, where they do not fit together."""

    pieces: tuple[Piece, ...] = PIECES
    lessons: tuple[Lesson, ...] = LESSONS
    frames: tuple[Frame, ...] = FRAMES

    def __post_init__(self):
        if faults := list(self._faults()):
            raise ValueError("\n".join(faults))

    def _faults(self):
        ids, numbers = [piece.id for piece in self.pieces], [lesson.number for lesson in self.lessons]
        known = f"is no piece. Take one of {', '.join(ids)}."
        for piece in self.pieces:
            row = f"Piece {piece.id!r}"
            if ids.count(piece.id) > 1:
                yield f"{row}: another has this id. Give each its own."
            if not str(getattr(style, piece.colour, "")).startswith("#"):
                yield f"{row}: style.py has no colour {piece.colour!r}. Take a name from there, such as 'Q'."
            for flow in piece.inflow:
                if flow.source not in ids:
                    yield f"{row}: its arrow comes from {flow.source!r}, which {known}"
                if not flow.shape.strip():
                    yield f"{row}: the arrow from {flow.source!r} has no shape. Write one, such as '(n, d_model)'."
            for number in set(piece.lessons) - set(numbers):
                yield f"{row}: there is no lesson {number}. Add its row, or take it out of this one."
        for frame in self.frames:
            yield from (f"Frame {frame.label!r}: {name!r} {known}" for name in frame.pieces if name not in ids)
        for lesson in self.lessons:
            if not self.lit(lesson.number):
                yield f"Lesson {lesson.number}, {lesson.title}: it lights nothing. Write it in the row of a piece."

    def lit(self, number):
        """The ids of the pieces that this lesson treats, or of all where the number is None."""
        return {piece.id for piece in self.pieces if number is None or number in piece.lessons}

    def lesson(self, number):
        """The row of a lesson, or None for None. Raises ValueError where there is no such lesson."""
        found = [lesson for lesson in self.lessons if lesson.number == number]
        if number is not None and not found:
            numbers = ", ".join(str(lesson.number) for lesson in self.lessons)
            raise ValueError(f"There is no lesson {number!r} on the map. Its lessons are {numbers}.")
        return found[0] if found else None


def box(piece):
    """(left, top, right, bottom) of a piece, in points from the top left of the picture."""
    (x, y), half = piece.place, 5.5 + LINE / 2 * (piece.label.count("\n") + 1)
    return x - piece.width / 2, y - half, x + piece.width / 2, y + half


def around(frame, pieces):
    """(left, top, right, bottom) of a frame: its pieces, a margin, and a line of text below them."""
    left, top, right, bottom = zip(*(box(piece) for piece in pieces if piece.id in frame.pieces), strict=True)
    return min(left) - 14, min(top) - 14, max(right) + 14, max(bottom) + 26


def route(source, target):
    """The corners of an arrow: straight where boxes lie above or beside each other, else sideways first, then down or up."""
    (left, top, right, bottom), (to_left, to_top, to_right, to_bottom) = box(source), box(target)
    (x, y), (to_x, to_y) = source.place, target.place
    start_y, end_y = (bottom, to_top) if to_y > y else (top, to_bottom)
    if max(left, to_left) < min(right, to_right):
        middle = x if source.width < target.width else to_x
        return [(middle, start_y), (middle, end_y)]
    start_x, end_x = (right, to_left) if to_x > x else (left, to_right)
    if max(top, to_top) < min(bottom, to_bottom):
        middle = y if bottom - top < to_bottom - to_top else to_y
        return [(start_x, middle), (end_x, middle)]
    return [(start_x, y), (to_x, y), (to_x, end_y)]


def _words(axis, x, y, text, **look):
    """Writes one line, the k of d_k as a subscript."""
    axis.text(x, y, re.sub(r"_([A-Za-z]+)", r"$_{\1}$", text), va="center_baseline", **look)


def _pale(colour, share):
    """This share of a colour, the rest white."""
    return to_hex([1 - share * (1 - part) for part in to_rgb(colour)])


def _rounded(axis, left, top, right, bottom, radius, **look):
    shape = f"round,pad=0,rounding_size={radius}"
    axis.add_patch(FancyBboxPatch((left, top), right - left, bottom - top, boxstyle=shape, **look))


def _pill(axis, x, y, text):
    half = 5 + 2.75 * len(text)
    _rounded(axis, x - half, y - 7, x + half, y + 7, 7, facecolor=style.INK, edgecolor="white", zorder=5)
    _words(axis, x, y, text, color="white", fontsize=9, weight="bold", ha="center", zorder=6)


def _draw_piece(axis, piece, lit, marks):
    colour, (x, y), lines = getattr(style, piece.colour), piece.place, piece.label.split("\n")
    bright = {"facecolor": _pale(colour, 0.12), "edgecolor": colour, "linewidth": 2.4}
    pale = {"facecolor": "white", "edgecolor": _pale(colour, PALE), "linewidth": 1}
    left, top, right, bottom = box(piece)
    _rounded(axis, left, top, right, bottom, 4, zorder=3, **(bright if lit else pale))
    for i, line in enumerate(lines):
        middle = y + LINE * (i - (len(lines) - 1) / 2)
        _words(axis, x, middle, line, color=style.INK if lit else style.NOTE, ha="center", zorder=4)
    if lit:
        _pill(axis, left - 1 + 2.75 * len(marks), top, marks)


def _draw_flow(axis, flow, source, target, lit):
    points, colour = route(source, target), getattr(style, source.colour)
    head = {"arrowstyle": "-|>,head_length=0.45,head_width=0.22", "mutation_scale": 12, "joinstyle": "miter"}
    look = {"color": colour, "linewidth": 1.8} if lit else {"color": _pale(colour, PALE), "linewidth": 1.1}
    axis.add_patch(FancyArrowPatch(path=Line(points), **head, **look))
    (x, y), (to_x, _) = points[-2:]
    x, y, side = (x + 5, y + 10, "left") if x == to_x else ((x + to_x) / 2, y + 9, "center")
    _words(axis, x, y, flow.shape, fontsize=10, color=style.INK if lit else style.NOTE, ha=side)


def _draw_frame(axis, frame, outline):
    look = {"facecolor": "none", "edgecolor": style.NOTE, "linewidth": 1, "linestyle": (0, (3, 3))}
    _rounded(axis, *outline, 8, **look)
    _words(axis, outline[0] + 14, outline[3] - 12, frame.label, color=style.NOTE)


def draw(axis, course_map, number=None, lit=None):
    """Draws the map on an axis that fills its figure. The ids in `lit` are lit; left out, the pieces of one lesson, or all."""
    lesson, lit = course_map.lesson(number), course_map.lit(number) if lit is None else lit
    by_id = {piece.id: piece for piece in course_map.pieces}
    for piece in course_map.pieces:
        for flow in piece.inflow:
            _draw_flow(axis, flow, by_id[flow.source], piece, {flow.source, piece.id} <= lit)
        _draw_piece(axis, piece, piece.id in lit, str(number or "·".join(map(str, piece.lessons))))
    outlines = [around(frame, course_map.pieces) for frame in course_map.frames]
    for frame, outline in zip(course_map.frames, outlines, strict=True):
        _draw_frame(axis, frame, outline)
    for i, (symbol, meaning) in enumerate(SYMBOLS.items()):
        x, y = SYMBOLS_AT[0], SYMBOLS_AT[1] + LINE * i
        _words(axis, x, y, symbol, fontsize=10, color=style.NOTE, ha="right")
        _words(axis, x + 8, y, meaning, fontsize=10, color=style.NOTE)
    if lesson:
        _pill(axis, *lesson.here, "you are here")
    height = max(bottom for *_, bottom in [*outlines, *map(box, course_map.pieces)]) + 8
    axis.figure.set_size_inches(WIDTH / 72, height / 72)
    axis.figure.set_layout_engine("none")
    axis.set(position=(0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))
    axis.axis("off")


WHOLE = (
    "The whole computation, from the input on. The numbers at a piece are the lessons that treat it. "
    "Beside each arrow stands the shape of what it carries."
)


def caption(course_map, number=None):
    """What to see on the map."""
    lesson = course_map.lesson(number)
    if lesson is None:
        return WHOLE
    here = f"You are here: lesson {number}, {lesson.title}, treats the pieces with a thick frame and a {number}."
    return f"{here} {lesson.caption}"


def alt(course_map, number=None):
    """The map in words: every piece with what flows into it, and which are lit."""
    names = {piece.id: piece.label.replace("\n", " ") for piece in course_map.pieces}
    steps = []
    for piece in course_map.pieces:
        sources = (f"{names[flow.source]} {flow.shape}" for flow in piece.inflow)
        steps.append(names[piece.id] + (f" from {' and '.join(sources)}" if piece.inflow else ""))
    lit = [names[piece.id] for piece in course_map.pieces if piece.id in course_map.lit(number)]
    here = f" You are here: {', '.join(lit)}." if number is not None else ""
    return f"Flow chart. {'; '.join(steps)}.{here}"


def show(lesson=None, course_map=None):
    """Displays the map with the pieces of one lesson lit and marked, or with all lit and each marked with its lessons."""
    course_map = course_map or CourseMap()
    with style.figure() as (fig, axis), rc_context(SHEET):
        draw(axis, course_map, lesson)
        style.show(fig, caption(course_map, lesson), alt(course_map, lesson))


@lru_cache
def learned(done):
    """HTML of the map for the start page: what the lessons with these numbers treat is lit. done : frozenset of int."""
    whole = CourseMap()
    lit = {piece.id for piece in whole.pieces if done.intersection(piece.lessons)}
    said = "What is lit is what your finished lessons treat." if lit else "Each lesson that you finish lights its pieces."
    with style.figure() as (fig, axis), rc_context(SHEET):
        draw(axis, whole, lit=lit)
        return style.card(fig, f"{WHOLE} {said}", f"{alt(whole)} {len(lit)} of {len(whole.pieces)} pieces are lit.")


def drawing():
    """The whole map as the text of an SVG file."""
    file = io.StringIO()
    with style.figure() as (fig, axis), rc_context(SHEET):
        draw(axis, CourseMap())
        fig.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawing(), encoding="utf-8")
