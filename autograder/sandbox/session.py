"""One submission's process, seen from the judge: a `Session`, whose functions can be played like any other."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..judging.script import Absent, Call, Error, Question, Reply, question_from, reply_from, to_plain
from ..judging.values import map_leaves
from .replies import checked, clean
from .wire import LIMIT, Late, Lost, Wire

MOST_IN_A_REPLY = 4 * 2**20
"""Bytes of a reply to a call: hundreds of times what a right one takes."""

MOST_QUESTIONS = 100_000
"""Questions of one process in all."""

MOST_IN_ALL = 256 * 2**20
"""Bytes of all that one process says: a notebook of pictures takes a tenth."""

GRACE = 3.0
"""Seconds that a process gets beyond its own limit, before it is killed."""


class Crashed(Exception):
    """The submission's process ended, or had to be ended. The text says why."""


@dataclass
class Session:
    """One submission's process."""

    wire: Wire
    process: int
    ended: Callable[[], int]
    answer: Callable[[Question], Reply] | None = None
    layers: dict[str, str] = field(default_factory=dict)
    questions: int = 0

    def __post_init__(self) -> None:
        self._handle = None  # the process itself: its number may be another's by the time that it is ended
        self._closed = False
        with contextlib.suppress(OSError, AttributeError):
            self._handle = os.pidfd_open(self.process)
        try:
            self.layers = self._wait(30.0)["layers"]
        except BaseException:
            self.close()
            raise

    def run(self, source: str, seconds: float) -> dict[str, Any]:
        """Runs a cell; returns {"stdout", "stderr", "shown", "error"}. Raises Crashed."""
        outputs = self._ask("run", seconds, source=source, seconds=seconds)
        return outputs if isinstance(outputs, dict) else {}

    def let_go(self, names: list[str]) -> None:
        """Before any of a submission's code runs: the stand-ins for these exercises are there no more."""
        self._ask("let go", 10.0, names=names)

    def player(self, name: str, seconds: float = 10.0, ready_made: tuple[str, ...] = ()) -> RemotePlayer | Absent:
        """The function `name` as the submission defines it now. Raises Crashed."""
        state = self._ask("state", 10.0, name=name)
        kind = state.get("state") if isinstance(state, dict) else None
        if kind != "callable":
            return Absent(kind if kind in ("missing", "not callable") else "missing", str(state.get("found"))[:100])
        return RemotePlayer(self, name, seconds, ready_made)

    def text(self, name: str) -> str | None:
        """The text that the variable `name` holds, or None."""
        state = self._ask("state", 10.0, name=name)
        return state["text"] if isinstance(state, dict) and isinstance(state.get("text"), str) else None

    def replace(self, name: str, parameters: list[tuple[str, bool, Any]]) -> None:
        """From now on whoever calls `name` in the submission asks the judge."""
        self._ask("replace", 10.0, name=name, parameters=parameters)

    def close(self) -> int:
        """Ends the process; returns its exit code, 0 where it has ended before."""
        if self._closed:
            return 0
        self._closed = True
        self.wire.close()
        with contextlib.suppress(OSError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            elif sys.platform != "linux":
                os.kill(self.process, signal.SIGKILL)
        if self._handle is not None:
            os.close(self._handle)
        return self.ended()

    def _ask(self, kind: str, within: float, **how: Any) -> Any:
        try:
            self.wire.send(within + GRACE, kind=kind, how=how)
            return self._wait(within + GRACE, LIMIT if kind == "run" else MOST_IN_A_REPLY).get("value")
        except Late:
            raise Crashed("it does not listen") from None
        except Lost as error:
            raise Crashed(str(error)) from error

    def _wait(self, seconds: float, limit: int = MOST_IN_A_REPLY) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self.wire.receive(deadline - time.monotonic(), min(limit, MOST_IN_ALL - self.wire.total))
            except Late:
                raise Crashed(f"it did not answer within {seconds:g} seconds") from None
            except Lost as error:
                raise Crashed(str(error)) from error
            if message.get("kind") != "ask":
                return message
            questions = message.get("questions")
            answers = [self._answer(plain, deadline) for plain in (questions if isinstance(questions, list) else [None])]
            self.wire.send(max(0.1, deadline - time.monotonic()), answers=answers)

    def _answer(self, plain: Any, deadline: float) -> dict[str, Any]:
        """The answer to one question: a Reply as plain data."""
        self.questions += 1
        try:
            if self.answer is None or self.questions > MOST_QUESTIONS:
                raise ValueError("too many questions")
            if time.monotonic() > deadline:
                raise ValueError("too late")
            question = question_from(plain)
            call = question.call
            call = Call(map_leaves(checked, call.args), "plain", map_leaves(checked, call.cotangent))
            return to_plain(self.answer(replace(question, call=call)))
        except ValueError as error:
            return to_plain(Reply(error=Error("ValueError", str(error))))


class RemotePlayer:
    """A `Player` for a function in a submission's process."""

    def __init__(self, session: Session, name: str, seconds: float, ready_made: tuple[str, ...] = ()):
        self.session, self.name, self.seconds, self.ready_made = session, name, seconds, ready_made

    def __call__(self, call: Call) -> Reply:
        how = {"name": self.name, "call": to_plain(call), "seconds": self.seconds, "ready_made": list(self.ready_made)}
        plain = self.session._ask("call", self.seconds, **how)
        try:
            return clean(reply_from(plain), call, self.ready_made)
        except ValueError as error:
            raise Crashed(str(error)) from error
