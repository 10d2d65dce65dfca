"""What runs inside a submission's process: cells, and calls of the functions that they define. It knows no answer.

Everything here can be overwritten by the code it runs. That is allowed for: nothing that it says is believed but as data.
"""

from __future__ import annotations

import importlib
import inspect
import socket
from collections.abc import Callable
from typing import Any

from ..judging.asking import asking
from ..judging.player import LocalPlayer
from ..judging.script import Question, Reply, call_from, reply_from, to_plain
from ..judging.standins import let_go
from ..judging.time_limit import TooSlow, time_limit
from .wire import Lost, Wire

MAX_TEXT = 50_000
"""Characters kept of what a cell prints."""

MAX_IMAGE = 2 * 2**20
"""Characters kept of one image (base64)."""

_shell: Any = None


def prepare(imports: list[str]) -> str:
    """Imports what lessons import, and makes the shell that cells run in: once, before any submission is there.

    Returns which module cannot be imported, and why; "" where all can.
    """
    global _shell
    for name in imports:
        try:
            importlib.import_module(name)
        except Exception as error:
            return f"{name} ({type(error).__name__}: {error})"
    import sys

    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Minimal"
    _shell = InteractiveShell.instance(config=config)
    _shell.enable_gui = lambda gui=None: None  # %matplotlib asks for one
    _shell.run_cell("pass")  # what a first cell sets up, set up once
    return ""


def serve(sock: socket.socket, layers: dict[str, str]) -> None:
    """Answers one message after another until the other end hangs up."""
    wire = Wire(sock)
    wire.send(kind="layers", layers=layers)
    actions = {"run": _run, "state": _state, "call": _call, "replace": _replace, "let go": _let_go}
    while True:
        try:
            message = wire.receive()
            wire.send(kind="done", value=actions[message["kind"]](wire, **message["how"]))
        except Lost:
            return


def _run(wire: Wire, source: str, seconds: float) -> dict[str, Any]:
    """Runs a cell; returns its outputs as plain data."""
    from IPython.utils.capture import capture_output

    _shell.showtraceback = _quiet_traceback
    _failed.clear()
    with capture_output() as captured:
        try:
            with time_limit(seconds):
                result = _shell.run_cell(source, store_history=False).result
        except TooSlow as error:
            result = None
            _failed.append({"ename": "TooSlow", "evalue": str(error)})
    outputs = [_image_or_text(o.data) for o in captured.outputs[:200]]
    if result is not None and outputs:
        outputs[-1]["result"] = True
    return {
        "stdout": captured.stdout[:MAX_TEXT],
        "stderr": captured.stderr[:MAX_TEXT],
        "shown": [s for s in outputs if s],
        "error": _failed[0] if _failed else None,
    }


_failed: list[dict[str, str]] = []


def _quiet_traceback(*args: Any, **kwargs: Any) -> None:
    """Notes the exception alone: a traceback takes tens of milliseconds, and names files of this machine."""
    import sys

    kind, value = sys.exc_info()[:2]
    try:
        message = str(value)[:MAX_TEXT]
    except Exception:
        message = ""
    _failed.append({"ename": getattr(kind, "__name__", "Error"), "evalue": message})


def _image_or_text(data: dict[str, Any]) -> dict[str, Any]:
    """Of what a cell shows, plain text and PNG images; no HTML, which could run script where feedback is read."""
    plain = {"text/plain": str(data["text/plain"])[:MAX_TEXT]} if "text/plain" in data else {}
    image = data.get("image/png")
    if isinstance(image, bytes):
        import base64

        image = base64.b64encode(image).decode()
    if isinstance(image, str) and len(image) <= MAX_IMAGE:
        plain["image/png"] = image
    return plain


def _state(wire: Wire, name: str) -> dict[str, str]:
    """Whether there is a function of this name."""
    value = _shell.user_ns.get(name)
    if value is None and name not in _shell.user_ns:
        return {"state": "missing", "found": ""}
    if isinstance(value, str):
        return {"state": "not callable", "found": "str", "text": value[:200]}
    return {"state": "callable" if callable(value) else "not callable", "found": type(value).__name__}


def _let_go(wire: Wire, names: list[str]) -> None:
    """The stand-ins for these exercises are no more in this process: who calls one asks the judge."""
    let_go(names, lambda name, signature: asking(name, _ask(wire), held=False, signature=signature))


_players: dict[str, LocalPlayer] = {}
"""By name, who plays a function: what the calls of a script are to keep stays there."""


def _call(wire: Wire, name: str, call: dict[str, Any], seconds: float, ready_made: list[str]) -> dict[str, Any]:
    call = call_from(call)
    if not call.step or name not in _players:
        _players[name] = LocalPlayer(_shell.user_ns.get(name), _ask(wire), ready_made=tuple(ready_made))
    _players[name].seconds = seconds
    return to_plain(_players[name](call))


def _replace(wire: Wire, name: str, parameters: list[tuple[str, bool, Any]]) -> None:
    """Puts a function that asks the judge in the place of `name`, under every name that the old one has."""
    wrong = _shell.user_ns.get(name)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature(
        [
            inspect.Parameter(n, kind, default=default if optional else inspect.Parameter.empty)
            for n, optional, default in parameters
        ]
    )
    right = asking(name, _ask(wire), held=False, signature=signature)
    for other in [n for n, value in _shell.user_ns.items() if wrong is not None and value is wrong]:
        _shell.user_ns[other] = right
    _shell.user_ns[name] = right
    _mend_defaults(wrong, right)


def _mend_defaults(wrong: Any, right: Callable) -> None:
    """Functions that captured the wrong one as a default argument get the right one."""
    for value in list(_shell.user_ns.values()):
        if inspect.isfunction(value) and value.__defaults__:
            value.__defaults__ = tuple(right if d is wrong else d for d in value.__defaults__)


def _ask(wire: Wire) -> Callable[[list[Question]], list[Reply]]:
    """Sends questions to the judge, and waits for what it answers."""

    def ask(questions: list[Question]) -> list[Reply]:
        wire.send(kind="ask", questions=[to_plain(q) for q in questions])
        return [reply_from(answer) for answer in wire.receive()["answers"]]

    return ask
