"""The notebook that this process runs, where it runs one: its names and its screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ..messages.render import lines_html

NO_LINKS: Mapping[str, str] = MappingProxyType({})
SANDBOX = "AUTOGRADER_SANDBOX"
"""Environment variable that is set in the grader's sandbox, and only there."""


Output = tuple[dict[str, Any], dict[str, Any]]
"""What a cell shows: data by MIME type, and metadata."""


def in_sandbox() -> bool:
    """Whether this is the grader's sandbox, where no key is: the judge sits outside it."""
    return SANDBOX in os.environ


def namespace() -> dict[str, Any]:
    """The names that cells have made."""
    shell = _ipython()
    return shell.user_ns if shell else vars(__import__("__main__"))


def in_notebook() -> bool:
    return getattr(_ipython(), "kernel", None) is not None


def after_each_cell(call: Callable[[Any], None]) -> None:
    """Calls `call` with IPython's result of each cell that runs from now on, this one included. Only in a notebook."""
    _ipython().events.register("post_run_cell", call)


def after_this_cell(call: Callable[[Any], None]) -> None:
    """Calls `call` once, with IPython's result, when the cell that runs has ended. Only in a notebook."""
    events = _ipython().events

    def once(result: Any) -> None:
        events.unregister("post_run_cell", once)
        call(result)

    events.register("post_run_cell", once)


def running_cell() -> tuple[str, str]:
    """The id, "" where the front end sends none, and the text of the cell that runs. Only in a notebook."""
    shell = _ipython()
    return str(shell.get_parent().get("metadata", {}).get("cellId") or ""), shell.history_manager.input_hist_raw[-1]


def replace_cell(text: str) -> None:
    """Puts `text` in the place of what the cell that runs says; JupyterLab and VS Code do so when it has ended. Only in a notebook."""
    _ipython().set_next_input(text, replace=True)


def display(data: dict[str, str], metadata: dict[str, Any] | None = None) -> None:
    """Shows `data`, {MIME type: content}, below the cell that runs. Only in a notebook."""
    from IPython.display import publish_display_data

    publish_display_data(data, metadata=metadata)


def live_display(data: dict[str, Any], name: str = "", metadata: dict[str, Any] | None = None) -> Any:
    """Shows `data` in an output whose handle, which is returned, can update it, with all others of its `name`. Only in a notebook."""
    from IPython.display import display

    return display(data, raw=True, display_id=name or True, metadata=metadata)


def update(data: dict[str, str], name: str, metadata: dict[str, Any] | None = None) -> None:
    """Shows `data` in place of what the outputs of this name show. Only in a notebook."""
    from IPython.display import update_display

    update_display(data, display_id=name, raw=True, metadata=metadata)


def widget_data(widget: Any, text: str) -> dict[str, Any]:
    """A widget as a notebook shows it, by MIME type, with what stands there where no kernel runs. Every ipywidgets reads it alike."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view, "text/plain": text}


def show_markdown(text: str) -> None:
    """Shows Markdown below the cell that runs; prints it outside of a notebook."""
    if in_notebook():
        display({"text/markdown": text, "text/plain": text})
    else:
        print(text)


def say(lines: list[str], links: Mapping[str, str] = NO_LINKS) -> None:
    """Shows lines below the cell that runs; prints them outside of a notebook. `links` says which words lead where."""
    if in_notebook():
        display(data_of(lines, links))
    else:
        print("\n".join(lines))


class LiveLines:
    """Lines that are shown in place of those shown before, in a notebook; elsewhere the last one is printed."""

    def __init__(self) -> None:
        self._handle = live_display({"text/plain": ""}) if in_notebook() else None

    def show(self, lines: list[str], links: Mapping[str, str] = NO_LINKS) -> None:
        if self._handle:
            self._handle.update(data_of(lines, links), raw=True)
        else:
            print(lines[-1])


def data_of(lines: list[str], links: Mapping[str, str] = NO_LINKS) -> dict[str, str]:
    """The lines as a notebook shows them, by MIME type."""
    return {"text/plain": "\n".join(lines), "text/html": lines_html(lines, links)}


def _ipython() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
