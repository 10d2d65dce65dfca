"""Figures of the lesson on queries, keys and values. Each takes the numbers that the notebook computed, and shows one picture."""

import numpy as np
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


def shapes(n, d_model, d_k, d_v):
    """The shapes on the way from X to the output, as empty tables; sizes that must agree carry the same letter."""
    tables = [  # name, colour, rows, columns, letters of rows and columns, left edge, top edge
        ("X", style.SCORES, n, d_model, "n", "d_model", 0.8, 7.4),
        ("W_Q", style.Q, d_model, d_k, "d_model", "d_k", 9.2, -0.6),
        ("W_K", style.K, d_model, d_k, "d_model", "d_k", 9.2, 6.9),
        ("W_V", style.V, d_model, d_v, "d_model", "d_v", 9.2, 14.4),
        ("Q", style.Q, n, d_k, "n", "d_k", 16.2, -0.1),
        ("K", style.K, n, d_k, "n", "d_k", 16.2, 7.4),
        ("V", style.V, n, d_v, "n", "d_v", 16.2, 14.9),
        ("scores", style.SCORES, n, n, "n", "n", 23.6, 3.6),
        ("weights", style.WEIGHTS, n, n, "n", "n", 30.8, 3.6),
        ("output", style.V, n, d_v, "n", "d_v", 37.4, 8.2),
    ]
    with style.figure(height=4.3) as (fig, axis):
        for name, colour, rows, columns, row_letter, column_letter, left, top in tables:
            face = style.shades(colour)(0.25)
            for i, j in np.ndindex(rows, columns):
                axis.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=face, edgecolor=colour, linewidth=0.5))
            axis.text(left + columns / 2, top - 0.3, name, color=colour, fontweight="bold", ha="center", va="bottom")
            axis.text(left + columns / 2, top + rows + 0.15, column_letter, fontsize=9.5, ha="center", va="top")
            axis.text(left - 0.2, top + rows / 2, row_letter, fontsize=9.5, ha="right", va="center", rotation=90)
        steps = [
            ((6.2, 8.2), (7.6, 3.4)), ((6.2, 9.4), (7.6, 9.4)), ((6.2, 10.6), (7.6, 15.8)),
            ((12.6, 2.0), (14.8, 2.0)), ((12.6, 9.4), (14.8, 9.4)), ((11.6, 16.9), (14.8, 16.9)),
            ((19.6, 2.4), (22.2, 4.6)), ((19.6, 8.8), (22.2, 6.6)), ((27.8, 5.6), (29.6, 5.6)),
            ((35.0, 6.6), (36.4, 8.6)), ((18.6, 16.9), (36.4, 11.6)),
        ]  # fmt: skip
        for start, end in steps:
            axis.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": style.NOTE, "linewidth": 1.5})
        axis.set(xlim=(-0.6, 40.6), ylim=(20.6, -2.0), aspect="equal")
        axis.axis("off")
        caption = (
            f"Every table with its number of rows (at its left) and of columns (below it), here n = {n}, d_model = {d_model}, "
            f"d_k = {d_k}, d_v = {d_v}. Q and K are equally wide, for each query meets each key. V may have another width, which "
            "the output takes over."
        )
        alt = "X times W_Q, W_K and W_V gives Q, K and V; Q and K give scores, then weights; weights and V give the output."
        style.show(fig, caption, alt)


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
            matrix(
                axis, numbers, cmap=style.shades(colour), vmin=0, vmax=2.4, digits=0, rows=sentence.WORDS, columns=columns
            )
            axis.set_title(title, color=colour, fontweight="bold")
            axis.tick_params(axis="x", rotation=60)
            if axis is not axes[0]:
                axis.set_yticklabels([])
        caption = (
            "One row a word, four times. X holds what is known of each word. Q, K and V are made from X by one matrix each: what "
            "the word looks for, what it offers to those who look, and what it passes on. All numbers were chosen by hand."
        )
        style.show(fig, caption, "Four small matrices with a row for each of he, ate, one, apple: X, Q, K and V.")


def projections(w_q, w_k, w_v):
    """The three matrices of the sentence."""
    panels = [
        ("W_Q\nlooks for", w_q, sentence.TOPICS, style.Q),
        ("W_K\noffers", w_k, sentence.TOPICS, style.K),
        ("W_V\npasses on", w_v, sentence.CARRIED, style.V),
    ]
    with style.figure(3, height=3.7, width_ratios=[numbers.shape[1] for _, numbers, _, _ in panels]) as (fig, axes):
        for axis, (title, numbers, columns, colour) in zip(axes, panels, strict=True):
            matrix(
                axis, numbers, cmap=style.shades(colour), vmin=0, vmax=3.4, digits=0, rows=sentence.FEATURES, columns=columns
            )
            axis.set_title(title, color=colour, fontweight="bold")
            axis.tick_params(axis="x", rotation=60)
            if axis is not axes[0]:
                axis.set_yticklabels([])
        axes[0].set_ylabel("feature of X")
        thing, food = sentence.FEATURES.index("thing"), sentence.FEATURES.index("food")
        column = sentence.TOPICS.index("thing")
        caption = (
            f"One row a feature of X. In W_K, thing puts {w_k[thing, column]:g} and food {w_k[food, column]:g} more into the "
            "column “thing”. In W_V the row “thing” holds zeros: that a word is a thing is not passed on."
        )
        style.show(fig, caption, "Three matrices with a row for each of five features: W_Q, W_K and W_V.")


def row_and_column(scores, i):
    """The scores of the sentence, with the row and the column of word i outlined."""
    words = sentence.WORDS
    with style.figure(height=3.9) as (fig, axis):
        matrix(axis, scores, cmap=style.shades(style.SCORES), vmin=0, vmax=5, digits=0, rows=words, columns=words)
        n = len(words)
        axis.add_patch(Rectangle((-0.5, i - 0.5), n, 1, fill=False, edgecolor=style.Q, linewidth=3.5, clip_on=False))
        axis.add_patch(
            Rectangle(
                (i - 0.46, -0.56), 0.92, n + 0.12, fill=False, edgecolor=style.K, linewidth=3, linestyle="--", clip_on=False
            )
        )
        axis.text(n - 0.3, i, f"row: “{words[i]}” as a query,\nwhat it could look at", color=style.Q, va="center")
        axis.annotate(
            f"dashed column: “{words[i]}” as a key,\nwho could look at it",
            (i + 0.46, n - 0.55),
            (n - 0.3, n - 0.9),
            color=style.K,
            va="center",
            arrowprops={"arrowstyle": "-|>", "color": style.K, "linewidth": 1.6, "linestyle": "--"},
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
        size = max(1.0, *(np.abs(scores).max() for scores in panels.values()))
        for axis, (title, scores) in zip(axes, panels.items(), strict=True):
            matrix(axis, scores, cmap=style.DIVERGING, vmin=-1.3 * size, vmax=1.3 * size, rows=THROWS, columns=THROWS)
            for i, j in enumerate(training.BEATS):
                axis.add_patch(Rectangle((j - 0.48, i - 0.48), 0.96, 0.96, fill=False, edgecolor=style.INK, linewidth=2.5))
            gap = np.abs(scores - scores.T).max()
            axis.set_title(f"{title}\nlargest |S − Sᵀ|: {gap:.2f}")
            axis.set(xlabel="key", ylabel="query")
            axis.label_outer()
        caption = (
            "Outlined: the token that each row should attend to. It must hold the largest number of its row. With one matrix "
            "S\u00a0=\u00a0Sᵀ, and training ends where all scores are the same. The three panels share one scale of colours."
        )
        style.show(fig, caption, "Three by three matrices of scores; an outlined entry in each row marks the wanted token.")


def form(m, rank):
    """The bilinear form of the sentence, with its features."""
    with style.figure(height=4.0) as (fig, axis):
        names = sentence.FEATURES
        matrix(axis, m, cmap=style.shades(style.SCORES), vmin=0, vmax=5, digits=0, rows=names, columns=names)
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
    with style.figure(3, height=4.6, width_ratios=[1.45, 1, 1]) as (fig, axes):
        grid = axes[0].get_gridspec()
        for axis in axes[1:]:
            axis.remove()
        pictures = grid[1:].subgridspec(2, 2, hspace=0.12, wspace=0.06).subplots()
        curve, sizes = axes[0], list(fits)
        curve.plot(sizes, [fits[d][0] for d in sizes], color=style.INK, marker="o")
        for d in sizes:
            far = fits[d][0]
            curve.annotate(
                f"{far:.{4 if far < 0.01 else 2}f}",
                (d, far),
                (7, 5),
                textcoords="offset points",
                fontsize=10,
            )
        equal = training.kl(target, np.full_like(target, 1 / len(target)))
        curve.axhline(equal, color=style.NOTE, linewidth=1, linestyle="--")
        curve.text(max(sizes), equal + 0.04, "equal weights", color=style.NOTE, fontsize=10, ha="right", va="bottom")
        curve.set(
            xscale="log", xlabel="d_k", ylabel="KL from the pattern (nats)", ylim=(-0.08, equal * 1.2), xlim=(0.85, 70)
        )
        curve.set_xticks(sizes, sizes)
        curve.minorticks_off()
        for axis, (title, weights) in zip(
            pictures.flat, [*((f"d_k = {d}", fits[d][1]) for d in shown), ("wanted", target)], strict=True
        ):
            axis.imshow(np.sqrt(weights[:24, :24]), cmap=style.SEQUENTIAL, vmin=0, vmax=0.8)
            axis.set(xticks=[], yticks=[])
            axis.set_title(title, pad=5)
            for spine in axis.spines.values():
                spine.set_visible(True)
        n = len(target)
        caption = (
            f"Left: the distance to a random pattern of {n} queries and {n} keys falls from {fits[sizes[0]][0]:.2f} at d_k = "
            f"{sizes[0]} to {fits[sizes[-1]][0]:.4f} at d_k = {sizes[-1]}. Right: a corner of the weights (24 by 24; dark is large)."
        )
        style.show(
            fig, caption, "A falling curve of KL against d_k, and four pictures of weights that come nearer to the pattern."
        )


def circle(tried, i):
    """Keys on circles; `tried` maps a radius to (keys (n, 2), the weights (n,) of a query that points at key i)."""
    with style.figure(1 + len(tried), height=3.6, width_ratios=[1.1] + [1] * len(tried)) as (fig, (left, *others)):
        widest = tried[max(tried)][0]
        for (radius, (keys, _)), marker in zip(tried.items(), "os", strict=False):
            left.scatter(*keys.T, marker=marker, s=10, color=style.K)
            left.text(0, -radius - 1.5, f"radius {radius:g}", ha="center", va="top", fontsize=10)
        left.annotate("", widest[i], (0, 0), arrowprops={"arrowstyle": "-|>", "color": style.Q, "linewidth": 2.2})
        left.text(*(widest[i] * 0.62 + [-3, 3]), "query", color=style.Q, ha="right")
        left.set(aspect="equal", xlabel="coordinate 1 of 2", ylabel="coordinate 2 of 2")
        left.set_ylim(-1.25 * max(tried), 1.1 * max(tried))
        left.set_title("the keys")
        for axis, (radius, (_, weights)) in zip(others, tried.items(), strict=True):
            axis.bar(range(len(weights)), weights, color=style.WEIGHTS, width=1.0)
            axis.plot(i, weights[i] + 0.05, "v", color=style.Q)
            axis.set(xlabel="key", ylim=(0, 1.12))
            axis.set_title(f"weights, radius {radius:g}")
        others[0].set_ylabel("weight")
        found = " and ".join(f"{weights[i]:.3f} at radius {radius:g}" for radius, (_, weights) in tried.items())
        caption = (
            f"{len(widest)} keys on a circle, small or large. A query points at one key (arrow; in the other panels, triangle). That key has "
            f"the largest weight each time: {found}. Two numbers a key are enough; the price is their length."
        )
        style.show(
            fig, caption, "Two circles of keys with an arrow to one key, and two bar charts: one flat, one with a tall bar."
        )


def mixing(weights, v, output, i):
    """What word i takes of each value, the values, and what comes out."""
    words, carried = sentence.WORDS, sentence.CARRIED
    with style.figure(3, height=3.3, width_ratios=[1.5, 1, 1]) as (fig, (left, middle, right)):
        bars(left, weights[i], style.WEIGHTS, digits=3)
        left.set_xticks(range(len(words)), words)
        left.set(title=f"weights of “{words[i]}”", ylim=(0, 1.08))
        matrix(middle, v, cmap=style.shades(style.V), vmin=0, vmax=1.6, digits=0, rows=words, columns=carried)
        middle.set_title("values", color=style.V)
        bars(right, output[i], style.V, hatch="//", digits=3)
        right.set_xticks(range(len(carried)), carried)
        right.set(title=f"output of “{words[i]}”", ylim=(0, 1.08))
        caption = (
            f"The output of “{words[i]}” holds {output[i, 1]:.3f} of “food” and {output[i, 0]:.3f} of “person”, though its own value "
            "holds none of either: it was taken from the other words, in proportion to the weights."
        )
        style.show(fig, caption, "Bars of four weights, a matrix of four values with two features, and bars of the output.")


def weights_and_contributions(weights, found):
    """What each word gives of its attention, beside the length of what comes back for it."""
    words = sentence.WORDS
    with style.figure(2, height=3.6) as (fig, (left, right)):
        matrix(left, weights, cmap=style.SEQUENTIAL, vmin=0, vmax=1, rows=words, columns=words)
        matrix(right, found, cmap=style.shades(style.V), vmin=0, vmax=1, rows=words, columns=words)
        left.set(title="weights", xlabel="key j", ylabel="query i")
        right.set(title="contributions: weight × length of the value", xlabel="key j")
        i, j = (int(k) for k in np.unravel_index((weights - found).argmax(), weights.shape))
        caption = (
            f"The same rows twice. “{words[i]}” gives “{words[j]}” a weight of {weights[i, j]:.2f}, and what comes back from there has "
            f"the length {found[i, j]:.2f}. Its longest piece has the length {found[i].max():.2f}."
        )
        style.show(
            fig, caption, "Two 4 by 4 tables: the weights, and the lengths of what comes back, with two columns of zeros."
        )


def recap(x, q, k, v, scores, weights, output):
    """The whole way from X to the output, one small matrix a step, with shapes."""
    word = [w[:5] for w in sentence.WORDS]
    places = [  # title, numbers, colour, shape, left edge, top edge
        ("X", x, style.SCORES, "n, d_model", 0, 7.6),
        ("Q = X W_Q", q, style.Q, "n, d_k", 9.2, 0),
        ("K = X W_K", k, style.K, "n, d_k", 9.2, 7.6),
        ("V = X W_V", v, style.V, "n, d_v", 9.2, 15.2),
        ("scores Q Kᵀ", scores, style.SCORES, "n, n", 16.4, 3.8),
        ("weights", weights, style.WEIGHTS, "n, n", 26.0, 3.8),
        ("output", output, style.V, "n, d_v", 34.4, 7.6),
    ]
    with style.figure(height=4.6) as (fig, axis):
        for title, numbers, colour, names, left, top in places:
            rows, columns = numbers.shape
            look = style.shades(colour)
            for (i, j), entry in np.ndenumerate(numbers):
                face = look(entry / (1.1 * numbers.max()))
                axis.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=face, edgecolor=style.NOTE, linewidth=0.6))
            axis.text(left + columns / 2, top - 0.25, title, color=colour, fontweight="bold", ha="center", va="bottom")
            axis.text(left + columns / 2, top + rows + 0.2, f"({names})", fontsize=10, ha="center", va="top")
            for i, name in enumerate(word):
                axis.text(left - 0.2, top + i + 0.5, name, fontsize=9, ha="right", va="center", color=style.NOTE)
        steps = [
            ((5.2, 8.4), (6.7, 3.0), ""), ((5.2, 9.6), (7.2, 9.6), ""), ((5.2, 10.8), (6.7, 16.4), ""),
            ((12.4, 2.4), (14.4, 4.8), ""), ((12.4, 9.2), (14.4, 6.8), ""), ((20.8, 5.8), (24.0, 5.8), "softmax"),
            ((30.2, 6.6), (32.4, 8.6), ""), ((11.4, 17.2), (32.4, 11.0), "the weights mix the rows of V"),
        ]  # fmt: skip
        for start, end, says in steps:
            axis.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": style.NOTE, "linewidth": 1.6})
            if says:
                x_mid, y_mid = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
                low = len(says) > 10
                axis.text(x_mid + (1.5 if low else 0), y_mid + (0.8 if low else -0.5), says, fontsize=10,
                          ha="left" if low else "center", va="top" if low else "bottom", color=style.NOTE)  # fmt: skip
        axis.set(xlim=(-2.4, 37.4), ylim=(20.6, -1.6), aspect="equal")
        axis.axis("off")
        caption = (
            "Each row is one word, everywhere. X gives Q, K and V. Q meets K in the scores, the softmax makes weights of each row, "
            "and the weights mix the rows of V. Q and K share d_k, for they must meet; V has a size of its own, for it only travels."
        )
        style.show(
            fig, caption, "Seven small matrices joined by arrows, from X to the output, each with its name and shape."
        )
