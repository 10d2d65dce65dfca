"""Pictures of a class as inline SVG: readable without colour, in dark pages and on paper, with words for screen readers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from html import escape

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from .analyse import OUTCOMES, Assignment, Exercise, Mistake

INK = "#010203"
"""Stands for the page's own text colour, which takes its place in the SVG."""

FILLS = {"right": ("#3b8f6b", ""), "partly right": ("#8fc7ae", "///"), "wrong": ("#d98a4e", "xx"),
         "not attempted": ("#b9bec6", "."), "not graded yet": ("none", "\\\\")}  # fmt: skip
BAR = "#5b8db8"

FEW = 12
"""Below this many scores each is drawn by itself: a histogram would show shapes that are not there."""

MOST_BARS = 12
MOST_DOTS = 400

_SHEET = {
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.size": 10.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
    "hatch.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.parse_math": False,  # names may hold a $
}


def scores(a: Assignment, name: str) -> str:
    """How the class's scores are spread, in percent of the points."""
    percent = 100 * np.clip(list(a.shares.values()), 0, 1)

    def draw(ax: Axes) -> None:
        ax.set(xlim=(0, 100), xticks=range(0, 101, 10), xlabel="score, in percent of the points graded so far")
        if len(percent) < FEW:
            places = _stacked(np.round(percent))
            ax.plot(np.round(percent), places, "o", color=BAR, markeredgecolor=INK, markersize=9, clip_on=False)
            ax.set(ylim=(0, max(places, default=0) + 1), yticks=[])
            ax.spines["left"].set_visible(False)
        else:
            counts, _, bars = ax.hist(percent, bins=range(0, 101, 10), color=BAR, edgecolor=INK, linewidth=0.8)
            ax.bar_label(bars, [f"{n:.0f}" if n else "" for n in counts], padding=2)
            ax.set(ylabel="students", ylim=(0, counts.max() * 1.15))
            ax.yaxis.get_major_locator().set_params(integer=True)

    description = f"{len(percent)} submissions. " + (_in_words(percent) if len(percent) else "")
    return _svg(name, "Scores", description, draw, 1.4 if len(percent) < FEW else 2.6)


def outcomes(exercises: Sequence[Exercise], name: str) -> str:
    """For each exercise, how many were right, partly right, wrong, not attempted."""
    rows = list(exercises)[::-1]
    used = [o for o in OUTCOMES if any(e.outcomes[o] for e in rows)]

    def draw(ax: Axes) -> None:
        left = np.zeros(len(rows))
        total = max(sum(e.outcomes.values()) for e in rows)
        for outcome in used:
            counts = np.array([e.outcomes[outcome] for e in rows])
            colour, hatch = FILLS[outcome]
            bars = ax.barh(range(len(rows)), counts, left=left, color=colour, hatch=hatch, edgecolor=INK, linewidth=0.8,
                           label=outcome)  # fmt: skip
            for bar, count in zip(bars, counts, strict=True):
                if count >= 0.04 * total:  # what does not fit is in the table
                    _number_on(ax, bar, count)
            left += counts
        ax.set(yticks=range(len(rows)), yticklabels=[e.name for e in rows], xlim=(0, total), xlabel="submissions")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.figure.legend(loc="outside upper left", ncols=len(used), frameon=False, handlelength=1.6, columnspacing=1.2)

    description = " ".join(
        f"{e.name}: " + ", ".join(f"{e.outcomes[o]} {o}" for o in used if e.outcomes[o]) + "." for e in exercises
    )
    return _svg(name, "What came of each exercise", description, draw, 0.9 + 0.34 * len(rows))


def mistakes(ranked: Sequence[Mistake], name: str) -> str:
    """The most common mistakes, by how many made them."""
    rows = list(ranked)[:MOST_BARS][::-1]

    def draw(ax: Axes) -> None:
        bars = ax.barh(range(len(rows)), [len(m.students) for m in rows], color=BAR, edgecolor=INK, linewidth=0.8)
        ax.bar_label(bars, [f"{len(m.students)} of {m.n}" for m in rows], padding=4)
        ax.set(yticks=range(len(rows)), yticklabels=[f"{m.exercise}: {m.name}" for m in rows], xlabel="submissions",
               xlim=(0, 1.2 * max(len(m.students) for m in rows)))  # fmt: skip
        ax.xaxis.get_major_locator().set_params(integer=True)

    description = " ".join(f"{m.exercise}, {m.name}: {len(m.students)} of {m.n}." for m in rows[::-1])
    return _svg(name, "The most common mistakes", description, draw, 0.6 + 0.32 * len(rows))


def discriminations(exercises: Sequence[Exercise], name: str) -> str:
    """Each exercise's discrimination, which it must have, with its 95 % interval."""
    rows = exercises[::-1]

    def draw(ax: Axes) -> None:
        for i, e in enumerate(rows):
            d = e.discrimination
            ax.plot([d.low, d.high], [i, i], color=INK, linewidth=1.4)
            ax.plot(d.r, i, "o", color=BAR, markeredgecolor=INK, markersize=8)
        ax.axvline(0, color=INK, linewidth=0.8, linestyle=":")
        low = min(0, *(e.discrimination.low for e in rows)) - 0.05
        ax.set(yticks=range(len(rows)), yticklabels=[e.name for e in rows], xlim=(low, 1), ylim=(-0.6, len(rows) - 0.4),
               xlabel="correlation with the score on all the rest, and its 95 % interval")  # fmt: skip

    description = " ".join(
        f"{e.name}: {e.discrimination.r:.2f}, from {e.discrimination.low:.2f} to {e.discrimination.high:.2f}."
        for e in rows[::-1]
    )
    return _svg(name, "Discrimination", description, draw, 0.7 + 0.32 * len(rows))


def overview(assignments: Sequence[Assignment], name: str) -> str:
    """Each assignment's scores, side by side: every student a dot (where they can be told apart), the median and quartiles."""
    rows = [a for a in assignments if a.shares][::-1]
    spread = np.random.default_rng(0)

    def draw(ax: Axes) -> None:
        for i, a in enumerate(rows):
            percent = 100 * np.clip(list(a.shares.values()), 0, 1)
            if len(percent) <= MOST_DOTS:
                ax.plot(percent, i + spread.uniform(-0.22, 0.22, len(percent)), "o", color=BAR, markersize=4, alpha=0.6)
            if len(percent) >= FEW:
                lines = {part: {"color": INK} for part in ("boxprops", "whiskerprops", "capprops")}
                ax.boxplot([percent], positions=[i], orientation="horizontal", widths=0.6, showfliers=False,
                           manage_ticks=False, medianprops={"color": INK, "linewidth": 2.5}, **lines)  # fmt: skip
        ax.set(yticks=range(len(rows)), yticklabels=[a.name for a in rows], xlim=(-2, 102), ylim=(-0.6, len(rows) - 0.4),
               xlabel="score, in percent of the points graded so far")  # fmt: skip

    description = " ".join(
        f"{a.name}: {len(a.shares)} submissions. {_in_words(100 * np.clip(list(a.shares.values()), 0, 1))}"
        for a in rows[::-1]
    )
    return _svg(name, "Scores of each assignment", description, draw, 0.7 + 0.5 * len(rows))


def _in_words(percent: np.ndarray) -> str:
    low, half, high = np.percentile(percent, [25, 50, 75])
    if len(percent) < FEW:
        return f"From {percent.min():.0f} % to {percent.max():.0f} %."
    return f"Half of them are between {low:.0f} % and {high:.0f} %, the median is {half:.0f} %."


def _stacked(values: np.ndarray) -> list[float]:
    """A height for each dot, so that equal ones stand on each other."""
    counts: dict[float, int] = {}
    heights = []
    for value in values:
        at = round(value / 3)  # dots that would overlap
        heights.append(counts.get(at, 0) + 0.5)
        counts[at] = counts.get(at, 0) + 1
    return heights


def _number_on(ax: Axes, bar: object, count: int) -> None:
    x, y = bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2
    box = {"boxstyle": "round,pad=0.15", "facecolor": "#ffffff", "edgecolor": "none"}
    ax.text(x, y, str(count), ha="center", va="center", fontsize=9.5, color="#111111", bbox=box)


def _svg(name: str, title: str, description: str, draw: Callable[[Axes], None], height: float) -> str:
    """The picture as SVG to put into a page. `name` keeps its ids apart from those of other pictures."""
    with rc_context(_SHEET | {"svg.hashsalt": name}):
        fig = Figure(figsize=(8.4, height), layout="constrained")
        draw(fig.add_subplot())
        out = io.StringIO()
        FigureCanvasSVG(fig).print_svg(out, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="\w+_\d+">', "<g>", svg)
    for used in set(re.findall(r'\bid="([^"]+)"', svg)):
        svg = svg.replace(f'"{used}"', f'"{name}-{used}"').replace(f"#{used})", f"#{name}-{used})").replace(f'"#{used}"', f'"#{name}-{used}"')  # fmt: skip
    head = f'<svg class="picture" role="img" aria-labelledby="{name}-t {name}-d"'
    words = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
    opened, rest = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]+"', opened).group()
    return f'{head} {box} xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{words}{rest}'


def of_assignment(a: Assignment, name: str) -> dict[str, str]:
    """All pictures of an assignment, by what they show; "" for what would be empty."""
    rated = [e for e in a.exercises if e.discrimination]
    return {
        "scores": scores(a, f"{name}-scores") if a.shares else "",
        "outcomes": outcomes(a.exercises, f"{name}-outcomes") if a.exercises else "",
        "mistakes": mistakes(a.mistakes, f"{name}-mistakes") if a.mistakes else "",
        "discrimination": discriminations(rated, f"{name}-discrimination") if rated else "",
    }
