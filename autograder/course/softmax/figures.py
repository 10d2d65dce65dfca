"""Figures of the softmax lesson. Each takes the numbers that the notebook computed, and shows one picture with its caption."""

import numpy as np
from matplotlib.tri import Triangulation

from .. import style
from ..parts import bars, matrix, minus


def scores_to_weights(scores, divided, weights):
    """One row of scores, the scores divided by their sum, and the weights that softmax gives them."""
    panels = [
        ("scores", scores, style.SCORES, "", 1),
        ("scores ÷ their sum", divided, style.OTHER, "//", 1),
        ("weights: softmax", weights, style.WEIGHTS, "", 2),
    ]
    with style.figure(3, height=3.0) as (fig, axes):
        for axis, (title, numbers, colour, hatch, digits) in zip(axes, panels, strict=True):
            bars(axis, numbers, colour, hatch, digits)
            axis.set_title(title)
            axis.set_xlabel("key")
        total, low, high = (minus(f"{x:.2f}") for x in (scores.sum(), divided.min(), divided.max()))
        caption = (
            f"The scores have both signs and add up to {total}, so dividing by that sum gives numbers from {low} to {high}"
            f"{', in reversed order' if scores.sum() < 0 else ''}. Softmax gives weights that keep the order of the scores."
        )
        style.show(fig, caption, f"Three bar charts over {len(scores)} keys: scores, scores divided by their sum, weights.")


def sharpening(temperatures, weights, scores):
    """The weights of a few positive scores against temperature, beside what dividing by the sum gives."""
    with style.figure(height=3.8) as (fig, axis):
        end = temperatures[-1] * 1.12
        for share in scores / scores.sum():
            axis.axhline(share, color=style.NOTE, linewidth=0.9, linestyle=(0, (2, 3)))
            axis.text(end, share, f"{share:.1f}", color=style.NOTE, va="center", fontsize=10)
        axis.text(end, (scores / scores.sum()).max() + 0.07, "score ÷ sum", color=style.NOTE, va="center", fontsize=10)
        order = scores.argsort()[::-1]
        for i, (colour, dashes, marker) in zip(order, style.LINES, strict=False):
            look = {"color": colour, "linestyle": dashes, "marker": marker}
            axis.plot(temperatures, weights[:, i], label=f"score {scores[i]:g}", markevery=5, **look)
        axis.legend(frameon=False, loc="upper right", title="weight of", handlelength=3.5)
        axis.set(xscale="log", xlim=(temperatures[0], temperatures[-1]), ylim=(-0.03, 1.03))
        axis.set(xlabel="temperature", ylabel="weight")
        axis.xaxis.set_major_formatter("{x:g}")
        caption = (
            "From left to right the weights go from all on the largest score to equal shares. The curves never cross. "
            "Thin dotted lines: the scores divided by their sum. Where the top curve is below the top dotted line, softmax "
            "is the flatter of the two."
        )
        style.show(fig, caption, "Four curves of weight against temperature, and four dotted level lines to compare with.")


def entropy_curve(temperatures, entropies, n):
    """The entropy of the weights against temperature."""
    with style.figure(height=3.0) as (fig, axis):
        axis.plot(temperatures, entropies, color=style.WEIGHTS)
        axis.axhline(np.log(n), color=style.NOTE, linewidth=1.2, linestyle="--")
        axis.text(temperatures[0], np.log(n), f" log {n} = {np.log(n):.2f}: equal weights", va="bottom", color=style.NOTE)
        axis.set(xscale="log", ylim=(-0.05, np.log(n) * 1.18), xlabel="temperature", ylabel="entropy of the weights (nats)")
        axis.xaxis.set_major_formatter("{x:g}")
        keys = axis.secondary_yaxis("right")
        keys.set_yticks(np.log(np.arange(1, n + 1)), [f"{i}" for i in range(1, n + 1)])
        keys.set_ylabel("$e^H$: keys with equal weights")
        caption = (
            f"Entropy only rises with temperature: from near 0, where one weight has nearly everything, to log {n}, where all "
            "weights are equal. The scale on the right reads the same curve as a number of keys."
        )
        style.show(fig, caption, "A curve of entropy against temperature that rises from 0 and levels off at log n.")


def temperature_slider(scores, softmax_with_temperature, entropy, temperatures=(0.25, 1.0, 4.0)):
    """The weights at a few temperatures side by side, then a slider to choose the temperature."""
    import ipywidgets as widgets

    def weights_at(axis, temperature):
        weights = softmax_with_temperature(scores, temperature)
        bars(axis, weights, style.WEIGHTS)
        axis.set(ylim=(0, 1.12), xlabel="key", ylabel="weight")
        numbers = f"entropy {entropy(weights):.2f}, largest weight {weights.max():.2f}"
        return numbers

    with style.figure(len(temperatures), height=3.4, sharey=True) as (fig, axes):
        for axis, temperature in zip(axes, temperatures, strict=True):
            numbers = weights_at(axis, temperature)
            axis.set_title(f"temperature {temperature:g}\n" + numbers.replace(", ", "\n"))
            axis.label_outer()
        caption = (
            "The same scores at three temperatures. The order of the bars never changes. The lower the temperature, the more weight the first one "
            "has. "
            "With a running kernel, a slider below lets you choose the temperature."
        )
        style.show(fig, caption, "Three bar charts of the same weights: sharp, in between, and nearly equal.")

    slider = widgets.FloatLogSlider(value=1, min=-1, max=2, step=0.02, description="temperature", readout_format=".2f")
    slider.style.description_width = "initial"
    slider.layout = {"width": "100%", "max_width": "520px"}
    picture = widgets.HTML()

    def redraw(change=None):
        with style.figure(height=3.0) as (fig, axis):
            numbers = weights_at(axis, slider.value)
            caption = f"Scores {', '.join(minus(f'{s:g}') for s in scores)} at temperature {slider.value:.2f}: {numbers}."
            picture.value = style.card(fig, caption, f"Bar chart. {caption}")

    slider.observe(redraw, "value")
    redraw()
    style.controls(widgets.VBox([slider, picture]), "The weights at a temperature of your choice.")


def fading_gap(lengths, weights):
    """The weight of one leading score against the number of scores; `weights` maps each gap to a curve."""
    with style.figure(height=3.4) as (fig, axis):
        for (gap, curve), (colour, dashes, marker) in zip(weights.items(), style.LINES, strict=False):
            axis.plot(lengths, curve, color=colour, linestyle=dashes, marker=marker)
            at = int(np.abs(curve - 0.5).argmin())
            axis.annotate(f"gap {gap}", (lengths[at], curve[at]), (8, 6), textcoords="offset points", color=colour)
        axis.set(xscale="log", ylim=(-0.03, 1.08), xlabel="number of scores, n", ylabel="weight of the leading score")
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.grid(axis="y")
        caption = (
            "One score leads all the others by a fixed gap. Its weight falls towards 0 as n grows, whatever the gap. "
            "A larger gap only moves the fall to the right."
        )
        style.show(
            fig,
            caption,
            "One falling curve for each gap: weight of the leading score against n. The larger the gap, the later it falls.",
        )


def convex_hull(values, outputs, without):
    """Outputs with and without softmax, and the hull of the values (two coordinates each)."""
    hull = Triangulation(*values.T)
    inside = [int((hull.get_trifinder()(*points.T) >= 0).sum()) for points in (outputs, without)]
    with style.figure(height=4.2) as (fig, axis):
        for triangle in hull.triangles:
            axis.fill(*values[triangle].T, color=style.V_PALE)
        axis.scatter(*without.T, marker="x", color=style.SCORES, s=38, label="scores @ v / n")
        axis.scatter(*outputs.T, color="none", edgecolor=style.WEIGHTS, s=44, linewidth=1.6, label="weights @ v")
        axis.scatter(*values.T, marker="s", color=style.V, s=64, label="values v")
        axis.set(xlabel="first coordinate", ylabel="second coordinate")
        fig.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False)
        caption = (
            f"Shaded: every average of the values that weights can make. Of {len(outputs)} outputs, {inside[0]} lie inside "
            f"when the weights come from softmax, and {inside[1]} when scores divided by n take their place."
        )
        style.show(fig, caption, "Scatter plot: circles inside the polygon spanned by the values, crosses spread around it.")


def jacobians(titles, jacobians):
    """A few softmax Jacobians side by side, with their entries."""
    with style.figure(len(titles), height=3.6) as (fig, axes):
        for axis, title, jacobian in zip(axes, titles, jacobians, strict=True):
            matrix(axis, jacobian, cmap=style.DIVERGING, vmin=-0.5, vmax=0.5, digits=3)
            axis.set_title(f"{title}\n‖J‖ = {np.linalg.norm(jacobian):.3f}")
            axis.set(xlabel="score j", ylabel="weight i")
            axis.label_outer()
        caption = (
            "Row i, column j: how much weight i moves when score j is raised. Each row and column adds up to 0 (but for "
            "rounding): what one weight gains the others lose. On the right one weight has nearly everything, and almost nothing moves."
        )
        style.show(fig, caption, "Three 4 by 4 matrices of numbers; the last is all zeros to three decimals.")


def jacobian_norm(scales, norms):
    """The size of the softmax Jacobian against the scale of the scores; `norms` maps each n to a curve."""
    with style.figure(height=3.4) as (fig, axis):
        for (n, curve), (colour, dashes, marker) in zip(norms.items(), style.LINES, strict=False):
            axis.plot(scales, curve, color=colour, linestyle=dashes, marker=marker)
            axis.annotate(f"n = {n}", (scales[0], curve[0]), (0, 7), textcoords="offset points", color=colour)
        axis.axhline(0.5, color=style.NOTE, linewidth=1.2, linestyle="--")
        axis.text(scales[0], 0.5, "bound: ½", color=style.NOTE, va="bottom")
        axis.set(xscale="log", ylim=(-0.02, 0.58), xlabel="scale of the scores (standard deviation)", ylabel="median ‖J‖")
        axis.xaxis.set_major_formatter("{x:g}")
        tops = " and ".join(f"{scales[curve.argmax()]:.2g} for n = {n}" for n, curve in norms.items())
        caption = f"The Jacobian is largest at a scale of about {tops}. Beyond that it falls towards 0. It never passes ½."
        style.show(fig, caption, "One curve for each n: the norm of the Jacobian against the scale of the scores.")


def softmax_recap(scales, largest, norms, used, n):
    """The largest weight, the size of the Jacobian and the number of keys used (e^H), against the scale of the scores."""
    learns = norms > 0.75 * norms.max()
    low, high = scales[learns][[0, -1]]
    with style.figure(height=3.8) as (fig, axis):
        axis.plot(scales, largest, color=style.WEIGHTS, marker="s", label="largest weight")
        axis.plot(scales, norms, color=style.INK, linestyle="--", marker="o", label="‖J‖: how much the weights move")
        axis.legend(frameon=False, loc="upper left")
        edges = [scales[0], low, high, scales[-1]]
        words = ("averages", "selects,\nand can learn", "picks one,\nhardly learns")
        for start, end, text in zip(edges[:-1], edges[1:], words, strict=True):
            look = {"ha": "center", "va": "bottom", "color": style.NOTE, "style": "italic"}
            axis.text(np.sqrt(start * end), 1.36, text, **look)
        for scale, number in zip(scales, used, strict=True):
            axis.text(scale, 1.08, f"{number:.0f}", ha="center", va="bottom", color=style.WEIGHTS)
        axis.text(scales[0], 1.21, "keys really used, $e^H$:", va="bottom", color=style.WEIGHTS)
        for edge in (low, high):
            axis.axvline(edge, color=style.NOTE, linewidth=0.9, linestyle=(0, (2, 3)))
        axis.set(xscale="log", ylim=(-0.03, 1.05), xlabel="scale of the scores (standard deviation)")
        axis.set_ylabel("largest weight, and ‖J‖")
        axis.xaxis.set_major_formatter("{x:g}")
        caption = (
            f"Medians over random rows of n = {n} scores. Small scores give an average of all values. Large scores pick one "
            f"value, and then almost no gradient reaches the scores. In between, here from about {low:.2g} to "
            f"{high:.2g} (dotted lines), a row selects and still learns. Along the top: how many of the {n} keys a row really uses."
        )
        style.show(
            fig,
            caption,
            "The largest weight rises to 1 with the scale; the Jacobian's norm rises, then falls to 0; the keys used fall "
            f"from {used[0]:.0f} to {used[-1]:.0f}.",
        )
