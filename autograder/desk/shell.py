"""The notebook that this process runs, where it runs one: its names and its screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from ..messages.render import lines_html

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


def end_of_cell(call: Callable[[Any], None], wait: bool = True) -> None:
    """Has `call` called, with IPython's result, whenever a cell has ended; with `wait` False no more. Only in a notebook."""
    events = _ipython().events
    (events.register if wait else events.unregister)("post_run_cell", call)


def say(lines: list[str]) -> None:
    """Shows lines below the cell that runs; prints them outside of a notebook."""
    if in_notebook():
        display(_data(lines))
    else:
        print("\n".join(lines))


def live_lines() -> Callable[[list[str]], None]:
    """Shows lines in place of those that it showed before, in a notebook; prints the last one elsewhere."""
    if not in_notebook():
        return lambda lines: print(lines[-1])
    handle = live_display({"text/plain": ""})
    return lambda lines: handle.update(_data(lines), raw=True)


def _data(lines: list[str]) -> dict[str, str]:
    return {"text/plain": "\n".join(lines), "text/html": lines_html(lines)}


def _ipython() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
