"""Runs a submission's cells in the sandbox and judges from outside it: (submission, release, limits) → outputs and scores."""

from __future__ import annotations

import ast
import contextlib
import inspect
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from nbformat import NotebookNode

from ..coursedir.folders import CourseError
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
from ..judging.script import Absent, Call, Error, Player, Question, Reply
from ..judging.standins import ReadyMade
from ..judging.time_limit import TooSlow, time_limit
from ..judging.values import Held, leaves
from ..judging.verdict import Failure, Verdict
from ..messages.description import Description, describe, sentence
from ..messages.render import to_html, to_text
from ..sandbox.layers import memory_limit, readable
from ..sandbox.process import Crashed, RemotePlayer, Session, Warm
from .demos import demos_of, unneeded
from .outputs import Room, error_output, output, outputs_of

MOST_REPLIES = 8 * 2**20
"""Bytes of all replies that an exercise is judged by, a hundred times what right ones take."""

ASKED_SECONDS, ASKED_MEMORY = 2.0, 2**30
"""What a right function may take for an answer to a submission."""


@dataclass(frozen=True)
class Judged:
    """The verdict that counts on one exercise, what the student is told of it, and the wrong earlier exercises that a right
    function stood in for."""

    verdict: Verdict
    key: Key
    descriptions: tuple[Description, ...]
    carried: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """Seconds: for a cell, for one call of a function under test, and for scoring a whole submission (half of it more to
    show what came out)."""

    cell: float = 60.0
    call: float = 10.0
    submission: float = 300.0


LIMITS = Limits()


def execute(cells: list[NotebookNode], release: Release, warm: Warm, limits: Limits = LIMITS) -> list[Judged]:
    """Gives every code cell its outputs, in place; returns what came of each exercise, in order. Never raises for what
    the submission does. Demos of the release on which nothing depends do not run.

    A process that has been called with hidden inputs may print them later. So it is only scored by, and where there is
    something to show, the cells run once more in a process that is called with visible inputs alone.

    What remains for it to tell of hidden inputs: which aspects of an exercise it gets wrong, as which known mistake, and on which
    kind of input first. Who chooses these by an input learns some ten bits of it with each grading, and no grader that says
    what is wrong can say less. What the release says alone, such as which right functions stood in, tells none.
    """
    out_of_reach(release.hidden)
    code = [c for c in cells if c.cell_type == "code"]
    checks = {id(c): name for c in code if (name := check_of(c)) is not None}
    idle = unneeded([c.source for c in code if id(c) not in checks], demos_of(release.notebook))
    verdicts: dict[str, Verdict] = {}
    loud = False
    with contextlib.closing(_Run(release, warm, limits, limits.submission)) as scoring:
        for cell in code:
            if (name := checks.get(id(cell))) is not None:
                verdicts[name] = scoring.score(name)
            elif cell.source not in idle:
                loud |= bool(scoring.cell(cell.source))
    again = loud or not all(v.passed for v in verdicts.values())
    rerun = contextlib.closing(_Run(release, warm, limits, limits.submission / 2)) if again else contextlib.nullcontext()
    with rerun as showing:
        return _written(code, checks, idle, verdicts, scoring, showing)


def _written(
    code: list[NotebookNode],
    checks: dict[int, str],
    idle: set[str],
    verdicts: dict[str, Verdict],
    scoring: _Run,
    showing: _Run | None,
) -> list[Judged]:
    """Gives every code cell its outputs, in place, as the run `showing` has them; returns what came of each exercise."""
    judged = []
    for cell in code:
        if (name := checks.get(id(cell))) is not None:
            verdict, key = verdicts[name], scoring.key(name)
            messages = [] if showing is None or verdict.passed else [showing.explain(name)]
            if not messages or (messages[0][0].passed and not key.options):
                # What goes wrong on hidden inputs alone is said too; a prediction from where these are known is not shown.
                messages.append((verdict, describe(verdict, key)))
            judged.append(Judged(verdict, key, tuple(d for _, d in messages), scoring.carried.get(name, ())))
            cell.outputs = [*(_message(*m) for m in messages), _number(verdict.score)]
        else:
            cell.outputs = [] if showing is None or cell.source in idle else showing.cell(cell.source)
    return judged


def failures(
    cells: list[NotebookNode], release: Release, warm: Warm, exercise: str, limits: Limits = LIMITS
) -> list[tuple[Key, Failure]]:
    """Every hidden case that the answer to one exercise gets wrong, each with its key, when the notebook runs up to its check."""
    with contextlib.closing(_Run(release, warm, limits, limits.submission)) as run:
        for cell in (c for c in cells if c.cell_type == "code"):
            name = check_of(cell)
            if name == exercise:
                return [(run.key(name), failure) for failure in run.failures(name)]
            if name is None:
                run.cell(cell.source)
            else:
                run.score(name)
    return []


def check_of(cell: NotebookNode) -> str | None:
    """The exercise that this cell checks: a graded, locked cell that calls `check(...).score` and nothing else."""
    meta = cell.metadata.get("nbgrader", {})
    if not (meta.get("grade") and meta.get("locked") and not meta.get("solution")):
        return None
    try:
        names = {_checked(statement) for statement in ast.parse(cell.source).body}
    except SyntaxError:
        return None
    return names.pop() if len(names) == 1 else None


def _checked(statement: ast.stmt) -> str | None:
    """The exercise's name in `check("name").score` or `check("name", hidden=True).score`."""
    match statement:
        case ast.Expr(ast.Attribute(ast.Call(ast.Name("check"), [ast.Constant(str(name))], _), "score")):
            return name
    return None


class _Run:
    """One submission on its way through the sandbox."""

    def __init__(self, release: Release, warm: Warm, limits: Limits, seconds: float):
        self.release, self.warm, self.limits = release, warm, limits
        self.end = time.monotonic() + seconds
        self.done: list[str | tuple[str, list]] = []  # cells and replacements, to be done again after a crash
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
        self.done.append(source)
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
        with self._asked_of(key, self.release.hidden) as (given, held):
            if isinstance(given, Absent):
                return [Failure(given.why, absent=given)]
            found = [compare(case, given(case.call), held) for case in key.cases]
            return [failure for failure in found if failure]

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
        session = self._alive()
        try:
            return session.text(name) if session else None
        except Crashed:
            self._crashed()
            return None

    def _judged(self, key: Key, folder: Path) -> Verdict:
        with self._asked_of(key, folder) as (given, held):
            return judge(key, given, held)

    @contextlib.contextmanager
    def _asked_of(self, key: Key, folder: Path) -> Iterator[tuple[Absent | Player, dict[str, Callable]]]:
        """Who plays the key's calls, and the functions that the judge holds for them."""
        player = self._player(key)
        self.judged.add(key.exercise)
        if isinstance(player, Absent):
            yield player, {}
            return
        held = makers_of(key, folder)
        self.holder = Holder(held, partial(sentence, key), _guard)
        guarded = _Guarded(player, self._seconds)
        self.judging = key.exercise
        try:
            yield _Shuffled(partial(self.holder.play, guarded), key), held
        finally:
            self.holder, self.judging = Holder(), ""
            if guarded.crashed:
                self._crashed()

    def _player(self, key: Key) -> RemotePlayer | Absent:
        session = self._alive()
        most = self.limits.call if key.hidden else self.limits.call / 4  # the verdict that counts is in by then
        try:
            return session.player(key.exercise, self._seconds(most), key.ready_made) if session else Absent("missing")
        except Crashed:
            self._crashed()
            return Absent("missing")

    def _carry_forward(self, name: str) -> None:
        if not (self.release.hidden / f"{name}{REFERENCE}").is_file():
            return
        self.wrong.add(name)
        parameters = [
            (p.name, p.default is not p.empty, None if p.default is p.empty else p.default)
            for p in inspect.signature(_reference(self.release.hidden, name)).parameters.values()
        ]
        self.done.append((name, parameters))
        session = self._alive()
        if session is not None:
            try:
                session.replace(name, parameters)
            except Crashed:
                self._crashed()

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

    def _alive(self) -> Session | None:
        """The process; a new one in which all is done again where the last has died. None where that is no use."""
        while self.session is None and self.crashes <= 3 and self._seconds(1) > 0:
            try:
                self.session = self._begin()
                for step in self.done:
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


class _Guarded:
    """A player whose process may end in the middle of a call: that is an answer too. All its calls together end in time."""

    def __init__(self, player: RemotePlayer, left: Callable[[float], float]):
        self.player, self.most, self.left = player, player.seconds, left
        self.crashed, self.size = False, 0

    def __call__(self, call: Call) -> Reply:
        self.player.seconds = self.left(self.most)
        if not self.crashed and self.player.seconds > 0 and self.size < MOST_REPLIES:
            try:
                reply = self.player(call)
                self.size += self.player.session.wire.size
                return reply
            except Crashed:
                self.crashed = True
        return Reply(error=Error("TooSlow", "it ended Python, or did not come to an end"))


class _Shuffled:
    """A player that makes the hidden calls of a key with held things in an order that nobody knows, each script as a whole: the order
    would tell which of them are wrong."""

    def __init__(self, play: Player, key: Key):
        self.play = play
        calls = [case.call for case in key.cases] if key.hidden else []
        self.calls = calls if any(isinstance(leaf, Held) for call in calls for leaf in leaves(call.args)) else []
        self.replies: dict[int, Reply] = {}

    def __call__(self, call: Call) -> Reply:
        if self.calls and not self.replies:
            slow = 0
            scripts = _scripts(self.calls)
            for other in (call for script in random.SystemRandom().sample(scripts, len(scripts)) for call in script):
                self.replies[id(other)] = reply = self.play(other) if slow < 3 else Reply(error=Error("TooSlow", "in all"))
                slow += bool(reply.error and reply.error.kind == "TooSlow")
        return self.replies[id(call)] if id(call) in self.replies else self.play(call)


def _scripts(calls: list[Call]) -> list[list[Call]]:
    """The calls, those of one script together: where a step is 0, another begins."""
    scripts: list[list[Call]] = []
    for call in calls:
        if not call.step:
            scripts.append([])
        scripts[-1].append(call)
    return scripts


@contextlib.contextmanager
def _guard() -> Iterator[None]:
    """What a function of the judge's may take for an answer to a submission."""
    with memory_limit(ASKED_MEMORY), time_limit(ASKED_SECONDS):
        yield


@lru_cache(maxsize=16)
def out_of_reach(hidden: Path) -> None:
    """Raises CourseError where hidden keys lie in a folder that submissions can read."""
    for place in readable():
        if place in hidden.resolve().parents:
            raise CourseError(f"The hidden keys in {hidden} lie below {place}, which submissions can read: Python's packages are "
                                  "there. Move the course elsewhere.")  # fmt: skip


@lru_cache(maxsize=64)
def _reference(folder: Path, name: str) -> Callable:
    return load_functions(folder / f"{name}{REFERENCE}")[name]


# -- outputs -------------------------------------------------------------------------------------------------------------


def _message(verdict: Verdict, description: Description) -> NotebookNode:
    data = {"text/plain": to_text(description), "text/html": to_html(description)}
    return output("display_data", data=data, metadata={"autograder": verdict.facts})


def _number(score: float) -> NotebookNode:
    return output("execute_result", data={"text/plain": repr(float(score))}, metadata={}, execution_count=None)
