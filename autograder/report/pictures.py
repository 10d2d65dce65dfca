"""Small pictures of a class as inline SVG: readable without colour, in dark pages, on paper and on a phone, with words for screen
readers. Colours are the page's (templates/report.css)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from .analyse import OUTCOMES, Correlation, Exercise

FEW = 12
"""Below this many scores each is drawn by itself: a histogram would show shapes that are not there."""

_CLASSES = {outcome: f"o{i}" for i, outcome in enumerate(OUTCOMES)}
_EMPTY = Markup()


def histogram(percents: Sequence[float]) -> Markup:
    """How a class's scores are spread, in percent of the points: one bar for each ten, or a dot for each of a few students."""
    percent = np.clip(percents, 0, 100)
    if not len(percent):
        return _EMPTY
    if len(percent) < FEW:
        marks, top = _dots(percent), 36
    else:
        counts = np.histogram(percent, bins=range(0, 101, 10))[0]
        marks = _EMPTY.join(_bar(i, int(count), int(counts.max())) for i, count in enumerate(counts))
        top = 104
    ticks = _EMPTY.join(
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(20 + 4.4 * t, top + 18, t)
        for t in range(0, 101, 20)
    )
    axis = Markup('<path class="ink" d="M20 {}H460"/>').format(top)
    return _svg(480, top + 24, f"Scores in percent. {in_words(percent)}", marks + axis + ticks, "histogram")


def _bar(i: int, count: int, highest: int) -> Markup:
    height = 84 * count / highest
    rect = Markup('<rect class="bar" x="{}" y="{}" width="40" height="{}"/>').format(
        22 + 44 * i, _r(104 - height), _r(height)
    )
    number = Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(42 + 44 * i, _r(99 - height), count or "")
    return rect + number


def _dots(percent: np.ndarray) -> Markup:
    """A dot for each, equal ones on top of each other."""
    heights: dict[int, int] = {}
    dots = []
    for value in percent:
        at = round(value / 3)  # dots that would overlap
        heights[at] = heights.get(at, 0) + 1
        dots.append(Markup('<circle class="bar" cx="{}" cy="{}" r="5"/>').format(_r(20 + 4.4 * value), 36 - 9 * heights[at]))
    return _EMPTY.join(dots)


def spread(percents: Sequence[float]) -> Markup:
    """The same in a line: quartiles as a box, the median as a thick line; of a few, a tick for each."""
    percent = np.clip(percents, 0, 100)
    if not len(percent):
        return _EMPTY
    axis = Markup('<path class="line" d="M2 10H122"/>')
    if len(percent) < FEW:
        marks = _EMPTY.join(Markup('<path class="thick" d="M{} 4V16"/>').format(_r(2 + 1.2 * p)) for p in percent)
    else:
        low, first, half, third, high = (_r(2 + 1.2 * p) for p in np.percentile(percent, [5, 25, 50, 75, 95]))
        marks = Markup(
            '<path class="ink" d="M{} 10H{}M{} 6V14M{} 6V14"/><rect class="bar" x="{}" y="3" width="{}" height="14"/>'
            '<path class="thick" d="M{} 1V19"/>'
        ).format(low, high, low, high, first, _r(third - first), half)
    return _svg(124, 20, in_words(percent), axis + marks, "spread")


def in_words(percent: Sequence[float]) -> str:
    low, half, high = np.percentile(percent, [25, 50, 75])
    if len(percent) < FEW:
        return f"From {min(percent):.0f} % to {max(percent):.0f} %."
    return f"Half of them are between {low:.0f} % and {high:.0f} %, the median is {half:.0f} %."


def profile(percents: Mapping[str, float | None]) -> Markup:
    """A student's scores lesson by lesson: a bar for each, and a cross where there is none. The keys are the lessons' titles."""
    bars, said = [], []
    for i, (title, percent) in enumerate(percents.items()):
        x = 14 * i + 2
        if percent is None:
            bars.append(Markup('<path class="ink" d="M{} 20l6 6m0 -6l-6 6"/>').format(x + 2))
        else:
            height = max(1.0, 0.25 * min(percent, 100))
            bars.append(
                Markup('<rect class="bar" x="{}" y="{}" width="10" height="{}"/>').format(x, _r(27 - height), _r(height))
            )
        said.append(f"{title}: {'none' if percent is None else f'{percent:.0f} %'}")
    width = 14 * len(percents) + 2
    axis = Markup('<path class="line" d="M0 27.5H{}"/>').format(width)
    return _svg(width, 29, "; ".join(said), _EMPTY.join(bars) + axis, "profile")


def outcomes(exercise: Exercise) -> Markup:
    """How many were right, partly right, wrong, not attempted, not graded, as parts of one bar."""
    total = sum(exercise.outcomes.values())
    parts, x = [], 0.0
    for outcome, n in exercise.outcomes.items():
        width = 200 * n / total if total else 0
        if n:
            parts.append(
                Markup('<rect class="{}" x="{}" y="1" width="{}" height="12"/>').format(
                    _CLASSES[outcome], _r(x + 0.5), _r(max(1, width - 1))
                )
            )
        x += width
    return _svg(200, 14, in_outcomes(exercise), _EMPTY.join(parts), "outcomes")


def in_outcomes(exercise: Exercise) -> str:
    return ", ".join(f"{n} {outcome}" for outcome, n in exercise.outcomes.items() if n)


def interval(d: Correlation) -> Markup:
    """A correlation from -1 to 1, and what chance leaves open."""
    low, high, at = (_r(60 + 58 * value) for value in (d.low, d.high, d.r))
    marks = Markup(
        '<path class="line" d="M60 1V13"/><path class="ink" d="M{} 7H{}"/><circle class="bar" cx="{}" cy="7" r="4"/>'
    )
    return _svg(120, 14, f"{d.r:.2f}, from {d.low:.2f} to {d.high:.2f}", marks.format(low, high, at), "interval")


def _r(value: float) -> float:
    return round(float(value), 1)


def _svg(width: int, height: int, says: str, inner: Markup, kind: str) -> Markup:
    return Markup(
        '<svg class="picture {}" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>'
    ).format(kind, says, width, height, width, height, inner)
