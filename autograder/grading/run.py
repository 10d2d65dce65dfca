"""One submission on its way through the sandbox: its cells and checks, in a process that may die at any of them."""

from __future__ import annotations

import contextlib
import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from ..coursedir.releases import Release
from ..judging.asking import size_of
from ..judging.held import MOST_ENTRIES, Holder
from ..judging.held import answer as play_right
from ..judging.judge import compare, judge, judge_choice
from ..judging.key import Key
from ..judging.key_files import (
    REFERENCE,
    exercises_before,
    exercises_in,
    exercises_needed,
    key_in,
    load_functions,
    makers_of,
)
from ..judging.player import error_of
from ..judging.script import Absent, Error, Player, Question, Reply
from ..judging.standins import ReadyMade
from ..judging.time_limit import TooSlow, time_limit
from ..judging.verdict import Failure, Verdict
from ..messages.description import Description, describe, sentence
from ..sandbox.layers import memory_limit
from ..sandbox.process import Warm
from ..sandbox.session import Crashed, RemotePlayer, Session
from .outputs import Room, error_output, outputs_of
from .players import Guarded, Shuffled

ANSWER_SECONDS, ANSWER_MEMORY = 2.0, 2**30
"""What a right function may take for an answer to a submission."""


@dataclass(frozen=True)
class Limits:
    """Seconds: for a cell, for one call of a function under test, and for scoring a whole submission (half of it more to
    show what came out)."""

    cell: float = 60.0
    call: float = 10.0
    submission: float = 300.0


LIMITS = Limits()


class Run:
    """One submission on its way through the sandbox."""

    def __init__(self, release: Release, warm: Warm, limits: Limits, seconds: float):
        self.release, self.warm, self.limits = release, warm, limits
        self.end = time.monotonic() + seconds
        self.steps: list[str | tuple[str, list]] = []  # cells and replacements, to be done again after a crash
        self.judged: set[str] = set()
        self.wrong: set[str] = set()
        self.judging = ""
        self.carried: dict[str, tuple[str, ...]] = {}
        self.holder = Holder()
        self.crashes = 0
        self.room = Room()
        self.session: Session | None = self._begin()

    def close(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session = None

    # -- ordinary cells ----------------------------------------------------------------------------------------------

    def cell(self, source: str) -> list[NotebookNode]:
        session = self._alive()
        if session is None:
            return [
                error_output("NotRun", "An earlier cell ended Python too often, or took too long. This one was not run.")
            ]
        try:
            reply = session.run(source, self._seconds(self.limits.cell))
        except Crashed as crash:
            self._crashed()
            return [
                error_output("Ended", f"This cell ended Python: {crash}. What it defines is not there for the cells below.")
            ]
        self.steps.append(source)
        return list(outputs_of(reply, self.room))

    # -- checks ------------------------------------------------------------------------------------------------------

    def key(self, name: str) -> Key:
        """The key that counts: the hidden one; of a prediction, the only one there is."""
        visible = key_in(self.release.visible, name)
        return visible if visible.options else key_in(self.release.hidden, name)

    def score(self, name: str) -> Verdict:
        """The verdict that counts."""
        key = self.key(name)
        if key.options:
            return judge_choice(key, self._choice(name))
        self.carried[name] = tuple(n for n in exercises_needed(self.release.visible, name) if n in self.wrong)
        verdict = self._judged(key, self.release.hidden)
        if not verdict.passed:
            self._carry_forward(name)
        return verdict

    def failures(self, name: str) -> list[Failure]:
        """Every case of the key that counts which the submission gets wrong."""
        key = self.key(name)
        with self._player_and_held(key, self.release.hidden) as (player, held):
            if isinstance(player, Absent):
                return [Failure(player.why, absent=player)]
            failures = (compare(case, player(case.call), held) for case in key.cases)
            return [failure for failure in failures if failure]

    def explain(self, name: str) -> tuple[Verdict, Description]:
        """What a student is told of a wrong answer: the verdict by the visible key, with its smallest failing input."""
        visible = key_in(self.release.visible, name)
        if visible.options:
            verdict = judge_choice(visible, self._choice(name))
        else:
            verdict = self._judged(visible, self.release.visible)
            self._carry_forward(name)
        return verdict, describe(verdict, visible)

    def _choice(self, name: str) -> str | None:
        return self._from_session(lambda session: session.text(name), None)

    def _judged(self, key: Key, folder: Path) -> Verdict:
        with self._player_and_held(key, folder) as (player, held):
            return judge(key, player, held)

    @contextlib.contextmanager
    def _player_and_held(self, key: Key, folder: Path) -> Iterator[tuple[Absent | Player, dict[str, Callable]]]:
        """Who plays the key's calls, and the functions that the judge holds for them."""
        player = self._player(key)
        self.judged.add(key.exercise)
        if isinstance(player, Absent):
            yield player, {}
            return
        held = makers_of(key, folder)
        self.holder = Holder(held, partial(sentence, key), _guard)
        guarded = Guarded(player, self._seconds)
        self.judging = key.exercise
        try:
            yield Shuffled(partial(self.holder.play, guarded), key), held
        finally:
            self.holder, self.judging = Holder(), ""
            if guarded.crashed:
                self._crashed()

    def _player(self, key: Key) -> RemotePlayer | Absent:
        most = self.limits.call if key.hidden else self.limits.call / 4  # the verdict that counts is in by then
        return self._from_session(
            lambda session: session.player(key.exercise, self._seconds(most), key.ready_made), Absent("missing")
        )

    def _carry_forward(self, name: str) -> None:
        if not (self.release.hidden / f"{name}{REFERENCE}").is_file():
            return
        self.wrong.add(name)
        parameters = [
            (p.name, p.default is not p.empty, None if p.default is p.empty else p.default)
            for p in inspect.signature(_reference(self.release.hidden, name)).parameters.values()
        ]
        self.steps.append((name, parameters))
        self._from_session(lambda session: session.replace(name, parameters), None)

    def answer(self, question: Question) -> Reply:
        """What the judge answers a submission that asks: of what it holds, and of exercises judged already.

        While an exercise is judged, only what stands before it in the release is answered for, whatever else was judged by then:
        a right function for a later one might be a right answer.
        """
        if question.held:
            return self.holder.answer(question)
        name, call = question.name, question.call
        if (size := size_of(call)) > MOST_ENTRIES:
            raise ValueError(f"an input of {size} numbers is more than the grader's {name} takes")
        if not self._may_answer(name):
            if name in exercises_in(self.release.visible):
                return Reply(error=Error(ReadyMade.__name__, f"standins.{name}"))
            raise ValueError(f"there is no {name[:100]} to ask")
        try:
            with _guard():
                return play_right(_reference(self.release.hidden, name), call)
        except (Exception, TooSlow) as error:
            return Reply(error=error_of(error))

    def _may_answer(self, name: str) -> bool:
        return name in self.judged and (not self.judging or name in exercises_before(self.release.visible, self.judging))

    # -- a process that may die --------------------------------------------------------------------------------------

    def _from_session(self, act: Callable[[Session], Any], otherwise: Any) -> Any:
        """What `act` returns of the process; `otherwise` where there is none, or where it ends meanwhile."""
        session = self._alive()
        try:
            return otherwise if session is None else act(session)
        except Crashed:
            self._crashed()
            return otherwise

    def _alive(self) -> Session | None:
        """The process; a new one in which all is done again where the last has died. None where that is no use."""
        while self.session is None and self.crashes <= 3 and self._seconds(1) > 0:
            try:
                self.session = self._begin()
                for step in self.steps:
                    if isinstance(step, str):
                        self.session.run(step, self._seconds(self.limits.cell))
                    else:
                        self.session.replace(*step)
            except Crashed:
                self._crashed()
        if self._seconds(1) <= 0:
            self.close()
        return self.session

    def _begin(self) -> Session:
        """A new process. The time that it takes to be there, perhaps with a new warm process, is not the submission's."""
        start = time.monotonic()
        session = self.warm.session(self.answer, exercises_in(self.release.visible))
        self.end += time.monotonic() - start
        return session

    def _crashed(self) -> None:
        self.crashes += 1
        self.close()

    def _seconds(self, most: float) -> float:
        return max(0.0, min(most, self.end - time.monotonic()))


@contextlib.contextmanager
def _guard() -> Iterator[None]:
    """What a function of the judge's may take for an answer to a submission."""
    with memory_limit(ANSWER_MEMORY), time_limit(ANSWER_SECONDS):
        yield


@lru_cache(maxsize=64)
def _reference(folder: Path, name: str) -> Callable:
    return load_functions(folder / f"{name}{REFERENCE}")[name]
