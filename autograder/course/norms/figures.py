"""Figures of the lesson on norms. Each takes the numbers that the notebook computed, and shows one picture."""

from itertools import pairwise

import numpy as np
import torch
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from .. import style
from ..multi_head_attention import figures as multi_head_attention
from .cube import SHAPE, moved_by

shares = multi_head_attention.shares


def bits(rows):
    """Bits per toss of several models; `rows` maps the name of a norm to coins.Bits."""
    with style.figure(height=1.2 + 0.62 * len(rows)) as (fig, axis):
        for y, run in enumerate(rows.values()):
            axis.plot([0, 4.4], [y, y], color="#E5E7EB", linewidth=1, zorder=0)
            for numbers, marker, shift, face in (
                (run.training, "o", -0.14, "none"),
                (run.evaluation, "s", 0.14, style.WEIGHTS),
            ):
                axis.scatter(
                    numbers,
                    np.full(len(numbers), y + shift),
                    s=48,
                    marker=marker,
                    color=face,
                    edgecolor=style.WEIGHTS,
                    linewidth=1.6,
                )
            axis.text(4.55, y, f"{np.mean(run.training):.2f}    {np.mean(run.evaluation):.2f}", va="center", fontsize=11)
        axis.axvline(1, color=style.NOTE, linestyle="--", linewidth=1.2, zorder=0)
        axis.text(1.04, -0.72, "a fair coin", va="center", fontsize=10, color=style.NOTE)
        axis.text(4.55, -0.72, "○ mean ■ mean", va="center", fontsize=10, color=style.NOTE)
        axis.set(xlim=(0, 4.4), ylim=(len(rows) - 0.5, -0.6), xlabel="bits per toss: less is better")
        axis.set_yticks(range(len(rows)), rows)
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
        means = "; ".join(
            f"{name}: {np.mean(r.training):.2f} in training, {np.mean(r.evaluation):.2f} in evaluation"
            for name, r in rows.items()
        )
        caption = f"Three models for each norm: circles in training, squares in evaluation. {means}. Without a look ahead nobody can need less than 1 bit."
        style.show(fig, caption, f"Marks on one line for each norm. {means}.")


def reads(norms, entry=(1, 1, 2)):
    """For each norm, a batch as three sheets of squares: dark are the entries that move the one with a ring."""
    marked = {name: moved_by(norm, entry).numpy() for name, norm in norms.items()}
    sequences, tokens, features = SHAPE
    with style.figure(len(marked), height=4.1, squeeze=False) as (fig, axes):
        for axis, (name, moved) in zip(axes.flat, marked.items(), strict=True):
            for b in range(sequences):
                top = b * (tokens + 1)
                for t, f in np.ndindex(tokens, features):
                    here = (b, t, f) == tuple(entry)
                    fill = style.WEIGHTS if moved[b, t, f] and not here else "white"
                    axis.add_patch(
                        Rectangle((f - 0.5, top + t - 0.5), 1, 1, facecolor=fill, edgecolor="#9CA3AF", linewidth=0.8)
                    )
                    if here:
                        axis.plot(
                            f,
                            top + t,
                            "o",
                            markersize=7,
                            markerfacecolor="none",
                            markeredgecolor=style.INK,
                            markeredgewidth=2,
                        )
                if axis is axes.flat[0]:
                    axis.text(
                        -1.1, top + (tokens - 1) / 2, f"sequence {b}", rotation=90, ha="center", va="center", fontsize=9
                    )
            axis.set(xlim=(-1.6, features - 0.4), ylim=(sequences * (tokens + 1) - 1, -0.7), aspect="equal")
            axis.set_title(name, fontsize=10)
            axis.axis("off")
        counts = "; ".join(f"{name}: {int(m.sum()) - int(m[tuple(entry)])}" for name, m in marked.items())
        caption = (
            f"A batch of three sequences; rows are tokens, columns are features. The ring is one entry of the result, and dark are the "
            f"other entries of the input that move it. How many: {counts}."
        )
        style.show(
            fig,
            caption,
            f"Tables of squares, one for each norm, some of them dark. Other entries that move one entry: {counts}.",
        )


def sphere(tokens, layer, root):
    """Tokens (m, 3) and what two norms make of them, seen along the direction (1, 1, 1), in which only the mean differs."""
    view = torch.linalg.svd(torch.ones(1, 3))[2][1:].T.to(tokens)  # (3, 2): what is at right angles to (1, 1, 1)
    panels = {"before": tokens, "after LayerNorm": layer, "after RMSNorm": root}
    with style.figure(3, height=3.3) as (fig, axes):
        for axis, (title, points) in zip(axes, panels.items(), strict=True):
            seen = (points @ view).numpy()
            axis.scatter(*seen.T, s=9, color=style.INK, alpha=0.7, linewidth=0)
            around = np.linspace(0, 2 * np.pi, 100)
            axis.plot(3**0.5 * np.cos(around), 3**0.5 * np.sin(around), color=style.WEIGHTS, linestyle="--", linewidth=1.2)
            axis.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal", title=title, xticks=(-3, 0, 3), yticks=(-3, 0, 3))
        caption = (
            "Each dot is a token of three features, seen along the direction (1, 1, 1). The dashed circle has radius √3. LayerNorm puts "
            "every token on that circle. RMSNorm puts it on the whole sphere, of which you see the disc."
        )
        style.show(
            fig,
            caption,
            "Three clouds of dots: scattered before; on one circle after LayerNorm; inside the circle after RMSNorm.",
        )


def _chain(axis, left, title, steps, note):
    """A stream from top to bottom with a sublayer beside it; `steps` are the texts of the boxes with their places."""
    axis.text(left + 1.2, 5.3, title, ha="center", fontsize=11.5, fontweight="bold")
    for text, (x, y), fill in steps:
        look = {"boxstyle": "round,pad=0.03", "facecolor": fill, "edgecolor": style.NOTE}
        axis.add_patch(FancyBboxPatch((left + x - 0.62, y - 0.24), 1.24, 0.48, **look))
        axis.text(left + x, y, text, ha="center", va="center", fontsize=10.5)
    axis.text(left + 1.2, -0.55, note, ha="center", va="top", fontsize=10, color=style.NOTE)


def recap():
    """The two places of the norm in a block, side by side."""
    with style.figure(height=4.2) as (fig, axis):

        def arrow(*corners):
            for start, end in pairwise(corners[:-1]):
                axis.plot(*zip(start, end, strict=True), color=style.INK, linewidth=1.6)
            axis.add_patch(
                FancyArrowPatch(
                    *corners[-2:], arrowstyle="-|>", mutation_scale=12, color=style.INK, shrinkA=0, shrinkB=0, linewidth=1.6
                )
            )

        norm, work, stream = "#E9D3E0", "#F6E7C6", "#F3F4F6"
        pre = [
            ("x", (0.6, 4.7), stream),
            ("norm", (2.2, 3.7), norm),
            ("sublayer", (2.2, 2.5), work),
            ("+", (0.6, 1.3), stream),
        ]
        _chain(axis, 0, "pre-norm", pre, "x itself runs straight through")
        arrow((0.6, 4.43), (0.6, 1.57))
        arrow((1.25, 4.7), (2.2, 4.7), (2.2, 3.97))
        arrow((2.2, 3.43), (2.2, 2.77))
        arrow((2.2, 2.23), (2.2, 1.3), (1.25, 1.3))
        arrow((0.6, 1.03), (0.6, -0.2))
        post = [
            ("x", (0.6, 4.7), stream),
            ("sublayer", (2.2, 3.1), work),
            ("+", (0.6, 1.9), stream),
            ("norm", (0.6, 0.7), norm),
        ]
        _chain(axis, 5, "post-norm", post, "every block normalises the stream")
        arrow((5.6, 4.43), (5.6, 2.17))
        arrow((6.25, 4.7), (7.2, 4.7), (7.2, 3.37))
        arrow((7.2, 2.83), (7.2, 1.9), (6.25, 1.9))
        arrow((5.6, 1.63), (5.6, 0.97))
        arrow((5.6, 0.43), (5.6, -0.2))
        axis.set(xlim=(-0.4, 8.6), ylim=(-1.0, 5.7))
        axis.axis("off")
        caption = (
            "One block of a Transformer; the sublayer is attention or the feed-forward layer. In both a norm reads one token by itself. In "
            "pre-norm it stands on the branch, in post-norm on the stream."
        )
        style.show(
            fig,
            caption,
            "Two flow charts. Pre-norm: x, beside it norm and sublayer, then the sum. Post-norm: x, sublayer, sum, norm.",
        )
