"""The warm process, seen from the judge: it makes a `Session` for each submission."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..judging.script import Question, Reply
from .layers import Limits
from .session import Crashed, Session
from .wire import Wire

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Set to 1 before Python starts: importing numpy starts threads, and with those there is no new user namespace and no safe fork."""

START, FORK = 300.0, 60.0
"""Seconds in which a warm process must have started, and made or ended a process, machine busy or not."""


class NotImported(Exception):
    """A module that is to be imported before submissions come cannot be. The text says which, and why."""


class Gone(Exception):
    """The warm process ended, or does not answer."""


class Warm(contextlib.AbstractContextManager):
    """A warm process, which makes one `Session` at a time, and which is started anew where it was killed, for want of memory
    say. Use it in a with statement.

    It imports the modules `imports`, once for all submissions; these may read the folder `shared` as well, a package of the
    course's. Raises NotImported.
    """

    def __init__(
        self, imports: tuple[str, ...], limits: Limits | None = None, namespaces: bool = True, shared: Path | None = None
    ):
        self.limits = limits or Limits()
        self.cpu_seconds = 0.0
        self._settings = json.dumps(
            {"namespaces": namespaces, "imports": imports, "shared": shared and str(shared.resolve())}
        )
        self._session: Session | None = None
        self.missing: dict[str, str] = self._start()

    def _start(self) -> dict[str, str]:
        """Starts it; returns {layer: why it is missing}, as far as it knows."""
        self._scratch = Path(tempfile.mkdtemp(prefix="sandbox-"))
        self._scratch.chmod(0o711)
        place = self._scratch / "work"
        place.mkdir()
        place.chmod(0o777)
        ours, theirs = socket.socketpair()
        self._control, self._lines = ours, ours.makefile("rb")
        command = [sys.executable, "-m", "autograder.sandbox.warm", str(theirs.fileno()), str(place), self._settings]
        env = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "TZ")}
        env |= dict.fromkeys(THREADS, "1")
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=env, stdin=subprocess.DEVNULL)
        theirs.close()
        try:
            line = self._line(START)
        except Gone as error:
            self._stop()
            raise RuntimeError(f"{error}; what it said is above") from None
        if line["problem"]:
            self._stop()
            raise NotImported(line["problem"])
        return line["ready"]

    def session(self, answer: Callable[[Question], Reply] | None = None, exercises: Iterable[str] = ()) -> Session:
        """A new process for one submission; one that was left open has ended by then. `answer(question)` replies where the
        judge is asked: by its code, or by what is left there of the stand-ins for `exercises`. Raises Crashed where there is
        none to be had."""
        if self._session is not None:
            self._session.close()
        if self._process.poll() is None:
            with contextlib.suppress(Gone, Crashed):
                return self._forked(answer, exercises)
        self._stop()
        if (missing := self._start()) != self.missing:
            raise RuntimeError(f"the sandbox is not what it was when grading began: {missing}")
        try:
            return self._forked(answer, exercises)
        except Gone as error:
            raise Crashed(str(error)) from None

    def _forked(self, answer: Callable[[Question], Reply] | None, exercises: Iterable[str]) -> Session:
        ours, theirs = socket.socketpair()
        try:
            self._control.settimeout(FORK)
            socket.send_fds(self._control, [json.dumps(asdict(self.limits)).encode()], [theirs.fileno()])
            process = self._line(FORK)["process"]
        except (OSError, Gone) as error:
            ours.close()
            raise Gone(f"there is no process to be had ({error})") from None
        finally:
            theirs.close()
        self._session = Session(Wire(ours), process, self._ended, answer)
        self._session.let_go(list(exercises))
        return self._session

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
        self._stop()

    def _stop(self) -> None:
        self._lines.close()  # it holds the socket open as well
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ended(self) -> int:
        self._session = None
        try:
            line = self._line(FORK)
        except Gone:  # the next session starts it anew
            self._process.kill()
            self._process.wait()
            return -signal.SIGKILL
        self.cpu_seconds += line["cpu"]
        return line["ended"]

    def _line(self, seconds: float) -> dict[str, Any]:
        try:
            self._control.settimeout(seconds)
            return json.loads(self._lines.readline())
        except (OSError, ValueError):
            raise Gone("the warm process ended, or does not answer") from None


def protection() -> dict[str, str]:
    """The layers that a submission is shut in by on this machine: {layer: "" or why it is missing}."""
    if not hasattr(os, "fork"):
        return {"process": "this system cannot fork"}
    with Warm(()) as warm:
        session = warm.session()
        layers = warm.missing | session.layers
        session.close()
    return layers
