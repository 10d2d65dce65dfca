"""The judge's end: a warm process, and a `Session` for each submission, whose functions can be played like any other."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..judging.effects import RANDOM
from ..judging.live import MAX_ENTRIES, MAX_TEXT
from ..judging.printable import whole
from ..judging.script import Absent, Call, Error, Question, Reply, question_from, reply_from, to_plain
from ..judging.values import Array, Opaque, Other, is_number, map_leaves
from .layers import Limits
from .wire import LIMIT, Late, Lost, Wire

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Set to 1 before Python starts: importing numpy starts threads, and with those there is no new user namespace and no safe fork."""

MOST_IN_A_REPLY = 4 * 2**20
"""Bytes of a reply to a call: hundreds of times what a right one takes."""

MOST_QUESTIONS = 20_000
"""Questions of one process in all."""

MOST_IN_ALL = 256 * 2**20
"""Bytes of all that one process says: a notebook of pictures takes a tenth."""

START, FORK = 300.0, 60.0
"""Seconds in which a warm process must have started, and made or ended a process, machine busy or not."""

GRACE = 3.0
"""Seconds that a process gets beyond its own limit, before it is killed."""


class Crashed(Exception):
    """The submission's process ended, or had to be ended. The text says why."""


class NotImported(Exception):
    """A module that is to be imported before submissions come cannot be. The text says which, and why."""


class Gone(Exception):
    """The warm process ended, or does not answer."""


class Warm:
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
        self._wanted = json.dumps({"namespaces": namespaces, "imports": imports, "shared": shared and str(shared.resolve())})
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
        command = [sys.executable, "-m", "autograder.sandbox.warm", str(theirs.fileno()), str(place), self._wanted]
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

    def __enter__(self) -> Warm:
        return self

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


@dataclass
class Session:
    """One submission's process."""

    wire: Wire
    process: int
    ended: Callable[[], int]
    answer: Callable[[Question], Reply] | None = None
    layers: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def __post_init__(self) -> None:
        self._held = None  # the process itself: its number may be another's by the time that it is ended
        self._closed = False
        with contextlib.suppress(OSError, AttributeError):
            self._held = os.pidfd_open(self.process)
        try:
            self.layers = self._wait(30.0)["layers"]
        except BaseException:
            self.close()
            raise

    def run(self, source: str, seconds: float) -> dict[str, Any]:
        """Runs a cell; returns {"stdout", "stderr", "shown", "error"}. Raises Crashed."""
        found = self._ask("run", seconds, source=source, seconds=seconds)
        return found if isinstance(found, dict) else {}

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
            if self._held is not None:
                signal.pidfd_send_signal(self._held, signal.SIGKILL)
            elif sys.platform != "linux":
                os.kill(self.process, signal.SIGKILL)
        if self._held is not None:
            os.close(self._held)
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
            answers = [self._answer(plain, deadline) for plain in _questions(message)]
            self.wire.send(max(0.1, deadline - time.monotonic()), answers=answers)

    def _answer(self, plain: Any, deadline: float) -> dict[str, Any]:
        """The answer to one question: a Reply as plain data."""
        self.asked += 1
        try:
            if self.answer is None or self.asked > MOST_QUESTIONS:
                raise ValueError("too many questions")
            if time.monotonic() > deadline:
                raise ValueError("too late")
            question = question_from(plain)
            call = question.call
            call = Call(map_leaves(checked, call.args), "plain", map_leaves(checked, call.cotangent))
            return to_plain(self.answer(replace(question, call=call)))
        except ValueError as error:
            return to_plain(Reply(error=Error("ValueError", str(error))))


def _questions(message: dict[str, Any]) -> list[Any]:
    questions = message.get("questions")
    return questions if isinstance(questions, list) else [None]


class RemotePlayer:
    """A `Player` for a function in a submission's process."""

    def __init__(self, session: Session, name: str, seconds: float, ready_made: tuple[str, ...] = ()):
        self.session, self.name, self.seconds, self.ready_made = session, name, seconds, ready_made

    def __call__(self, call: Call) -> Reply:
        how = {"name": self.name, "call": to_plain(call), "seconds": self.seconds, "ready_made": list(self.ready_made)}
        found = self.session._ask("call", self.seconds, **how)
        try:
            reply = reply_from(found)
        except ValueError as error:
            raise Crashed(str(error)) from error
        gradients = (
            None if reply.gradients is None else {n: reply.gradients.get(n) for n in call.args if n in reply.gradients}
        )
        return Reply(
            map_leaves(checked, reply.value),
            reply.error and Error(*(_cut(t) if isinstance(t, str) else t for t in asdict(reply.error).values())),
            map_leaves(checked, gradients),
            tuple(name for name in call.args if name in reply.changed),
            tuple(name for name in RANDOM if name in reply.random_changed),
            _cut(reply.printed),
            tuple(_cut(w) for w in reply.warnings),
            tuple(name for name in reply.used if name in self.ready_made),
        )


def checked(leaf: Any) -> Any:
    """A leaf from the other side, or what it is called where it is not what it says."""
    if isinstance(leaf, Array):
        held = "float32" if leaf.dtype == "bfloat16" else leaf.dtype
        true = isinstance(leaf.data, np.ndarray) and leaf.data.dtype.name == held and leaf.data.dtype.kind in "biuf"
        return leaf if true and leaf.data.size <= MAX_ENTRIES and leaf.backend in ("numpy", "torch") else Other("array")
    if leaf is None or is_number(leaf):
        return leaf
    if isinstance(leaf, Opaque):
        return Opaque(_cut(str(leaf.id))[:100])
    return _cut(leaf) if type(leaf) is str else Other(_cut(str(getattr(leaf, "what", type(leaf).__name__)))[:100])


def _cut(text: str) -> str:
    """A text from the other side as it may be shown."""
    return without_paths(whole(text[:MAX_TEXT]))


def without_paths(text: str) -> str:
    """`text` without the places on this machine that it may quote: a warning names the file that it comes from."""
    return _places().sub("…", text)


@lru_cache(maxsize=1)
def _places() -> re.Pattern[str]:
    package = Path(__file__).resolve().parent.parent.parent
    found = {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, package, Path.home()}
    found |= {Path(p).resolve() for p in found}
    telling = sorted((str(p) for p in found if len(Path(p).parts) > 2 or Path(p) == Path.home() != Path("/")), key=len)
    scratch = re.escape(tempfile.gettempdir()) + r"/sandbox-\w+(/work)?"
    return re.compile("|".join([*map(re.escape, reversed(telling)), scratch]))
