"""A button that hands in the lesson of this notebook, and shows below itself what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from ..messages.translate import _
from . import shell
from .submit import submit_and_show


def show_button() -> None:
    """Shows the button where ipywidgets are installed. Only in a notebook; what it does can be done by `submit()` as well."""
    try:
        import ipywidgets
    except ImportError:
        return
    button = ipywidgets.Button(description=_("Check and hand in"), layout={"width": "max-content"})
    below = ipywidgets.Output()

    def show(lines: list[str], links: Mapping[str, str] = shell.NO_LINKS) -> None:
        below.outputs = ({"output_type": "display_data", "data": shell.data_of(lines, links), "metadata": {}},)

    def hand_in(_clicked: object) -> None:
        button.disabled = True
        try:
            submit_and_show(show)
        finally:
            button.disabled = False

    button.on_click(hand_in)
    box = ipywidgets.VBox([button, below])
    shell.display(shell.widget_data(box, _("(With a running kernel, a button to hand in is here.)")))
