"""Figures of the dot product lesson. Each takes the numbers that the notebook computed, and shows one picture with its caption."""

import numpy as np
from matplotlib.patches import Arc

from .. import style
from ..parts import minus


def _at(length, degrees):
    """The vector of this length and direction in the plane: (2,)."""
    return length * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])


def _arrow(axis, tip, colour, name, dashes="-", away=9):
    look = {"arrowstyle": "-|>", "color": colour, "linewidth": 2.4, "linestyle": dashes, "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", tip, (0, 0), arrowprops={**look, "mutation_scale": 16})
    length = np.hypot(*tip)
    offset = away * tip / length if length else np.array([0, away])
    axis.annotate(
        name, tip, offset, textcoords="offset points", color=colour, ha="center", va="center", fontsize=12, weight="bold"
    )


def _pair(axis, length_a, length_b, angle, turn=0, low=-0.9, high=2.5):
    """a, b at an angle to it (the arc), and how far b reaches along a; `turn` turns all of it."""
    along, below = _at(1, turn), _at(1, turn - 90)
    a, b = length_a * along, _at(length_b, turn + angle)
    foot = (b @ along) * along
    axis.plot(*np.stack([-9 * along, 9 * along]).T, color=style.NOTE, linewidth=0.8, linestyle=(0, (1, 3)))
    axis.plot(*np.stack([b, foot]).T, color=style.NOTE, linewidth=1.4, linestyle="--")
    axis.plot(*(np.stack([0 * a, foot]) + 0.2 * below).T, color=style.OTHER, linewidth=5, solid_capstyle="butt")
    where = foot / 2 + (0.68 + 0.8 * abs(below[0])) * below
    axis.text(*where, f"reach {minus(f'{b @ along:.2f}')}", color=style.INK, fontsize=10, ha="center", va="center")
    axis.add_patch(Arc((0, 0), 1.1, 1.1, theta1=turn, theta2=turn + angle, color=style.NOTE, linewidth=1.4))
    _arrow(axis, a, style.Q, "a")
    _arrow(axis, b, style.K, "b")
    axis.set(xlim=(-3.4, 3.6), ylim=(low, high), aspect="equal")
    axis.axis("off")


def _products(a, b):
    """The products of the entries, as a student would write their sum."""
    return " + ".join(f"({minus(f'{x * y + 0.0:.2f}')})" for x, y in zip(a, b, strict=True))


def two_vectors(dot, length_a=3.0, length_b=2.0, angles=(40, 90, 140, 175), turns=(0, 25, 60)):
    """Two vectors at several angles side by side, then one angle turned as a whole, then sliders for the angle, both lengths, and a turn of both."""
    import ipywidgets as widgets

    def panels(pairs, caption, alt):
        with style.figure(len(pairs), height=2.0 if len(pairs) == len(angles) else 2.5) as (fig, axes):
            for axis, (angle, turn) in zip(axes, pairs, strict=True):
                a, b = _at(length_a, turn), _at(length_b, turn + angle)
                _pair(axis, length_a, length_b, angle, turn, low=-1.2, high=2.9)
                if len(pairs) == len(turns):
                    axis.set_xlim(-1.8, 3.4)
                number = minus(f"{round(float(dot(a, b)), 10) + 0.0:.2f}")
                head = f"{angle}°:  a·b = {number}" if not any(t for _, t in pairs) else f"turned by {turn}°"
                axis.set_title(head if head[0] != "t" else f"{head}\n{_products(a, b)} = {number}", fontsize=11)
            style.show(fig, caption, alt)

    panels(
        [(angle, 0) for angle in angles],
        f"Two vectors of lengths {length_a:g} and {length_b:g}, at {len(angles)} angles. The arc is the angle. The thick bar is how far b goes along a, with a sign: its "
        "reach. Times the length of a, it is the dot product: above 0 at an acute angle, 0 at a right angle, below 0 beyond, "
        "where the bar points away from a.",
        "Pictures of two arrows a and b: at an acute angle, a right angle, an obtuse angle, and nearly opposite.",
    )
    panels(
        [(angles[0], turn) for turn in turns],
        f"The two arrows at {angles[0]}°, turned together. Above each picture stand the products of the entries and their sum: "
        "the products change, and the sum stays. With a running kernel, sliders below let you choose the angle and both "
        "lengths, and turn both vectors, with the sum beside them.",
        "The same two arrows three times, turned together; the sum of the products is the same in each.",
    )

    def slider(label, value, low, high, step):
        digits = ".0f" if step == 1 else ".1f"
        look = {"style": {"description_width": "80px"}, "layout": {"width": "100%", "max_width": "300px"}}
        return widgets.FloatSlider(
            value=value, min=low, max=high, step=step, description=label, readout_format=digits, **look
        )

    angle = slider("angle θ", 60, 0, 180, 1)
    first, second = slider("length |a|", length_a, 0, 3, 0.1), slider("length |b|", length_b, 0, 3, 0.1)
    turn = slider("turn both", 25, 0, 360, 1)
    picture, sums = widgets.HTML(), widgets.HTML()

    def redraw(change=None):
        a, b = _at(first.value, turn.value), _at(second.value, turn.value + angle.value)
        with style.figure(height=3.6) as (fig, axis):
            fig.set_size_inches(3.6, 3.6)
            _pair(axis, first.value, second.value, angle.value, turn.value, low=-3.5, high=3.5)
            by_angle = first.value * second.value * np.cos(np.radians(angle.value))
            sums.value = (
                f"Sum of products: {_products(a, b)} = <b>{minus(f'{float(dot(a, b)):.2f}')}</b><br>"
                f"|a| |b| cos θ = {first.value:.1f} × {second.value:.1f} × {minus(f'{np.cos(np.radians(angle.value)):.2f}')} "
                f"= <b>{minus(f'{by_angle:.2f}')}</b>"
            )
            apart = f"{angle.value:g}° apart, turned by {turn.value:g}°."
            picture.value = style.card(fig, apart, f"Two arrows, {apart}")

    for one in (angle, first, second, turn):
        one.observe(redraw, "value")
    redraw()
    side = widgets.VBox(
        [angle, first, second, turn, sums], layout={"width": "100%", "max_width": "320px", "overflow": "visible"}
    )
    picture.layout = {"width": "100%", "max_width": "340px"}
    both = widgets.HBox([side, picture], layout={"flex_flow": "row wrap"})
    style.controls(both, "Two arrows to turn and stretch.")


def angle_histograms(angles, limit=150):
    """How the angles between random vectors are spread; `angles` maps each d to an array of degrees."""
    bins = np.arange(0, 181, 5)
    with style.figure(len(angles), height=2.9, sharey=True) as (fig, axes):
        for axis, (d, degrees) in zip(axes, angles.items(), strict=True):
            heights = np.histogram(degrees, bins)[0] / len(degrees)
            axis.bar(bins[:-1], heights, width=5, align="edge", color=style.SCORES, edgecolor="white", linewidth=0.5)
            axis.axvspan(limit, 180, facecolor="none", edgecolor=style.OTHER, hatch="///", linewidth=0, alpha=0.8)
            axis.axvline(90, color=style.INK, linewidth=1.2, linestyle="--")
            above = (degrees > limit).mean()
            axis.set_title(f"d = {d}\nabove {limit}°: {f'{above:.1%}' if above else 'none'}", fontsize=10.5)
            axis.set(xlabel="angle (degrees)", xticks=(0, 90, 180), xlim=(0, 180))
        axes[0].set_ylabel("share of pairs")
        axes[0].yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        low, high = min(angles), max(angles)
        middle = [((angles[d] > 80) & (angles[d] < 100)).mean() for d in (low, high)]
        caption = (
            f"Angles of {len(angles[low]):,} random pairs for each d. The dashed line is a right angle, and about half of the pairs "
            f"lie on either side of it in every panel. Within 10° of it: {middle[0]:.0%} for d = {low}, {middle[1]:.0%} for "
            f"d = {high}. The hatched strip, above {limit}°, holds what one would call opposite."
        )
        style.show(
            fig, caption, "One histogram of angles for each d: wide for small d, a narrow peak at 90 degrees for large d."
        )


def share_won(lengths, shares, fair):
    """How often one key wins against its length; `shares` maps a metric to a curve."""
    with style.figure(height=3.4) as (fig, axis):
        for (metric, curve), (colour, dashes, marker) in zip(shares.items(), style.LINES, strict=False):
            axis.plot(lengths, curve, color=colour, linestyle=dashes, marker=marker)
            words = metric if curve[-1] > 2 * fair else f"{metric} (with markers)"
            axis.annotate(words, (lengths[-1], curve[-1]), (0, -16), textcoords="offset points", color=colour, ha="right")
        for place, level, words in (
            (0, 0.5, "half of the queries"),
            (len(lengths) // 2, fair, f"fair share: {fair:.0%} (dotted)"),
        ):
            axis.axhline(level, color=style.NOTE, linewidth=1.2, linestyle=(0, (2, 3)))
            axis.text(lengths[place], level + 0.012, words, color=style.NOTE, va="bottom")
        axis.set(
            xscale="log",
            ylim=(-0.07, 0.6),
            xlabel="how many times as long the key is made",
            ylabel="share of queries it wins",
        )
        axis.xaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        first, last = (f"{shares['dot product'][i]:.1%}" for i in (0, -1))
        caption = (
            f"By dot product the key goes from {first} of the queries to {last} as it gets longer, and no length takes it above "
            "half. By cosine its length makes no difference: that line lies on the fair share."
        )
        style.show(
            fig, caption, "A rising curve for the dot product that levels off at one half, and a level line for the cosine."
        )


def ranking(title, words, scores, inputs):
    """The words that are nearest to a vector, with their cosines; those that went into it are marked."""
    with style.figure(height=0.5 + 0.36 * len(words)) as (fig, axis):
        places = np.arange(len(words))[::-1]
        went_in = [word in inputs for word in words]
        bars = axis.barh(places, scores, color=[style.OTHER if i else style.SCORES for i in went_in], height=0.72)
        for bar, hatched in zip(bars, went_in, strict=True):
            bar.set(hatch="//" if hatched else "", edgecolor="white")
        axis.bar_label(
            bars,
            [f"{s:.2f}" + ("   went into the sum" if i else "") for s, i in zip(scores, went_in, strict=True)],
            padding=4,
        )
        axis.set_yticks(places, words)
        axis.set(xlim=(0, max(scores) * 1.35), title=title)
        axis.xaxis.set_visible(False)
        axis.spines["bottom"].set_visible(False)
        first = next(word for word, i in zip(words, went_in, strict=True) if not i)
        caption = (
            f"Cosine with {title}, best first. The nearest of all words is “{words[0]}”"
            f"{', which went into the sum itself (hatched)' if went_in[0] else ''}. The nearest that did not go in is “{first}”."
        )
        style.show(fig, caption, f"Bars of cosines for {', '.join(words)}.")


def analogy_shares(shares):
    """How many analogies come out right in three ways; `shares` maps each family to three shares."""
    kinds = [
        ("all words allowed", style.OTHER, "//"),
        ("inputs left out", style.SCORES, ""),
        ("inputs left out, no arithmetic: nearest to c", style.WEIGHTS, ".."),
    ]
    with style.figure(height=3.6) as (fig, axis):
        for i, (name, colour, hatch) in enumerate(kinds):
            places = np.arange(len(shares)) + (i - 1) * 0.27
            bars = axis.bar(
                places, [s[i] for s in shares.values()], 0.25, color=colour, hatch=hatch, edgecolor="white", label=name
            )
            axis.bar_label(bars, fmt=lambda share: f"{100 * share:.0f}", padding=2, fontsize=9.5)
        axis.set_xticks(range(len(shares)), list(shares))
        axis.set(ylim=(0, 1.1), ylabel="right answers (percent)")
        axis.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}")
        fig.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=10)
        alone = max(shares, key=lambda name: shares[name][2])
        works = max(shares, key=lambda name: shares[name][1] - shares[name][2])
        caption = (
            "Each family is solved with its first pair: b − a + c. With all words allowed, the answer is often one of the inputs. "
            f"In the family {works} the arithmetic does the work. In {alone}, the nearest word to c alone is right "
            f"{shares[alone][2]:.0%} of the time: there the arithmetic adds {'nothing' if shares[alone][1] <= shares[alone][2] else 'little'}."
        )
        style.show(
            fig, caption, "Three bars for each family of analogies: all words allowed, inputs left out, and no arithmetic."
        )


def reach(dot, cosine):
    """One query and three keys: what the dot product ranks by, and what the cosine ranks by."""
    query, keys = _at(2.6, 0), np.stack([_at(1.5, 18), _at(4.6, 37), _at(2.0, 140)])  # (2,), (3, 2)
    names = ["near", "long", "behind"]
    scores, cosines, length = [float(dot(query, key)) for key in keys], cosine(query, keys), float(np.linalg.norm(query))
    with style.figure(height=3.6) as (fig, axis):
        axis.axhline(0, color=style.NOTE, linewidth=0.8, linestyle=(0, (1, 3)))
        for key, name, score, cos in zip(keys, names, scores, cosines, strict=True):
            axis.plot([key[0], key[0]], [0, key[1]], color=style.NOTE, linewidth=1.3, linestyle="--")
            axis.plot(key[0], 0, "o", color=style.OTHER, markersize=8, zorder=5)
            words = f"reach {minus(f'{score / length:.2f}')}\nscore {minus(f'{score:.1f}')}"
            axis.annotate(words, (key[0], 0), (0, -9), textcoords="offset points", ha="center", va="top", color=style.INK)
            _arrow(axis, key, style.K, "")
            text = f"{name}: cosine {minus(f'{cos:.2f}')}"
            axis.annotate(text, key, (9 if key[0] > 0 else -8, 4), textcoords="offset points", color=style.K, weight="bold",
                          ha="left" if key[0] > 0 else "right")  # fmt: skip
        _arrow(axis, query, style.Q, "query", away=24)
        axis.text(-3.5, 2.9, f"|query| = {length:g}\nscore = |query| × reach", color=style.INK, ha="left", va="top")
        axis.set(xlim=(-3.6, 5.2), ylim=(-0.9, 3.2), aspect="equal")
        axis.axis("off")
        caption = (
            "The score is the query's length times the reach, which is how far a key goes along the query (dots). By dot product the order is "
            f"{', '.join(names[i] for i in np.argsort(scores)[::-1])}. By cosine it is "
            f"{', '.join(names[i] for i in np.argsort(cosines)[::-1])}: length no longer counts. The sign is the same in both."
        )
        style.show(
            fig, caption, "A query arrow and three key arrows, each with a dashed line down to the query's direction."
        )
