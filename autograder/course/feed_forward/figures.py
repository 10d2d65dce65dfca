"""Figures of the lesson on the feed-forward layer and the residual stream. Each takes the numbers that the notebook computed."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from .. import style
from ..multi_head_attention.figures import shares

__all__ = ["by_depth", "facts_lost", "recap", "shares"]


def by_depth(curves, what, caption):
    """A measure after each layer, on a logarithmic axis; `curves` maps each kind of stack to its numbers, from layer 0 on."""
    with style.figure(height=3.7) as (fig, axis):
        for (name, curve), (colour, dashes, marker) in zip(curves.items(), style.LINES, strict=False):
            axis.plot(curve, color=colour, linestyle=dashes, marker=marker, markevery=6, fillstyle="none", label=name)
        axis.set(yscale="log", xlabel="after layer", ylabel=what)
        axis.set_xticks(range(0, len(curve), 6))
        axis.minorticks_off()
        axis.grid(axis="y")
        axis.legend(frameon=False, handlelength=3.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
        last = len(curve) - 1
        ends = "; ".join(f"{name}: {curve[-1]:.2g}" for name, curve in curves.items())
        style.show(fig, f"{caption} After layer {last}: {ends}.", f"Lines of {what} against depth. {ends}.")


def facts_lost(lost):
    """How many facts each neuron takes with it, one panel for each memory; `lost` maps titles to numbers, one for each neuron."""
    with style.figure(len(lost), height=2.9, sharey=True) as (fig, axes):
        for axis, (title, numbers) in zip(axes, lost.items(), strict=True):
            axis.bar(range(len(numbers)), numbers, color=style.WEIGHTS, width=0.8)
            axis.plot(
                [i for i, number in enumerate(numbers) if not number], [0] * list(numbers).count(0), ".", color=style.INK
            )
            axis.set(title=title, xlabel="neuron removed", ylim=(-4, 150))
            axis.grid(axis="y")
        axes[0].set_ylabel("facts lost")
        words = "; ".join(f"{title}: from {min(numbers)} to {max(numbers)}" for title, numbers in lost.items())
        caption = f"How many facts are no longer recalled where one neuron is removed; a dot says none. {words}."
        style.show(fig, caption, f"Bars for each neuron. {words}.")


def recap():
    """One block: the stream runs through from left to right, and both sublayers read it and add to it."""
    with style.figure(height=2.9) as (fig, axis):

        def arrow(start, end, **look):
            axis.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=13, color=style.INK, **look))

        def box(x, title, below, fill):
            look = {"boxstyle": "round,pad=0.05", "facecolor": fill, "edgecolor": style.NOTE}
            axis.add_patch(FancyBboxPatch((x - 1.1, 1.15), 2.2, 0.9, **look))
            axis.text(x, 1.72, title, ha="center", va="center", fontsize=11, fontweight="bold")
            axis.text(x, 1.38, below, ha="center", va="center", fontsize=9)

        arrow((0.4, 0), (10.6, 0), linewidth=3)
        for x, title, below, fill in (
            (2.9, "attention", "token reads token", "#D5EFE6"),
            (7.4, "feed-forward", "each token by itself", "#F6E7C6"),
        ):
            box(x, title, below, fill)
            arrow((x - 1.7, 0), (x - 1.15, 1.2), connectionstyle="arc3,rad=-0.3")
            arrow((x + 1.15, 1.2), (x + 1.7, 0.12), connectionstyle="arc3,rad=-0.3")
            axis.text(x + 1.7, -0.02, "+", ha="center", va="center", fontsize=13, fontweight="bold",
                      bbox={"boxstyle": "circle,pad=0.15", "fc": "white", "ec": style.INK})  # fmt: skip
        for x, text in ((0.4, "X"), (5.35, "X + attention"), (10.6, "X + attention + feed-forward")):
            axis.text(x, -0.45, text, ha="right" if x > 9 else "left" if x < 1 else "center", va="top", fontsize=10)
        axis.set(xlim=(0, 11), ylim=(-1.0, 2.3))
        axis.axis("off")
        caption = (
            "One block. The stream runs through below, and each sublayer reads it and adds to it. Tokens meet in attention alone; "
            "the feed-forward layer works on each by itself."
        )
        style.show(
            fig,
            caption,
            "A thick arrow from X to the right; attention and the feed-forward layer each read it and add to it.",
        )
