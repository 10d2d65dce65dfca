"""Figures of the lesson on raw dot products. Each takes the numbers that the notebook computed, and shows one picture with its
caption."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from .. import style
from ..parts import matrix, minus


def places(n):
    """Points on a circle for n tokens, the first at the top, going round clockwise: (n, 2)."""
    turns = 2 * np.pi * np.arange(n) / n
    return np.stack([np.sin(turns), np.cos(turns)], axis=1)


#: Three tokens with long names, wider apart than on a circle, and as far below the middle as above it.
TRIANGLE = np.array([[0.0, 1.0], [1.45, -1.0], [-1.45, -1.0]])

WRONG = style.SCORES  # an arrow to another token than the wanted one; the colour of no token


def node(axis, at, text, colour=style.INK):
    """A token: its name in a rounded box."""
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour, "linewidth": 1.4}
    axis.text(*at, text, ha="center", va="center", fontsize=11, bbox=box, zorder=3)


def arrow(axis, start, end, colour=style.INK, dashes="-", bend=0.12, gap=24, first=None):
    """From one token to another, a little bent so that two opposite arrows stay apart. It keeps a gap at its end, and
    another one at its start where that is given, so that a start and a head at one token are told apart."""
    look = {"arrowstyle": "-|>", "color": colour, "linestyle": dashes, "linewidth": 1.8, "mutation_scale": 15}
    look |= {"shrinkA": first or gap, "shrinkB": gap, "connectionstyle": f"arc3,rad={bend}"}
    axis.annotate("", end, start, arrowprops=look)


def blank(axis, width=1.45, height=1.3):
    axis.set(xlim=(-width, width), ylim=(-height, height), aspect="equal")
    axis.axis("off")


def look_up(words, topics, query, keys, scores, shares, values, mixture):
    """One query, the keys that it meets, its shares, and the mixture of values that comes back."""
    asker, middle = words[-1], (len(words) - 1) / 2
    tables = [  # title, numbers, colour, column names, words of the rows, left edge, top edge
        ("query", query[None], style.Q, topics, [asker], 2.4, middle),
        (f"{len(words)} keys", keys, style.K, topics, words, 7.6, 0),
        ("scores", scores[:, None], style.SCORES, [""], [], 12.2, 0),
        ("shares", shares[:, None], style.WEIGHTS, [""], [], 16.2, 0),
        (f"{len(words)} values", values, style.V, topics, words, 20.7, 0),
        ("mixture", mixture[None], style.V, topics, [asker], 26.6, middle),
    ]
    with style.figure(height=2.5) as (fig, axis):
        for title, numbers, colour, columns, rows, left, top in tables:
            axis.text(left + numbers.shape[1] / 2, top - 0.25, title, color=colour, fontweight="bold", ha="center")
            look = style.shades(colour)
            for (i, j), entry in np.ndenumerate(numbers):
                face = look(0.55 * entry / max(numbers.max(), 1))
                axis.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=face, edgecolor=style.NOTE, linewidth=0.6))
                axis.text(left + j + 0.5, top + i + 0.5, _share(entry), ha="center", va="center", fontsize=10)
            for i, row in enumerate(rows):
                axis.text(left - 0.2, top + i + 0.5, row, ha="right", va="center", fontsize=9.5, color=style.NOTE)
            for j, column in enumerate(columns):
                at = (left + j + 0.65, top + len(numbers) + 0.15)
                axis.text(*at, column, ha="right", va="top", rotation=45, fontsize=9.5, color=style.NOTE)
        for at, says in ((10.9, "dot\nproduct"), (14.7, f"2ˢ ÷ {(2.0**scores).sum():g}"), (23.9, "mix")):
            axis.text(at, middle - 0.35, says, ha="center", va="bottom", fontsize=9.5, color=style.NOTE)
            arrow(axis, (at - 1.1, middle + 0.5), (at + 1.1, middle + 0.5), style.NOTE, bend=0, gap=2)
        axis.set(xlim=(0, 29), ylim=(6.2, -1.2), aspect="equal")
        axis.axis("off")
        caption = (
            "Read from left to right. The query meets each key in a score; each score, as a power of two and divided by the sum, "
            f"is a share; the shares mix the values. “{words[int(shares.argmax())]}” gives {shares.max():g} of its value, and the "
            f"mixture speaks of {topics[0]} with {mixture[0]:g} and of {topics[1]} with {mixture[1]:g}."
        )
        style.show(
            fig, caption, "Six small tables in a row: a query, four keys, four scores, four shares, four values, a mixture."
        )


def _share(number):
    """A whole number as it is, and a share as a fraction, as one writes it by pencil."""
    return {0.125: "⅛", 0.25: "¼", 0.5: "½"}.get(float(number), f"{number:g}")


def wishes(titles, targets, names=None):
    """Who should attend to whom: a ring of tokens for each list of targets, with an arrow from each token to its target."""
    with style.figure(len(titles), height=2.9, squeeze=False) as (fig, axes):
        for axis, title, wanted in zip(axes[0], titles, targets, strict=True):
            points = TRIANGLE if names else places(len(wanted))
            for i, j in enumerate(wanted):
                arrow(axis, points[i], points[j], style.INK, gap=30 if names else 15)
            for i, point in enumerate(points):
                node(axis, point, names[i] if names else str(i))
            blank(axis, *((2.1, 1.35) if names else ()))
            axis.set_title(title)
        said = [", ".join(f"{_name(names, i)} → {_name(names, j)}" for i, j in enumerate(wanted)) for wanted in targets]
        caption = "Each arrow leads from a token to the one that it should attend to."
        caption += f" {said[0]}." if len(said) == 1 else ""
        style.show(fig, caption, "Tokens in a ring with arrows: " + "; ".join(said))


def _name(names, i):
    return names[i] if names else str(i)


def random_search(counts):
    """How many of three tokens attended right, over many random embeddings; `counts` maps each d to the four counts."""
    hatches = ["", "//", ".."]
    with style.figure(height=3.2) as (fig, axis):
        width = 0.8 / len(counts)
        for k, (d, numbers) in enumerate(counts.items()):
            at = np.arange(4) + (k - (len(counts) - 1) / 2) * width
            colour = style.LINES[k][0]
            shares = numbers / numbers.sum()
            bars = axis.bar(at, shares, width * 0.94, color=colour, hatch=hatches[k], edgecolor="white", label=f"d = {d}")
            axis.bar_label(bars, [f"{share:.1%}" for share in shares], fontsize=9.5, padding=2)
        axis.set_xticks(range(4), ["none", "one", "two", "all three"])
        axis.set(xlabel="tokens that attend to the one they beat", ylabel="share of the triples")
        axis.yaxis.set_major_formatter(PercentFormatter(1))
        axis.margins(y=0.12)
        axis.legend(frameon=False, loc="upper left")
        total, three = sum(n.sum() for n in counts.values()), sum(n[3] for n in counts.values())
        caption = (
            f"{total:,} random triples, a third of them in each of {', '.join(map(str, counts))} dimensions. All three attended right in {three:,} "
            f"of them, and none in {sum(n[0] for n in counts.values()):,}. One and two right are about equally frequent, "
            "whatever d is."
        )
        style.show(fig, caption, "Bars for none, one, two and all three right: only one and two have any height.")


def _digits(numbers):
    """How many decimals show these numbers exactly; 2 where no fewer do."""
    return next((digits for digits in (0, 1) if np.allclose(numbers, np.round(numbers, digits))), 2)


def score_table(tokens, scores):
    """The scores of every pair of tokens."""
    with style.figure(height=3.6) as (fig, axis):
        top = np.abs(scores).max()
        matrix(axis, scores, cmap="Greys", vmin=0, vmax=1.6 * top, digits=_digits(scores), rows=tokens, columns=tokens)
        axis.set(xlabel="token j, looked at", ylabel="token i, looking")
        caption = (
            f"Row i: how well token i matches each token j. The largest difference between this table and its mirror image is "
            f"{np.abs(scores - scores.T).max():g}."
        )
        style.show(fig, caption, f"A {len(tokens)} by {len(tokens)} table of scores, the same above and below its diagonal.")


def scores_and_weights(tokens, scores, weights):
    """Scores beside the weights made from them."""
    with style.figure(2, height=3.7) as (fig, axes):
        top = 1.6 * np.abs(scores).max()
        matrix(axes[0], scores, cmap="Greys", vmin=0, vmax=top, digits=_digits(scores), rows=tokens, columns=tokens)
        matrix(axes[1], weights, cmap=style.SEQUENTIAL, vmin=0, vmax=1, rows=tokens, columns=tokens)
        axes[0].set(title="scores", ylabel="token i, looking")
        axes[1].set_title("weights")
        for axis in axes:
            axis.tick_params(axis="x", labelrotation=35)
            axis.set_xlabel("token j, looked at")
        apart = np.abs(weights - weights.T)
        i, j = (int(k) for k in np.unravel_index(apart.argmax(), apart.shape))
        caption = (
            f"The scores are the same both ways. The weights are not: “{tokens[i]}” gives “{tokens[j]}” "
            f"{weights[i, j]:.2f} and gets {weights[j, i]:.2f} back. Rows of weights sum to 1; columns sum to "
            f"{weights.sum(0).min():.2f} up to {weights.sum(0).max():.2f}."
        )
        style.show(fig, caption, "Two tables side by side: symmetric scores, and weights that differ across the diagonal.")


def looks_at_itself(weights):
    """A table of weights as a picture."""
    with style.figure(height=3.4) as (fig, axis):
        image = axis.imshow(weights, cmap=style.SEQUENTIAL, vmin=0, vmax=1)
        axis.spines[:].set_visible(True)
        axis.set_title(f"mean weight on itself: {np.diag(weights).mean():.2f}")
        axis.set(xlabel="token j, looked at", ylabel="token i, looking")
        fig.colorbar(image, ax=axis, label="weight", shrink=0.85)
        caption = f"{len(weights)} random tokens. Dark is a weight near 1. It lies on the diagonal, where i = j."
        style.show(fig, caption, "A square picture of weights: a dark diagonal on an empty background.")


def loudness(shares, fair, lengths):
    """The share of random queries that the first key wins, for each number of times that it was made longer; its share by
    cosine; and the lengths of all keys before that."""
    factors, share = list(shares), list(shares.values())
    compared = "a bit shorter than" if lengths[0] < lengths.mean() else "at least as long as"
    with style.figure(height=3.3) as (fig, axis):
        axis.plot(factors, share, color=style.K, marker="o", label="dot product")
        axis.axhline(fair, color=style.OTHER, linewidth=1.8, linestyle="-.")
        axis.text(factors[-1], fair + 0.012, "all keys of length 1", color=style.INK, va="bottom", ha="right")
        axis.set(ylim=(0, 0.4), xlabel="the key is this many times as long", ylabel="share of queries it wins")
        axis.set_xticks(factors, [f"{f:g}" for f in factors])
        caption = (
            f"The key wins {share[0]:.1%} of the queries as it is (its length is {lengths[0]:.2f}, {compared} the average of "
            f"{lengths.mean():.2f}) and {share[-1]:.1%} when it is {factors[-1]:g} times as long. With all keys of length 1 it "
            f"wins {fair:.1%}."
        )
        style.show(fig, caption, f"A curve that rises from near 0 to {share[-1]:.0%}.")


def reach(keys, queries, titles):
    """Two keys in the plane, and how far each reaches in the direction of a query; one panel for each query."""
    with style.figure(len(queries), height=3.6, sharey=True) as (fig, axes):
        for axis, query, title in zip(axes, queries, titles, strict=True):
            direction = query / np.linalg.norm(query)
            axis.axline((0, 0), direction, color=style.Q, linewidth=1.0, linestyle=":")
            axis.annotate(
                "", query, (0, 0), arrowprops={"arrowstyle": "-|>", "color": style.Q, "linewidth": 4.5, "alpha": 0.55}
            )
            for i, (key, dashes) in enumerate(zip(keys, ("-", "--"), strict=True)):
                foot = (key @ direction) * direction
                axis.plot(*np.stack([key, foot]).T, color=style.NOTE, linewidth=1.0, linestyle=dashes)
                axis.annotate("", key, (0, 0), arrowprops={"arrowstyle": "-|>", "color": style.K, "linestyle": dashes})
                axis.plot(*foot, "os"[i], color=style.K, markerfacecolor="white")
                axis.text(key[0] + 0.12, key[1] + 0.18, f"key {i}: score {query @ key:g}", color=style.K)
            axis.text(query[0] - 0.85, query[1] - 0.42, "query", color=style.Q)
            axis.set(xlim=(-0.6, 6.6), ylim=(-2, 3.8), aspect="equal", xticks=range(7), title=title)
        found = "; ".join(
            f"{t}: key {int(np.argmax(keys @ q))} scores highest" for q, t in zip(queries, titles, strict=True)
        )
        caption = (
            "Thick arrow: the query. Thin arrows: key 0 (solid) and key 1 (dashed). Circle and square mark how far each key reaches "
            f"along the query's direction (dotted). {found[0].upper()}{found[1:]}."
        )
        style.show(fig, caption, "Two panels with two keys and one query each as arrows from the origin.")


# -- three tokens ------------------------------------------------------------------------------------------------------


def triangle(names, scores, beats, title=""):
    """Three tokens, the one score that each pair shares, and whom each token attends to."""
    choices = np.where(np.eye(3) == 1, -np.inf, scores).argmax(-1)
    with style.figure(height=3.6) as (fig, axis):
        right = _draw_triangle(axis, names, scores, beats)
        axis.set_title(title)  # what to remember, where the figure comes again
        pairs = [(scores[i, j], names[i], names[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
        _, a, b = max(pairs)
        caption = (
            f"Each pair has one score, and both its ends read it. The largest lies between {a} and {b}, so these two attend to "
            f"each other, and one of them looks at the token that beats it. Right (solid arrows): {right} of 3."
        )
        said = ", ".join(f"{names[i]} attends to {names[j]}" for i, j in enumerate(choices))
        style.show(fig, caption, f"A triangle of rock, paper and scissors with a score on each side. {said}.")


def _draw_triangle(axis, names, scores, beats):
    """Draws scores on the sides and arrows for the choices; returns how many are right."""
    points, right = TRIANGLE, 0
    for i, j in ((0, 1), (0, 2), (1, 2)):
        axis.plot(*points[[i, j]].T, color="#D1D5DB", linewidth=7, zorder=0, solid_capstyle="round")
        box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"}
        text = minus(f"{scores[i, j]:.2f}")
        axis.text(*points[[i, j]].mean(0), text, ha="center", va="center", color=style.INK, bbox=box, zorder=2)
    for i in range(3):
        others = [j for j in range(3) if j != i]
        best = max(scores[i, j] for j in others)
        for j in others:
            if scores[i, j] < best:
                continue
            hit = j == beats[i] and scores[i, 3 - i - j] < best
            right += hit
            colour, dashes = (style.INK, "-") if hit else (WRONG, (0, (4, 3)))
            arrow(axis, points[i], points[j], colour, dashes, bend=0.22, gap=31, first=52)
    for name, point in zip(names, points, strict=True):
        node(axis, point, name)
    blank(axis, 2.0, 1.45)
    return right


def playground(names, beats, raw_scores):
    """Three arrows in the plane to turn and stretch, and whom each token then attends to."""
    import ipywidgets as widgets
    from IPython.display import display

    degrees, lengths = [105, 0, 60], [1, 1, 1]  # to start with
    looks = [(style.INK, "-", "o"), (style.WEIGHTS, "--", "s"), (style.OTHER, "-.", "^")]

    def draw(degrees, lengths):
        turns = np.radians(degrees)
        x = np.array(lengths)[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        scores = np.round(raw_scores(x), 6)
        with style.figure(2, height=3.6, width_ratios=[1, 1.25]) as (fig, (plane, ring)):
            for name, point, (colour, dashes, marker) in zip(names, x, looks, strict=True):
                plane.plot([0, point[0]], [0, point[1]], color=colour, linestyle=dashes)
                plane.plot(*point, color=colour, marker=marker, markersize=8)
                length = np.hypot(*point)
                away = np.array([0.95, 0.4]) * (point / length if length else np.array([0.0, 1.0]))
                plane.text(*(point + away), name, color=colour, ha="center", va="center")
            plane.axhline(0, color="#E5E7EB", zorder=0)
            plane.axvline(0, color="#E5E7EB", zorder=0)
            plane.set(xlim=(-3.5, 3.5), ylim=(-2.6, 2.6), aspect="equal", title="the embeddings, d = 2")
            right = _draw_triangle(ring, names, scores, beats)
            ring.set_title(f"scores and choices: {right} of 3 right")
            caption = (
                f"{right} of 3 attend to the token they beat. Solid arrows are right, dashed ones wrong. Two arrows from one "
                "token are a tie, which counts as wrong. With a running kernel, the sliders below place the arrows."
            )
            return style.shown(fig, caption, f"Three arrows in the plane, and a triangle with the scores. {caption}")

    picture = display(draw(degrees, lengths), raw=True, display_id=True)
    look = {"style": {"description_width": "120px"}, "layout": {"width": "100%", "max_width": "330px"}}
    turn = [
        widgets.FloatSlider(a, min=0, max=360, step=5, description=f"{n}: angle (°)", readout_format=".0f", **look)
        for n, a in zip(names, degrees, strict=True)
    ]
    stretch = [
        widgets.FloatSlider(length, min=0, max=2, step=0.1, description=f"{n}: length", readout_format=".1f", **look)
        for n, length in zip(names, lengths, strict=True)
    ]

    def redraw(change=None):
        picture.update(draw([s.value for s in turn], [s.value for s in stretch]), raw=True)

    for slider in (*turn, *stretch):
        slider.observe(redraw, "value")
    pairs = [widgets.HBox(pair, layout={"flex_flow": "row wrap"}) for pair in zip(turn, stretch, strict=True)]
    style.controls(widgets.VBox(pairs), "Three arrows to turn and stretch.")
