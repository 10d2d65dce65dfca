"""Figures of the lesson on scaled dot-product attention. Each takes the numbers that the notebook computed."""

import numpy as np
import torch

from .. import style
from ..parts import bars, matrix, minus, write


def score_variance(d_ks, measured, formula):
    """The variance of scores against d_k, measured and by formula; both map each mean of the entries to a curve."""
    with style.figure(height=3.4) as (fig, axis):
        for (mean, points), (colour, dashes, marker) in zip(measured.items(), style.LINES, strict=False):
            axis.plot(d_ks, formula[mean], color=colour, linestyle=dashes)
            axis.plot(d_ks, points, color=colour, linestyle="", marker=marker, fillstyle="none", markersize=9)
            axis.annotate(
                f"mean {mean:g}",
                (d_ks[-1], formula[mean][-1]),
                (10, 0),
                textcoords="offset points",
                color=colour,
                va="center",
            )
        axis.set(xscale="log", yscale="log", xlabel="d_k", ylabel="variance of q · k", xlim=(None, d_ks[-1] * 1.9))
        axis.set_xticks(d_ks, [f"{d:g}" for d in d_ks])
        axis.minorticks_off()
        axis.yaxis.set_major_formatter("{x:g}")
        axis.grid(axis="y")
        off = max(abs(np.asarray(measured[m]) / np.asarray(formula[m]) - 1).max() for m in measured)
        caption = (
            "Lines: the formula. Open markers: measured. Both grow in proportion to d_k, and entries of another mean only move "
            f"the line up. No measured variance is off by more than {off:.0%}."
        )
        style.show(fig, caption, "Two parallel rising lines on logarithmic axes, with measured points on them.")


def jacobian_by_length(d_ks, norms):
    """The median size of the softmax Jacobian against d_k; `norms` maps "raw" and "scaled" to curves."""
    with style.figure(height=3.4) as (fig, axis):
        for (name, curve), (colour, dashes, marker) in zip(norms.items(), _LOOKS, strict=True):
            axis.plot(d_ks, curve, color=colour, linestyle=dashes, marker=marker, label=name)
        axis.legend(frameon=False, title="scores", handlelength=3.5, loc="lower left")
        axis.set(xscale="log", ylim=(-0.01, None), xlabel="d_k", ylabel="median ‖J‖")
        axis.set_xticks(d_ks, [f"{d:g}" for d in d_ks])
        axis.minorticks_off()
        _mark_64(axis)
        raw, scaled = (np.asarray(norms[name]) for name in ("raw", "scaled"))
        larger = [d for d, a, b in zip(d_ks, raw, scaled, strict=True) if a > b]
        caption = (
            f"Raw scores: ‖J‖ rises to {raw.max():.2f} at d_k = {d_ks[raw.argmax()]} and then falls, to {raw[-1]:.4f} at the "
            f"right end. From d_k = {min(larger)} to {max(larger)} it is larger than with scaled scores. Scaled scores: between "
            f"{scaled.min():.2f} and {scaled.max():.2f}, whatever d_k is."
        )
        style.show(fig, caption, "Two curves over d_k: one rises and falls towards 0, the other stays level.")


_LOOKS = [(style.SCORES, "-", "o"), (style.WEIGHTS, "--", "s")]


def _mark_64(axis):
    """The width at which the size of the whole Jacobian and the success of training part."""
    axis.axvline(64, color=style.NOTE, linewidth=1.0, linestyle=":")


def lookups(results, xs, xlabel):
    """Shares of right answers, a point for each run; `results` maps "raw" and "scaled" to an array (xs, seeds)."""
    with style.figure(height=3.2) as (fig, axis):
        for (name, runs), (colour, dashes, marker), size in zip(results.items(), _LOOKS, (12, 6), strict=True):
            runs = np.asarray(runs)  # the first kind's markers are larger, so that both show where they coincide
            axis.plot(xs, runs.mean(-1), color=colour, linestyle=dashes)
            axis.plot([], [], color=colour, linestyle=dashes, marker=marker, fillstyle="none", label=name)
            for run in runs.T:
                axis.plot(xs, run, color=colour, linestyle="", marker=marker, fillstyle="none", markersize=size)
        axis.axhline(1 / 8, color=style.NOTE, linewidth=1.2, linestyle=":")
        axis.text(xs[0], 0.135, "guessing", color=style.NOTE, va="bottom", fontsize=10)
        axis.legend(frameon=False, title="scores", handlelength=3.5, loc="center right")
        axis.set(xscale="log", ylim=(0, 1.06), xlabel=xlabel, ylabel="share of right answers")
        axis.set_xticks(xs, [f"{x:g}" for x in xs])
        axis.minorticks_off()
        if 64 in xs:
            _mark_64(axis)
        raw, scaled = (np.asarray(results[name]) for name in ("raw", "scaled"))
        caption = (
            f"One marker for each run, lines through their means. Raw scores: {_span(raw)}. Scaled scores: {_span(scaled)}."
        )
        style.show(fig, caption, f"Share of right answers against {xlabel}, for raw and for scaled scores.")


def _span(shares):
    low, high = f"{shares.min():.2f}", f"{shares.max():.2f}"
    return f"{low} in every run" if low == high else f"from {low} to {high}"


def three_ways_to_block(rows, blocked):
    """The weights of one row under several ways to block a key; `rows` maps the way to the weights."""
    with style.figure(len(rows), height=3.2, sharey=True) as (fig, axes):
        for axis, (name, weights) in zip(axes, rows.items(), strict=True):
            bars(axis, weights, style.WEIGHTS)
            axis.patches[blocked].set(facecolor=style.OTHER, hatch="///", edgecolor="white")
            axis.set_xticks(range(len(weights)), [f"{j}\nblocked" if j == blocked else str(j) for j in range(len(weights))])
            axis.set_title(f"{name}\nsum {minus(f'{sum(weights):.2f}')}")
            axis.set_xlabel("key")
        axes[0].set_ylabel("weight")
        caption = (
            f"Key {blocked} is blocked. Only on the left is its weight 0 while the others sum to 1. In the "
            f"middle it has {max(w[blocked] for w in rows.values()):.2f} of all weight. On the right the others do not get its "
            "share back."
        )
        style.show(fig, caption, f"Bar charts of weights for {len(rows)} ways to block a key.")


def masks(titles, tables):
    """Masks (n_q, n_k) side by side, a filled square where attending is allowed; the queries are the last n_q positions."""
    tables = [np.asarray(table) for table in tables]
    with style.figure(len(tables), height=2.9, sharey=True) as (fig, axes):
        for axis, title, table in zip(axes, titles, tables, strict=True):
            axis.set_facecolor(_NOTHING)
            _yes_no(axis, table, first=table.shape[1] - len(table))
            axis.set_title(title)
            axis.set(xlabel="key j", ylim=(table.shape[1] - 0.5, -0.5))
        axes[0].set_ylabel("query i")
        caption = (
            "Filled squares with a dot are True: query i may attend to key j. Combined with &, both masks must allow a pair. "
            + " ".join(f"{title}: {t.sum()} of {t.size} pairs." for title, t in zip(titles, tables, strict=True))
            + (" Grey rows without squares: no query stands there." if any(len(t) < t.shape[1] for t in tables) else "")
        )
        style.show(fig, caption, "Square tables of allowed and blocked pairs of query and key.")


_NOTHING = "#E5E7EB"  # where there is no number to show


def _yes_no(axis, table, first=0):
    """Squares for True and False, the rows numbered from `first` on."""
    rows, columns = first + np.arange(len(table)), np.arange(table.shape[1])
    extent = (-0.5, columns[-1] + 0.5, rows[-1] + 0.5, first - 0.5)
    axis.imshow(table, cmap=style.SEQUENTIAL, vmin=0, vmax=3, extent=extent)  # light enough for a dot
    for (i, j), allowed in np.ndenumerate(table):
        if allowed:
            axis.plot(j, first + i, marker="o", color=style.INK, markersize=4)
    axis.set_xticks(columns)
    axis.set_yticks(rows)
    axis.hlines([first - 0.5, *(rows + 0.5)], *extent[:2], color="#D1D5DB", linewidth=0.8)
    axis.vlines([-0.5, *(columns + 0.5)], *extent[2:], color="#D1D5DB", linewidth=0.8)


def dependence(attentions, n=8):
    """Which outputs move when one position is redrawn; `attentions` maps a title to a function of (q, k, v)."""
    with style.figure(len(attentions), height=3.5) as (fig, axes):
        above = {}
        for axis, (title, attention) in zip(axes, attentions.items(), strict=True):
            moved = _moved(attention, n)
            above[title] = int(np.triu(moved, 1).sum())
            _yes_no(axis, moved)
            axis.plot([-0.5, n - 0.5], [-0.5, n - 0.5], color=style.INK, linewidth=1.8, linestyle="--")
            axis.set_title(title)
            axis.set(xlabel="redrawn position j")
        axes[0].set_ylabel("output i")
        said = "; ".join(f"{title}: {count}" for title, count in above.items())
        caption = (
            "A filled square with a dot: output i moved when q, k and v of position j were redrawn. Squares above the dashed "
            f"diagonal are the future. How many moved there: {said}."
        )
        style.show(fig, caption, "Tables of which output depends on which position, with a dashed diagonal.")


def _moved(attention, n):
    real, other = torch.randn(2, 3, n, 8, generator=torch.Generator().manual_seed(3))  # (3, n, d) each
    before = attention(*real)  # (n, d)
    moved = []
    for j in range(n):
        changed = real.clone()
        changed[:, j] = other[:, j]
        moved.append((attention(*changed) - before).abs().amax(-1) > 1e-5)  # (n,)
    return torch.stack(moved, -1).numpy()  # (n, n)


def recap(scores, scaled, allowed, weights, v, output):
    """One small attention from scores to outputs, step by step."""
    blocked = np.where(allowed, scaled, -np.inf)
    span, reach = float(np.abs(scores).max()), float(np.abs(v).max())
    with style.figure(5, height=2.8, width_ratios=[4, 4, 4, 2, 2]) as (fig, axes):
        _numbers(axes[0], scores, cmap=style.DIVERGING, vmin=-span, vmax=span)
        _numbers(axes[1], blocked, cmap=style.DIVERGING, vmin=-span, vmax=span)
        matrix(axes[2], weights, cmap=style.SEQUENTIAL, vmin=0, vmax=1, digits=2)
        for axis, numbers in ((axes[3], v), (axes[4], output)):
            _numbers(axis, numbers, cmap=style.DIVERGING, vmin=-reach, vmax=reach)
        for axis, title in zip(axes, ("scores Q Kᵀ", "÷ √d_k, mask", "weights", "V", "output"), strict=True):
            axis.set_title(title)
        for axis, label in zip(axes, ("key", "key", "key", "column", "column"), strict=True):
            axis.set_xlabel(label)
        for axis, label in zip(axes, ("query", "", "", "key", "query"), strict=True):
            axis.set_ylabel(label)
        caption = (
            f"Dividing by √d_k takes the standard deviation of these scores from {scores.std():.1f} to {scaled.std():.1f}; the mask "
            "sets the future to −∞. Softmax makes each row shares that sum to 1. Weights times V are the output: query 0 sees "
            "key 0 alone, so its output is the first row of V."
        )
        style.show(fig, caption, "Five small tables of numbers: scores, scaled and masked scores, weights, values, outputs.")


def _numbers(axis, numbers, **look):
    """A matrix that may hold minus infinity, shown as −∞ on grey."""
    axis.set_facecolor(_NOTHING)
    finite = np.isfinite(numbers)
    image = axis.imshow(np.ma.masked_where(~finite, numbers), **look)
    for (i, j), entry in np.ndenumerate(numbers):
        write(image, i, j, minus(f"{entry:.1f}") if finite[i, j] else "−∞", entry if finite[i, j] else 0)
    axis.set_xticks(range(numbers.shape[1]))
    axis.set_yticks(range(numbers.shape[0]))
