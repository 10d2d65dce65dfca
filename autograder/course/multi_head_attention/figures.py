"""Figures of the multi-head attention lesson. Each takes the numbers that the notebook computed, and shows one picture."""

import html
from contextlib import contextmanager

import ipywidgets as widgets
import numpy as np
import torch
from IPython.display import display
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from .. import style
from ..parts import minus, write
from . import search, standins

HATCHES = ("", "//", "..", "xx")
FILLS = ("#F3F4F6", "#E9D3E0", "#F6E7C6", "#D9DDE3")


def shares(rows, what="tokens with every answer right", guess=None):
    """The share right of several trained models, a dot each; `rows` maps the name of a kind of model to its shares.

    `guess` draws a dashed line: what one gets who knows one answer and guesses the other.
    """
    rows = {name: np.asarray(numbers, float) for name, numbers in rows.items()}
    with style.figure(height=0.95 + 0.42 * len(rows)) as (fig, axis):
        for y, numbers in enumerate(rows.values()):
            spread = np.linspace(-0.17, 0.17, len(numbers))
            axis.plot([0, 1], [y, y], color="#E5E7EB", linewidth=1, zorder=0)
            axis.scatter(numbers, y + spread, s=46, color="none", edgecolor=style.WEIGHTS, linewidth=1.7, clip_on=False)
            axis.plot([numbers.mean()] * 2, [y - 0.3, y + 0.3], color=style.INK, linewidth=2)
            axis.text(1.06, y, f"{numbers.mean():.2f}", va="center", fontsize=11)
        if guess is not None:
            axis.axvline(guess, color=style.NOTE, linestyle="--", linewidth=1.2, zorder=0)
            axis.text(guess, -0.72, "one known, one guessed", ha="left", va="center", fontsize=10, color=style.NOTE)
        axis.text(1.06, -0.72, "mean", va="center", fontsize=10, color=style.NOTE)
        axis.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.5, -0.6), xlabel=f"share of {what}")
        axis.set_yticks(range(len(rows)), rows)
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
        means = "; ".join(f"{name}: {numbers.mean():.2f}" for name, numbers in rows.items())
        count = len(next(iter(rows.values())))
        caption = f"Each circle is one of {count} models trained from different random starts, each bar their mean. Means: {means}."
        style.show(fig, caption, f"Circles on one line for each kind of model, from 0 to 1. {means}.")


def maps(weights, caption=""):
    """Attention maps side by side; `weights` maps each title to an array (n_q, n_k)."""
    weights = {title: np.asarray(w, float) for title, w in weights.items()}
    with style.figure(len(weights), height=2.75, squeeze=False) as (fig, axes):
        for axis, (title, w) in zip(axes.flat, weights.items(), strict=False):
            axis.imshow(w, cmap=style.SEQUENTIAL, vmin=0, vmax=1)
            axis.set_title(title)
            axis.set(xlabel="key", ylabel="query")
            axis.set_xticks(range(w.shape[1]))
            axis.set_yticks(range(w.shape[0]))
            axis.tick_params(labelsize=9)
            axis.spines[:].set_visible(True)
            axis.label_outer()
        top = "; ".join(f"{title}: largest weight {w.max():.2f}" for title, w in weights.items())
        style.show(
            fig,
            f"{caption} Each row is one query, and its weights sum to 1. White is 0, dark is 1.".strip(),
            f"Attention maps as squares of weights. {top}.",
        )


@contextmanager
def _grid(lines, columns, height):
    """A figure of several lines of panels: gives (fig, axes (lines, columns))."""
    with style.figure(height=height * lines) as (fig, axis):
        axis.remove()
        yield fig, fig.subplots(lines, columns, squeeze=False)


def where_entries_go(splits, n, d_model, n_heads):
    """For each split, x as a table of positions and features, each entry marked with the head that it ends up in."""
    x = torch.arange(n * d_model).reshape(n, d_model)
    with style.figure(len(splits), height=0.9 + 0.42 * n) as (fig, axes):
        for axis, (title, split) in zip(np.atleast_1d(axes), splits.items(), strict=True):
            heads = split(x, n_heads)
            home = np.empty(n * d_model, int)
            for h in range(n_heads):
                home[heads[h].flatten().numpy()] = h
            for place, h in enumerate(home):
                i, c = divmod(place, d_model)
                axis.add_patch(_square(c, i, FILLS[h % 4], HATCHES[h % 4]))
                axis.text(c, i, h, ha="center", va="center", fontsize=11, bbox={"fc": FILLS[h % 4], "ec": "none", "pad": 1})
            axis.set(xlim=(-0.55, d_model - 0.45), ylim=(n - 0.45, -0.55), aspect="equal", title=title)
            axis.set(xlabel="feature", ylabel="position", xticks=range(d_model), yticks=range(n))
            axis.tick_params(length=0)
            axis.spines[:].set_visible(False)
        caption = (
            f"x has {n} positions and {d_model} features; the number in each square is the head that the entry goes to. "
            f"Left: every head gets some features of every position. Right: a head gets all features of some positions, "
            f"and never sees the others."
        )
        style.show(
            fig, caption, "Two tables of squares marked 0 or 1: on the left divided by columns, on the right by rows."
        )


def _square(x, y, fill, hatch):
    return Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=fill, edgecolor="#9CA3AF", hatch=hatch, linewidth=0.8)


def _all_heads(weights, tokens, layer):
    """What shows the maps of all heads of one layer, small, without names of tokens. weights (n_heads, n, n)."""
    weights = np.asarray(weights, float)
    with _grid(-(-len(weights) // 6), 6, height=1.75) as (fig, axes):
        for h, (axis, w) in enumerate(zip(axes.flat, weights, strict=False)):
            axis.imshow(w, cmap=style.SEQUENTIAL, vmin=0, vmax=1)
            axis.set_title(f"head {h}", fontsize=11, pad=4)
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(True)
        caption = (
            f"All {len(weights)} heads of layer {layer} on the {len(tokens)} tokens {' '.join(tokens)}. Rows are queries, "
            f"columns are keys, both from the first token to the last; dark is 1."
        )
        return style.shown(fig, caption, f"{len(weights)} small attention maps of layer {layer}.")


def _draw_map(axis, w, tokens):
    image = axis.imshow(w, cmap=style.SEQUENTIAL, vmin=0, vmax=1)
    axis.set_xticks(range(len(tokens)), tokens, rotation=60, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(len(tokens)), tokens)
    axis.set(xlabel="key: is attended to", ylabel="query: attends")
    axis.tick_params(labelsize=10)
    axis.spines[:].set_visible(True)
    if len(tokens) <= 9:
        for (i, j), entry in np.ndenumerate(w):
            if entry >= 0.05:
                write(image, i, j, f"{entry:.2f}", entry, fontsize=9)


def head_maps(weights, tokens, caption):
    """Maps of one or two heads with their tokens; `weights` maps each title to (n, n)."""
    with style.figure(len(weights), height=4.3, squeeze=False) as (fig, axes):
        for axis, (title, w) in zip(axes.flat, weights.items(), strict=True):
            _draw_map(axis, np.asarray(w, float), tokens)
            axis.set_title(title)
        style.show(fig, caption, f"Attention maps with the tokens {' '.join(tokens)} along both sides.")


def head_scores(scores, what, over="mean over all sentences"):
    """A score for every head; `scores` maps each layer to an array (n_heads,)."""
    layers = list(scores)
    table = np.array([np.asarray(scores[layer], float) for layer in layers])
    with style.figure(height=0.95 + 0.55 * len(layers)) as (fig, axis):
        top = max(1.0, float(table.max()))
        image = axis.imshow(table, cmap=style.SEQUENTIAL, vmin=min(0.0, float(table.min())), vmax=top, aspect="auto")
        for (i, j), entry in np.ndenumerate(table):
            write(image, i, j, minus(f"{entry:.2f}"), entry, fontsize=11)
        axis.set_yticks(range(len(layers)), [f"layer {layer}" for layer in layers])
        axis.set_xticks(range(table.shape[1]), range(table.shape[1]))
        axis.set_xlabel("head")
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
        row, column = np.unravel_index(table.argmax(), table.shape)
        frame = {"facecolor": "none", "edgecolor": style.INK, "linewidth": 2.2, "clip_on": False, "zorder": 3}
        axis.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **frame))
        caption = (
            f"{what[0].upper()}{what[1:]}, for each head ({over}). Largest, framed: {table.max():.2f}, layer {layers[row]} "
            f"head {column}. The median head: {np.median(table):.2f}."
        )
        style.show(fig, caption, f"A table of numbers, layers by heads. {caption}")


def head_browser(weights_of, sentences, layers, n_heads):
    """All heads of a layer for one sentence, and the map of one head; below them a choice of sentence, also one's own, layer and head.

    weights_of(sentence, layer) gives (n_heads, n, n). A sentence of one's own takes the optional packages of `minilm`.
    """
    sentences = list(sentences)

    def drawn(number, layer, head):
        tokens = sentences[number].tokens
        w = np.asarray(weights_of(sentences[number], layer), float)[head]
        with style.figure(height=5.4) as (fig, axis):
            _draw_map(axis, w, tokens)
            axis.set_title(f"layer {layer}, head {head}")
            asks, told = (tokens[i] for i in np.unravel_index(w.argmax(), w.shape))
            caption = f"Layer {layer}, head {head}: “{sentences[number].text}” The largest weight is {w.max():.2f}, from {asks} to {told}."
            return style.card(fig, caption, f"Attention map. {caption}")

    def all_drawn(number, layer):
        return _all_heads(weights_of(sentences[number], layer), sentences[number].tokens, layer)

    look = {"style": {"description_width": "110px"}, "layout": {"width": "100%", "max_width": "560px"}}
    sentence = widgets.Dropdown(
        options=[(s.text, i) for i, s in enumerate(sentences)], value=1, description="sentence", **look
    )
    own = widgets.Text(
        description="your own", placeholder="write a sentence and press Enter", continuous_update=False, **look
    )
    layer = widgets.Dropdown(options=layers, value=layers[-1], description="layer", **look)
    head = widgets.IntSlider(value=8, min=0, max=n_heads - 1, description="head", continuous_update=False, **look)
    picture, said = widgets.HTML(drawn(1, layers[-1], 8)), widgets.HTML()
    maps_of_all = display(all_drawn(1, layers[-1]), raw=True, display_id=True)

    def redraw(change=None):
        picture.value = drawn(sentence.value, layer.value, head.value)
        maps_of_all.update(all_drawn(sentence.value, layer.value), raw=True)

    def take(change):
        text = change["new"].strip()
        try:
            made = text and search.run(text, standins.multi_head_attention)
        except ImportError as error:
            said.value = f"<pre>{html.escape(str(error))}</pre>"
            return
        if made:
            sentences.append(made)
            sentence.options = [(s.text, i) for i, s in enumerate(sentences)]
            sentence.value = len(sentences) - 1

    for widget in (sentence, layer, head):
        widget.observe(redraw, "value")
    own.observe(take, "value")
    style.controls(
        widgets.VBox([sentence, own, said, layer, head, picture]), "Any head on any sentence, also on one of your own."
    )


def recap():
    """What happens to the shapes, from X over three parallel heads to the output."""
    with style.figure(height=3.7) as (fig, axis):

        def box(x, y, title, shape, fill):
            look = {"boxstyle": "round,pad=0.03", "facecolor": fill, "edgecolor": style.NOTE}
            axis.add_patch(FancyBboxPatch((x, y - 0.36), 1.3, 0.72, **look))
            axis.text(x + 0.65, y + 0.14, title, ha="center", va="center", fontsize=11, fontweight="bold", color="#111827")
            axis.text(x + 0.65, y - 0.18, shape, ha="center", va="center", fontsize=9, color="#111827")

        def arrow(start, end):
            axis.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=12, color=style.INK))

        box(0, 0, "X", "(n, d_model)", "#F3F4F6")
        for h, y in enumerate((1, 0, -1)):
            arrow((1.36, 0), (2.14, y))
            box(2.2, y, "Q, K, V", "(n, d_head)", "#F3F4F6")
            arrow((3.56, y), (4.24, y))
            box(4.3, y, f"weights {h}", "(n, n)", "#E9D3E0")
            arrow((5.66, y), (6.34, y))
            box(6.4, y, f"head {h}", "(n, d_head)", "#D5EFE6")
            arrow((7.76, y), (8.44, 0))
        box(8.5, 0, "merged", "(n, d_model)", "#D5EFE6")
        arrow((9.86, 0), (10.54, 0))
        box(10.6, 0, "output", "(n, d_model)", "#F3F4F6")
        names = {1.75: "W_Q, W_K, W_V,\nsplit", 3.9: "Q Kᵀ,\nsoftmax", 6.0: "· V", 8.1: "side by\nside", 10.2: "· W_O"}
        for x, name in names.items():
            axis.text(x, 1.5, name, ha="center", va="bottom", fontsize=9.5, color=style.NOTE)
        axis.set(xlim=(-0.1, 12.0), ylim=(-1.45, 2.05))
        axis.axis("off")
        caption = (
            "Multi-head attention with three heads; d_k = d_v = d_head = d_model / 3. Every head sees all of X through its "
            "own columns of W_Q, W_K and W_V. Tokens meet in the attention step only, heads in the last step only."
        )
        style.show(
            fig,
            caption,
            "Boxes from left to right: X, then three parallel rows of Q, K, V, weights and head, which are merged into the output.",
        )
