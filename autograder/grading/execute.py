"""Runs a submission's cells in the sandbox and judges from outside it: (submission, release, limits) → outputs and scores."""

from __future__ import annotations

import ast
import contextlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nbformat import NotebookNode

from ..coursedir.folders import CourseError
from ..coursedir.releases import Release
from ..judging.key import Key
from ..judging.verdict import Failure, Verdict
from ..messages.description import Description, describe
from ..messages.render import to_html, to_text
from ..sandbox.layers import readable
from ..sandbox.process import Warm
from .demos import demos_of, unneeded
from .outputs import output
from .run import LIMITS, Limits, Run


@dataclass(frozen=True)
class Judged:
    """The verdict that counts on one exercise, what the student is told of it, and the wrong earlier exercises that a right
    function stood in for."""

    verdict: Verdict
    key: Key
    descriptions: tuple[Description, ...]
    carried: tuple[str, ...] = ()


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
    with contextlib.closing(Run(release, warm, limits, limits.submission)) as scoring:
        for cell in code:
            if (name := checks.get(id(cell))) is not None:
                verdicts[name] = scoring.score(name)
            elif cell.source not in idle:
                loud |= bool(scoring.cell(cell.source))
    again = loud or not all(v.passed for v in verdicts.values())
    rerun = contextlib.closing(Run(release, warm, limits, limits.submission / 2)) if again else contextlib.nullcontext()
    with rerun as showing:
        return _written(code, checks, idle, verdicts, scoring, showing)


def _written(
    code: list[NotebookNode],
    checks: dict[int, str],
    idle: set[str],
    verdicts: dict[str, Verdict],
    scoring: Run,
    showing: Run | None,
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
            most = cell.metadata.nbgrader.points  # of an optional exercise 0; nbgrader stops at a number above it
            cell.outputs = [*(_message(*m) for m in messages), _number(min(verdict.score, most))]
        else:
            cell.outputs = [] if showing is None or cell.source in idle else showing.cell(cell.source)
    return judged


def failures(
    cells: list[NotebookNode], release: Release, warm: Warm, exercise: str, limits: Limits = LIMITS
) -> list[tuple[Key, Failure]]:
    """Every hidden case that the answer to one exercise gets wrong, each with its key, when the notebook runs up to its check."""
    with contextlib.closing(Run(release, warm, limits, limits.submission)) as run:
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
    """The exercise that this cell checks: a graded, locked cell that calls `check(...)` and nothing else."""
    meta = cell.metadata.get("nbgrader", {})
    if not (meta.get("grade") and meta.get("locked") and not meta.get("solution")):
        return None
    try:
        names = {_checked(statement) for statement in ast.parse(cell.source).body}
    except SyntaxError:
        return None
    return names.pop() if len(names) == 1 else None


def _checked(statement: ast.stmt) -> str | None:
    """The exercise's name in `check("name").score` or `check("name", hidden=True).score`; of an optional one, without the score."""
    match statement:
        case ast.Expr(ast.Attribute(ast.Call(ast.Name("check"), [ast.Constant(str(name))], _), "score")):
            return name
        case ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(name))], _)):
            return name
    return None


@lru_cache(maxsize=16)
def out_of_reach(hidden: Path) -> None:
    """Raises CourseError where hidden keys lie in a folder that submissions can read."""
    for place in readable():
        if place in hidden.resolve().parents:
            raise CourseError(f"The hidden keys in {hidden} lie below {place}, which submissions can read: Python's packages are "
                                  "there. Move the course elsewhere.")  # fmt: skip


# -- outputs -------------------------------------------------------------------------------------------------------------


def _message(verdict: Verdict, description: Description) -> NotebookNode:
    data = {"text/plain": to_text(description), "text/html": to_html(description)}
    return output("display_data", data=data, metadata={"autograder": verdict.facts})


def _number(score: float) -> NotebookNode:
    return output("execute_result", data={"text/plain": repr(float(score))}, metadata={}, execution_count=None)
