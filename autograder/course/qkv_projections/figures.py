"""Figures of the lesson on queries, keys and values. Each takes the numbers that the notebook computed, and shows one picture."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from .. import style
from ..parts import bars, matrix
from . import sentence, training

LOOKS = {
    "raw": (style.SCORES, (0, (1, 2)), "D"),
    "embeddings": (style.OTHER, "-.", "^"),
    "one matrix": (style.WEIGHTS, "--", "s"),
    "two matrices": (style.INK, "-", "o"),
}
THROWS = ["rock", "paper", "scissors"]


def shades(colour):
    """From white to a colour, for numbers from 0 up."""
    return LinearSegmentedColormap.from_list("", ["white", colour])


def cycle_training(runs):
    """The loss of each model while it learns the cycle, and how much weight goes to the right token in the end."""
    with style.figure(2, height=3.7, width_ratios=[1.7, 1]) as (fig, (left, right)):
        for place, (model, (losses, _)) in enumerate(runs.items()):
            colour, dashes, marker = LOOKS[model]
            steps = np.arange(len(losses))
            left.plot(steps, losses, color=colour, linewidth=0.6, alpha=0.4)
            left.plot(
                steps,
                losses.mean(-1),
                color=colour,
                linestyle=dashes,
                marker=marker,
                label=model,
                markevery=(15 * place, 60),
            )
            weights = training.weight_on_right(losses)
            right.plot(weights, np.full(len(weights), place), marker, color=colour, markerfacecolor="none", markersize=8)
        left.axhline(np.log(3), color=style.NOTE, linewidth=1.0)
        left.text(
            len(losses) - 1, np.log(3) + 0.03, "log 3: guessing", color=style.NOTE, ha="right", va="bottom", fontsize=10
        )
        left.set(xlabel="step of training", ylabel="loss", ylim=(-0.06, 2.4))
        left.legend(frameon=False, loc="upper center", ncols=2, handlelength=3.2, fontsize=10)
        right.axvline(1 / 3, color=style.NOTE, linewidth=1.0)
        right.text(1 / 3 + 0.02, -0.62, "⅓: guessing", color=style.NOTE, fontsize=10, va="center")
        right.set_yticks(range(len(runs)), runs)
        right.set(xlim=(0, 1.06), ylim=(len(runs) - 0.5, -0.9), xlabel="weight on the right token")
        ends = {model: losses[-1].mean() for model, (losses, _) in runs.items()}
        seeds = runs["two matrices"][0].shape[1]
        caption = (
            f"Left: bold lines are means over {seeds} random starts, thin lines single ones. Learned embeddings end at a loss of "
            f"{ends['embeddings']:.4f} and one matrix at {ends['one matrix']:.4f}; log 3 is {np.log(3):.4f}. Two matrices end at "
            f"{ends['two matrices']:.4f}. Right: one mark for each start. Only with two matrices does the weight leave ⅓ for 1."
        )
        style.show(
            fig, caption, "Loss curves of four models: three stay at or above log 3, one falls to 0. Beside them, weights."
        )


def three_views(x, q, k, v):
    """The sentence's embeddings and the three views of them."""
    panels = [
        ("X\nwhat is known", x, sentence.FEATURES, style.SCORES),
        ("Q\nlooks for", q, sentence.TOPICS, style.Q),
        ("K\noffers", k, sentence.TOPICS, style.K),
        ("V\npasses on", v, sentence.CARRIED, style.V),
    ]
    ratios = [numbers.shape[1] for _, numbers, _, _ in panels]
    with style.figure(4, height=3.4, width_ratios=ratios) as (fig, axes):
        for axis, (title, numbers, columns, colour) in zip(axes, panels, strict=True):
            matrix(axis, numbers, cmap=shades(colour), vmin=0, vmax=2.4, digits=0, rows=sentence.WORDS, columns=columns)
            axis.set_title(title, color=colour, fontweight="bold")
            axis.tick_params(axis="x", rotation=60)
            if axis is not axes[0]:
                axis.set_yticklabels([])
        caption = (
            "One row a word, four times. X holds what is known of each word. Q, K and V are made from X by one matrix each: what "
            "the word looks for, what it offers to those who look, and what it passes on. All numbers were chosen by hand."
        )
        style.show(fig, caption, "Four small matrices with a row for each of he, ate, one, apple: X, Q, K and V.")


def row_and_column(scores, i):
    """The scores of the sentence, with the row and the column of word i outlined."""
    words = sentence.WORDS
    with style.figure(height=3.9) as (fig, axis):
        matrix(axis, scores, cmap=shades(style.SCORES), vmin=0, vmax=5, digits=0, rows=words, columns=words)
        n = len(words)
        axis.add_patch(Rectangle((-0.5, i - 0.5), n, 1, fill=False, edgecolor=style.Q, linewidth=3.5, clip_on=False))
        axis.add_patch(
            Rectangle(
                (i - 0.46, -0.56), 0.92, n + 0.12, fill=False, edgecolor=style.K, linewidth=3, linestyle="--", clip_on=False
            )
        )
        axis.text(n - 0.3, i, f"row: “{words[i]}” as a query,\nwhat it could look at", color=style.Q, va="center")
        axis.text(
            n - 0.3, n - 0.7, f"dashed column: “{words[i]}” as a key,\nwho could look at it", color=style.K, va="center"
        )
        axis.set(xlabel="key j", ylabel="query i")
        lookers = [words[j] for j in np.flatnonzero(scores[:, i] == scores[:, i].max())]
        caption = (
            f"As a query, “{words[i]}” matches “{words[int(scores[i].argmax())]}” best. As a key it is matched best by "
            f"{' and '.join(f'“{w}”' for w in lookers)}. Row and column differ: the scores are not symmetric."
        )
        style.show(fig, caption, f"A 4 by 4 matrix of scores; the row and the column of {words[i]} are outlined.")


def cycle_scores(panels):
    """Scores of rock, paper and scissors; `panels` maps titles to (3, 3) scores. The wanted entry of each row is outlined."""
    with style.figure(len(panels), height=3.5) as (fig, axes):
        for axis, (title, scores) in zip(axes, panels.items(), strict=True):
            size = max(np.abs(scores).max(), 1.0)
            matrix(axis, scores, cmap=style.DIVERGING, vmin=-1.3 * size, vmax=1.3 * size, rows=THROWS, columns=THROWS)
            for i, j in enumerate(training.BEATS):
                axis.add_patch(Rectangle((j - 0.48, i - 0.48), 0.96, 0.96, fill=False, edgecolor=style.INK, linewidth=2.5))
            gap = np.abs(scores - scores.T).max()
            axis.set_title(f"{title}\nlargest |S − Sᵀ|: {gap:.2f}")
            axis.set(xlabel="key", ylabel="query")
            axis.label_outer()
        caption = (
            "Outlined: the token that each row should attend to. It must hold the largest number of its row. With one matrix "
            "S = Sᵀ, and training ends where all scores are the same."
        )
        style.show(fig, caption, "Three by three matrices of scores; an outlined entry in each row marks the wanted token.")


def form(m, rank):
    """The bilinear form of the sentence, with its features."""
    with style.figure(height=4.0) as (fig, axis):
        names = sentence.FEATURES
        matrix(axis, m, cmap=shades(style.SCORES), vmin=0, vmax=5, digits=0, rows=names, columns=names)
        axis.set(xlabel="feature of the key's word", ylabel="feature of the query's word")
        i, j = names.index("thing"), names.index("action")
        k = names.index("food")
        caption = (
            f"M = W_Q W_Kᵀ, {m.shape[0]} by {m.shape[1]}, rank {rank}. Row “thing”, column “action”: a thing that asks and an action "
            f"that is asked add {m[i, j]:g} to the score. The other way round, row “action”, column “thing”, they add {m[j, i]:g}, "
            f"and food as a key adds {m[j, k]:g} more. M is not symmetric."
        )
        style.show(fig, caption, "A 5 by 5 matrix of numbers; rows are features that ask, columns features that are asked.")


def what_rank_buys(target, fits):
    """How near free queries and keys of length d_k come to a random pattern; `fits` maps d_k to (kl, weights)."""
    shown = [d_k for d_k in (1, 8, 32) if d_k in fits]
    with style.figure(2 + len(shown), height=3.0, width_ratios=[2.2] + [1] * (1 + len(shown))) as (fig, axes):
        sizes = list(fits)
        axes[0].plot(sizes, [fits[d][0] for d in sizes], color=style.INK, marker="o")
        for d in sizes:
            far, small = fits[d][0], fits[d][0] < 0.1
            number, up = f"{far:.{4 if far < 0.01 else 2}f}", (0, 20 if d < max(sizes) else 7) if small else (6, 4)
            axes[0].annotate(number, (d, far), up, textcoords="offset points", fontsize=10, ha="center" if small else "left")
        equal = training.kl(target, np.full_like(target, 1 / len(target)))
        axes[0].axhline(equal, color=style.NOTE, linewidth=1, linestyle="--")
        axes[0].text(max(sizes), equal + 0.04, "equal weights", color=style.NOTE, fontsize=10, ha="right", va="bottom")
        axes[0].set(xscale="log", xlabel="d_k", ylabel="KL from the pattern (nats)", ylim=(-0.08, equal * 1.2))
        axes[0].set_xticks(sizes, sizes)
        axes[0].minorticks_off()
        for axis, (title, weights) in zip(
            axes[1:], [*((f"d_k = {d}", fits[d][1]) for d in shown), ("wanted", target)], strict=True
        ):
            axis.imshow(np.sqrt(weights[:24, :24]), cmap=style.SEQUENTIAL, vmin=0, vmax=0.8)
            axis.set(title=title, xticks=[], yticks=[])
        n = len(target)
        caption = (
            f"Left: the distance to a random pattern of {n} queries and {n} keys falls from {fits[sizes[0]][0]:.2f} at d_k = "
            f"{sizes[0]} to {fits[sizes[-1]][0]:.4f} at d_k = {sizes[-1]}. Right: a corner of the weights (24 by 24; dark is large)."
        )
        style.show(
            fig, caption, "A falling curve of KL against d_k, and four pictures of weights that come nearer to the pattern."
        )


def circle(keys, weights, i):
    """Keys on a circle (n, 2), and the weights (n,) of one query that points at key i."""
    with style.figure(2, height=3.5, width_ratios=[1, 1.5]) as (fig, (left, right)):
        left.scatter(*keys.T, marker="s", s=14, color=style.K, label="keys")
        left.annotate("", keys[i], (0, 0), arrowprops={"arrowstyle": "-|>", "color": style.Q, "linewidth": 2.2})
        left.text(*(keys[i] * 0.5 + [-2, 3]), "query", color=style.Q, ha="right")
        left.set(aspect="equal", xlabel="coordinate 1 of 2", ylabel="coordinate 2 of 2")
        left.set_title("keys (squares), one query")
        right.bar(range(len(weights)), weights, color=style.WEIGHTS)
        right.set(xlabel="key", ylabel="weight", ylim=(0, 1.05))
        right.set_title("weights of this query")
        radius = np.linalg.norm(keys[0])
        caption = (
            f"{len(keys)} keys on a circle of radius {radius:g}. A query that points at one of them gives it a weight of "
            f"{weights[i]:.3f}. Two numbers a key are enough; the price is their length."
        )
        style.show(
            fig, caption, "A circle of small squares with an arrow to one of them, and a bar chart with one tall bar."
        )


def mixing(weights, v, output, i):
    """What word i takes of each value, the values, and what comes out."""
    words, carried = sentence.WORDS, sentence.CARRIED
    with style.figure(3, height=3.3, width_ratios=[1.5, 1, 1]) as (fig, (left, middle, right)):
        bars(left, weights[i], style.WEIGHTS)
        left.set_xticks(range(len(words)), words)
        left.set(title=f"weights of “{words[i]}”", ylim=(0, 1.08))
        matrix(middle, v, cmap=shades(style.V), vmin=0, vmax=1.6, digits=0, rows=words, columns=carried)
        middle.set_title("values", color=style.V)
        bars(right, output[i], style.V, hatch="//")
        right.set_xticks(range(len(carried)), carried)
        right.set(title=f"output of “{words[i]}”", ylim=(0, 1.08))
        caption = (
            f"The output of “{words[i]}” holds {output[i, 1]:.2f} of “food” and {output[i, 0]:.2f} of “person”, though its own value "
            "holds none of either: it was taken from the other words, in proportion to the weights."
        )
        style.show(fig, caption, "Bars of four weights, a matrix of four values with two features, and bars of the output.")


def recap(x, q, k, v, scores, weights, output):
    """The whole way from X to the output, one small matrix a step, with shapes."""
    panels = [
        ("X", x, style.SCORES, "n, d_model"),
        ("Q", q, style.Q, "n, d_k"),
        ("K", k, style.K, "n, d_k"),
        ("QKᵀ\nscores", scores, style.SCORES, "n, n"),
        ("softmax\nweights", weights, style.WEIGHTS, "n, n"),
        ("V", v, style.V, "n, d_v"),
        ("output", output, style.V, "n, d_v"),
    ]
    with style.figure(len(panels), height=2.5, width_ratios=[numbers.shape[1] + 0.6 for _, numbers, _, _ in panels]) as (
        fig,
        axes,
    ):
        for axis, (title, numbers, colour, names) in zip(axes, panels, strict=True):
            axis.imshow(numbers, cmap=shades(colour), vmin=0, vmax=1.1 * numbers.max())
            rows, columns = numbers.shape
            for line in range(1, rows):
                axis.axhline(line - 0.5, color="white", linewidth=1.5)
            for line in range(1, columns):
                axis.axvline(line - 0.5, color="white", linewidth=1.5)
            for spine in axis.spines.values():
                spine.set_visible(True)
            axis.set(xticks=[], yticks=[])
            axis.set_title(title, color=colour, fontweight="bold", fontsize=10.5)
            axis.set_xlabel(f"({names})\n{rows} × {columns}", fontsize=10)
        axes[0].set_yticks(range(len(x)), sentence.WORDS)
        caption = (
            "From left to right: X gives Q, K and V. Q meets K in the scores, the softmax makes weights of each row, and the weights "
            "mix the rows of V. Q and K share d_k, for they must meet; V has a size of its own, for it only travels."
        )
        style.show(fig, caption, "Seven small matrices from X to the output, each with its name and shape.")
