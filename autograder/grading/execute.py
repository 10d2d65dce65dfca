"""Runs a submission's cells in the sandbox and judges from outside it: (submission, keys, limits) → outputs and scores."""

from __future__ import annotations

import ast
import base64
import contextlib
import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict

from ..carry import REFERENCE
from ..describe import describe
from ..judge import compare, judge, judge_choice
from ..key import Key
from ..keys import held_functions, key_in, load_functions
from ..player import LocalPlayer
from ..sandbox.process import Crashed, RemotePlayer, Session, Warm
from ..script import Absent, Call, Error, Reply
from ..show import to_html, to_text
from ..values import Array, leaves
from ..verdict import Failure, Verdict
from .unneeded import unneeded

MOST_ENTRIES = 8192
"""Entries that a submission may send to a right function at once: scores grow with the square of them."""


@dataclass(frozen=True)
class Keys:
    """Where the keys of a lesson lie: what students have, and what the grader alone has."""

    visible: Path
    hidden: Path


@dataclass(frozen=True)
class Judged:
    """The verdict that counts on one exercise, the verdicts that are shown, and the wrong earlier exercises that a right
    function stood in for."""

    verdict: Verdict
    key: Key
    shown: tuple[Verdict, ...]
    carried: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """Seconds: for a cell, for one call of a function under test, and for scoring a whole submission (half of it more to
    show what came out)."""

    cell: float = 60.0
    call: float = 10.0
    submission: float = 300.0


LIMITS = Limits()


def execute(
    cells: list[NotebookNode], keys: Keys, warm: Warm, limits: Limits = LIMITS, demos: frozenset[str] = frozenset()
) -> list[Judged]:
    """Gives every code cell its outputs, in place; returns what came of each exercise, in order. Never raises for what
    the submission does. `demos` are sources of released cells that need not run where nothing depends on them.

    A process that has been called with hidden inputs may print them later. So it is only scored by, and where there is
    something to show, the cells run once more in a process that is called with visible inputs alone.
    """
    code = [c for c in cells if c.cell_type == "code"]
    checks = {id(c): name for c in code if (name := check_of(c)) is not None}
    idle = unneeded([c.source for c in code if id(c) not in checks], demos)
    verdicts: dict[str, Verdict] = {}
    loud = False
    with contextlib.closing(_Run(keys, warm, limits, limits.submission)) as scored:
        for cell in code:
            if (name := checks.get(id(cell))) is not None:
                verdicts[name] = scored.score(name)
            elif cell.source not in idle:
                loud |= bool(scored.cell(cell.source))
    again = loud or not all(v.passed for v in verdicts.values())
    shown = _Run(keys, warm, limits, limits.submission / 2) if again else None
    judged = []
    for cell in code:
        if (name := checks.get(id(cell))) is not None:
            verdict = verdicts[name]
            seen = () if shown is None or verdict.passed else shown.explain(name)
            judged.append(Judged(verdict, scored.key(name), (*seen, verdict), scored.carried.get(name, ())))
            cell.outputs = [*map(_shown, judged[-1].shown), _number(verdict.score)]
        else:
            cell.outputs = [] if shown is None or cell.source in idle else shown.cell(cell.source)
    if shown is not None:
        shown.close()
    return judged


def failures(
    cells: list[NotebookNode], keys: Keys, warm: Warm, exercise: str, limits: Limits = LIMITS
) -> list[tuple[Key, Failure]]:
    """Every hidden case that the answer to one exercise gets wrong, each with its key, when the notebook runs up to its check."""
    with contextlib.closing(_Run(keys, warm, limits, limits.submission)) as run:
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

    def __init__(self, keys: Keys, warm: Warm, limits: Limits, seconds: float):
        self.keys, self.warm, self.limits = keys, warm, limits
        self.end = time.monotonic() + seconds
        self.done: list[str | tuple[str, list]] = []  # cells and replacements, to be done again after a crash
        self.judged: set[str] = set()
        self.asked: dict[str, None] = {}
        self.carried: dict[str, tuple[str, ...]] = {}
        self.held: dict[str, Callable] = {}
        self.crashes = 0
        self.session: Session | None = warm.session(self.answer)

    def close(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session = None

    # -- ordinary cells ----------------------------------------------------------------------------------------------

    def cell(self, source: str) -> list[NotebookNode]:
        session = self._alive()
        if session is None:
            return [_error("NotRun", "An earlier cell ended Python too often, or took too long. This one was not run.")]
        try:
            found = session.run(source, self._seconds(self.limits.cell))
        except Crashed as crash:
            self._crashed()
            return [_error("Ended", f"This cell ended Python: {crash}. What it defines is not there for the cells below.")]
        self.done.append(source)
        return list(_outputs(found))

    # -- checks ------------------------------------------------------------------------------------------------------

    def key(self, name: str) -> Key:
        """The key that counts: the hidden one; of a prediction, the only one there is."""
        visible = key_in(self.keys.visible, name)
        return visible if visible.options else key_in(self.keys.hidden, name)

    def score(self, name: str) -> Verdict:
        """The verdict that counts."""
        key = self.key(name)
        if key.options:
            return _described(judge_choice(key, self._choice(name)), key)
        verdict = self._judged(key, self.keys.hidden)
        self.carried[name] = tuple(self.asked)
        if not verdict.passed:
            self._carry_forward(name)
        return _described(verdict, key)

    def failures(self, name: str) -> list[Failure]:
        """Every case of the key that counts which the submission gets wrong."""
        key = self.key(name)
        self.held = held_functions(key, self.keys.hidden)
        session = self._alive()
        player = session.player(name, self.limits.call) if session else Absent("missing")
        if isinstance(player, Absent):
            return [Failure(player.why, absent=player)]
        found = [compare(case, player(case.call), self.held) for case in key.cases]
        return [failure for failure in found if failure]

    def _choice(self, name: str) -> str | None:
        session = self._alive()
        try:
            return session.text(name) if session else None
        except Crashed:
            self._crashed()
            return None

    def explain(self, name: str) -> tuple[Verdict, ...]:
        """What a student is told of a wrong answer: the verdict by the visible key, with its smallest failing input."""
        visible = key_in(self.keys.visible, name)
        if visible.options:
            return ()
        verdict = self._judged(visible, self.keys.visible)
        self._carry_forward(name)
        return (_described(verdict, visible),)

    def _judged(self, key: Key, folder: Path) -> Verdict:
        session = self._alive()
        if session is None:
            return judge(key, Absent("missing"))
        self.held, self.asked = held_functions(key, folder), {}
        most = self.limits.call if key.hidden else self.limits.call / 4  # the verdict that counts is in by then
        try:
            player = session.player(key.exercise, self._seconds(most))
        except Crashed:
            self._crashed()
            return judge(key, Absent("missing"))
        guarded = player if isinstance(player, Absent) else _Guarded(player)
        verdict = judge(key, guarded, self.held)
        if isinstance(guarded, _Guarded) and guarded.crashed:
            self._crashed()
        return verdict

    def _carry_forward(self, name: str) -> None:
        if not (self.keys.hidden / f"{name}{REFERENCE}").is_file():
            return
        self.judged.add(name)
        parameters = [
            (p.name, p.default is not p.empty, None if p.default is p.empty else p.default)
            for p in inspect.signature(_reference(self.keys.hidden, name)).parameters.values()
        ]
        self.done.append((name, parameters))
        session = self._alive()
        if session is not None:
            try:
                session.replace(name, parameters)
            except Crashed:
                self._crashed()

    def answer(self, name: str, call: Call) -> Reply:
        """What the judge answers a submission that asks: for functions that it holds, and for exercises judged already."""
        entries = sum(leaf.data.size for leaf in leaves(call.args) if isinstance(leaf, Array))
        if entries > MOST_ENTRIES:
            raise ValueError(f"an input of {entries} numbers is more than the grader's {name} takes")
        if name in self.held:
            return LocalPlayer(self.held[name])(call)
        if name in self.judged:
            self.asked[name] = None
            return LocalPlayer(_reference(self.keys.hidden, name))(call)
        raise ValueError(f"there is no {name} to ask")

    # -- a process that may die --------------------------------------------------------------------------------------

    def _alive(self) -> Session | None:
        """The process; a new one in which all is done again where the last has died. None where that is no use."""
        while self.session is None and self.crashes <= 3 and self._seconds(1) > 0:
            self.session = self.warm.session(self.answer)
            try:
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

    def _crashed(self) -> None:
        self.crashes += 1
        self.close()

    def _seconds(self, most: float) -> float:
        return max(0.0, min(most, self.end - time.monotonic()))


class _Guarded:
    """A player whose process may end in the middle of a call: that is an answer too."""

    def __init__(self, player: RemotePlayer):
        self.player, self.crashed = player, False

    def __call__(self, call: Call) -> Reply:
        if not self.crashed:
            try:
                return self.player(call)
            except Crashed:
                self.crashed = True
        return Reply(error=Error("TooSlow", "it ended Python, or did not come to an end"))


@lru_cache(maxsize=64)
def _reference(folder: Path, name: str) -> Callable:
    return load_functions(folder / f"{name}{REFERENCE}")[name]


# -- outputs -------------------------------------------------------------------------------------------------------------


def _described(verdict: Verdict, key: Key) -> Verdict:
    description = describe(verdict, key, [])
    return replace(verdict, message=to_text(description), html=to_html(description))


def _output(kind: str, **fields: Any) -> NotebookNode:
    """As nbformat's new_output, which takes 2 ms to validate each."""
    return from_dict({"output_type": kind, **fields})


def _shown(verdict: Verdict) -> NotebookNode:
    data = {"text/plain": verdict.message, "text/html": verdict.html}
    return _output("display_data", data=data, metadata={"autograder": verdict.facts})


def _number(score: float) -> NotebookNode:
    return _output("execute_result", data={"text/plain": repr(float(score))}, metadata={}, execution_count=None)


def _outputs(found: dict[str, Any]) -> Iterator[NotebookNode]:
    """Outputs of a cell from what its process said: text and images, each checked."""
    for name in ("stdout", "stderr"):
        if isinstance(found.get(name), str) and found[name]:
            yield _output("stream", name=name, text=found[name][:50_000])
    for shown in found.get("shown") or [] if isinstance(found.get("shown"), list) else []:
        if isinstance(shown, dict):
            data = {k: v for k, v in shown.items() if k == "text/plain" and isinstance(v, str)}
            if _is_png(shown.get("image/png")):
                data["image/png"] = shown["image/png"]
            kind = "execute_result" if shown.get("result") is True else "display_data"
            count = {"execution_count": None} if kind == "execute_result" else {}
            yield _output(kind, data=data, metadata={}, **count)
    error = found.get("error")
    if isinstance(error, dict):
        yield _error(str(error.get("ename"))[:100], str(error.get("evalue"))[:2000])


def _is_png(image: Any) -> bool:
    try:
        return isinstance(image, str) and base64.b64decode(image.encode(), validate=True).startswith(b"\x89PNG\r\n")
    except ValueError:
        return False


def _error(name: str, message: str) -> NotebookNode:
    return _output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
