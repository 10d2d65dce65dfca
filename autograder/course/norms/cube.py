"""Which entries of a batch move one entry of what a norm gives: found by moving each, and shown on a cube of buttons."""

import functools

import ipywidgets as widgets
import torch

from .. import style

SHAPE = 3, 4, 5  # sequences, tokens, features


@functools.cache
def _batch():
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def moved_by(norm, entry):
    """Whether each entry of a batch moves this entry of norm(batch): a bool tensor (sequences, tokens, features)."""
    x = _batch()
    before = norm(x)[entry]
    moved = torch.zeros(SHAPE, dtype=torch.bool)
    for place in torch.cartesian_prod(*map(torch.arange, SHAPE)).tolist():
        changed = x.clone()
        changed[tuple(place)] += 1
        moved[tuple(place)] = (norm(changed)[entry] - before).abs() > 1e-9
    return moved


def click(norms):
    """A batch of buttons: a click on an entry marks those that move it. `norms` maps names to functions of (3, 4, 5) tensors."""
    kind = widgets.Dropdown(options=list(norms), description="norm")
    buttons = {}
    for place in torch.cartesian_prod(*map(torch.arange, SHAPE)).tolist():
        buttons[tuple(place)] = widgets.Button(layout=widgets.Layout(width="34px", height="28px", margin="1px", padding="0"))
    said = widgets.HTML()
    chosen = [(1, 1, 2)]

    def redraw(change=None):
        moved = moved_by(norms[kind.value], chosen[0])
        for place, button in buttons.items():
            here = place == chosen[0]
            button.description = "◎" if here else "●" if moved[place] else "·"
            button.style.button_color = style.V_PALE if here else "#E9D3E0" if moved[place] else "white"
            button.tooltip = "sequence {}, token {}, feature {}".format(*place)
        count = int(moved.sum()) - int(moved[chosen[0]])
        where = "sequence {}, token {}, feature {}".format(*chosen[0])
        said.value = f"{kind.value}: {count} other entries (●) move the one at {where} (◎). Click any entry."

    def choose(place, button):
        chosen[0] = place
        redraw()

    for place, button in buttons.items():
        button.on_click(functools.partial(choose, place))
    kind.observe(redraw, "value")
    redraw()
    sheets = []
    for b in range(SHAPE[0]):
        rows = [widgets.HBox([buttons[b, t, f] for f in range(SHAPE[2])]) for t in range(SHAPE[1])]
        sheets.append(widgets.VBox([widgets.HTML(f"sequence {b}"), *rows], layout=widgets.Layout(margin="0 22px 0 0")))
    style.controls(widgets.VBox([kind, widgets.HBox(sheets), said]), "Click an entry and see which others move it.")
