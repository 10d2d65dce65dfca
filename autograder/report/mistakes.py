"""The mistakes of a class: which, who made them, and the smallest input that shows each."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..messages.description import Description
from ..messages.translate import _
from .record import Record, Result
from .sections import Section

BLANK = {"stub", "missing", "no choice"}
"""Kinds of failure of what nobody worked on."""

BROKE = {
    "not callable": "not a function", "error": "stopped with an error", "slow": "took too long", "type": "wrong type",
    "length": "wrong number of results", "shape": "wrong shape", "dtype": "wrong dtype", "value": "wrong values",
    "no error": "no error where one is asked for", "other error": "another error than the one asked for",
    "changed": "changes its input", "random": "moves the global random state", "verifier": "not what was asked for",
    "no gradient": "no gradient", "gradient": "wrong gradient", "ready-made": "calls a ready-made function",
}  # fmt: skip
"""Kinds of failure (`autograder.judging.verdict.Failure.kind`) in an instructor's words."""


@dataclass(frozen=True)
class Mistake:
    """A known mistake, or (with name "") a kind of failure that has no name, and who made it, of `n` submissions.

    `example` is a call that shows it, with what came back and what was expected, of those that students have in their own notebooks.
    """

    exercise: str
    name: str
    sentence: str
    students: tuple[str, ...]
    n: int
    section: Section | None
    kind: str = ""
    example: Description | None = None


def find_mistakes(
    graded: Iterable[Record], sections: Mapping[str, Section]
) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
    """Those with a name, and kinds of failure without; each from the most common down."""
    makers: dict[tuple[str, str, str], list[tuple[str, Result]]] = defaultdict(list)
    judged: Counter[str] = Counter()
    for record in graded:
        for result in record.results:
            judged[result.name] += 1
            if result.mistake or (result.kind and result.kind not in BLANK):
                kind = "" if result.mistake else result.kind
                makers[result.name, result.mistake, kind].append((record.student, result))
    mistakes = [
        Mistake(
            exercise,
            name,
            "" if kind else _most_common(result.sentence for _student, result in who),
            tuple(student for student, _result in who),
            judged[exercise],
            sections.get(exercise),
            kind,
            None if kind else example(result for _student, result in who),
        )
        for (exercise, name, kind), who in makers.items()
    ]
    mistakes.sort(key=lambda m: (-len(m.students), m.exercise, m.name, m.kind))
    return tuple(m for m in mistakes if m.name), tuple(m for m in mistakes if not m.name)


def _most_common(sentences: Iterable[str]) -> str:
    return Counter(sentences).most_common(1)[0][0]


def example(results: Iterable[Result]) -> Description | None:
    """The smallest input that shows a mistake; None where the check in the notebook names it for nobody."""
    shown = [(d, result) for result in results for d in result.descriptions if d.named and d.asked]
    if not shown:
        return None
    smallest, result = min(shown, key=lambda pair: (not pair[0].grids, _size(pair[0]), pair[0].asked))
    return _for_a_class(smallest, result)


def _for_a_class(d: Description, result: Result) -> Description:
    """The sentence is what broke, without the mistake. Notes are left out: they quote what one student's function printed, or where it
    stopped."""
    broke = d.sentence.partition(result.sentence)[2].lstrip(".?! ")
    grids = [replace(grid, label=re.sub(f"^{re.escape(_('yours'))}", _("came back"), grid.label)) for grid in d.grids]
    return replace(d, sentence=broke, grids=grids, notes=[])


def _size(d: Description) -> int:
    return sum(len(row) for grid in (*d.inputs, *d.grids) for row in grid.rows)
