"""Plays a key's calls and compares the replies with it. Knows numbers, shapes and names; knows nothing of any lesson."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .held import NOTHING, Makers
from .key import Case, Expected, Fingerprint, Key, fingerprint
from .live import to_live
from .script import Absent, Player, Reply
from .standins import ReadyMade
from .values import Array, Other, leaves
from .verdict import Failure, Verdict

MOST_VERIFIED = 100_000
"""Entries of a result that a verifier looks at: what it computes may grow with their square."""


def judge(key: Key, player: Player | Absent, held: Makers = NOTHING) -> Verdict:
    """The verdict on whatever answers `player`'s calls. An aspect is earned whole or not at all, and only with the first.

    `held` are the verifiers that the key names.
    """
    if isinstance(player, Absent):
        return _verdict(key, dict.fromkeys(key.points, False), Failure(player.why, absent=player))
    outcomes: list[Outcome] = []
    for case in key.cases:
        reply = player(case.call)
        outcomes.append((case, reply, compare(case, reply, held)))
        kind = reply.error.kind if reply.error else None
        if kind == "NotImplementedError" and len(outcomes) == 1:
            return judge(key, Absent("stub"))
        if kind == "TooSlow":
            break  # it would be as slow again
    failures = [failure for _, _, failure in outcomes if failure]
    broken = {_aspect(key, failure) for failure in failures}
    broken |= {case.aspect for case in key.cases[len(outcomes) :]}
    first = next(iter(key.points))
    earned = {aspect: first not in broken and aspect not in broken for aspect in key.points}
    return _verdict(key, earned, failures[0] if failures else None, _mistake(key, outcomes))


def judge_choice(key: Key, choice: Any) -> Verdict:
    """The verdict on a prediction: any of the key's options earns its points."""
    if letter := letter_of(key, choice):
        return Verdict(key.exercise, key.total, key.total, choice=letter)
    value = "not set" if choice is None else repr(choice)[:60]
    return Verdict(key.exercise, 0.0, key.total, failure=Failure("no choice", detail={"found": value}))


def letter_of(key: Key, choice: Any) -> str:
    """The letter that a prediction says, whatever its case; "" where it is none of the key's options."""
    letter = choice.strip().lower() if isinstance(choice, str) else ""
    return letter if letter in key.options else ""


def _aspect(key: Key, failure: Failure) -> str:
    """The aspect that a failure costs: a right result with a side effect or a wrong gradient costs that aspect alone."""
    own = {"changed": "side effects", "random": "side effects", "gradient": "gradients", "no gradient": "gradients"}
    aspect = own.get(failure.kind, "")
    return aspect if aspect in key.points else failure.case.aspect


def _verdict(key: Key, earned: dict[str, bool], failure: Failure | None, mistake: str | None = None) -> Verdict:
    aspects = {aspect: (points if earned[aspect] else 0.0, points) for aspect, points in key.points.items()}
    score = float(sum(got for got, _ in aspects.values()))
    return Verdict(key.exercise, score, key.total, mistake, aspects, failure, key.hidden)


# -- one reply ---------------------------------------------------------------------------------------------------------


@np.errstate(all="ignore")
def compare(case: Case, reply: Reply, held: Makers = NOTHING) -> Failure | None:
    """The first thing wrong with `reply`: written by its author, runs, type, shape, dtype, value, no side effects, gradients; or None."""
    expected = case.expected

    def failure(kind: str, **detail: Any) -> Failure:
        return Failure(kind, case, reply, detail=detail)

    if used := [reply.error.message] if reply.error and reply.error.kind == ReadyMade.__name__ else reply.used:
        return failure("ready-made", name=used[0])
    if expected.errors:
        if reply.error is None:
            return failure("no error")
        if not {reply.error.kind, *reply.error.bases} & set(expected.errors):
            return failure("other error")
    elif reply.error is not None:
        return failure("slow" if reply.error.kind == "TooSlow" else "error")
    elif expected.verifier:
        if sentences := _verify(held[expected.verifier], reply.value):
            return failure("verifier", sentences=sentences)
    elif difference := _differs(expected.value, reply.value, expected.tolerance):
        return failure(difference[0], **difference[1])
    if reply.changed:
        return failure("changed", names=reply.changed)
    if reply.random_changed and not expected.may_draw:
        return failure("random", names=reply.random_changed)
    return _gradients_differ(expected, reply, failure)


def _verify(verifier: Callable[[Any], Any], value: Any) -> tuple[Sentence, ...]:
    """What the verifier says is wrong, nothing where nothing is."""
    parts = leaves(value)
    if any(isinstance(part, Other) for part in parts):
        return (("it is not made of numbers and arrays", {}),)
    if sum(part.data.size if isinstance(part, Array) else 1 for part in parts) > MOST_VERIFIED:
        return (("it is larger than any that the docstring asks for", {}),)
    try:
        return tuple(_sentences(verifier(to_live(value))))
    except Exception:  # a result of another form than the verifier reads
        return (("it does not have the form that the docstring asks for", {}),)


Sentence = tuple[str, dict[str, Any]]
"""The id of one of the key's sentences, and what stands in its places. What is no id is the sentence itself."""


def _sentences(words: Any) -> Iterator[Sentence]:
    """What a verifier returns: "", an id, (id, values), or a list of these."""
    if isinstance(words, list):
        for each in words:
            yield from _sentences(each)
    elif isinstance(words, tuple):
        yield str(words[0]), dict(words[1])
    elif words:
        yield str(words), {}


def _differs(want: Any, got: Any, tolerance: float, place: tuple[int, ...] = ()) -> tuple[str, dict[str, Any]] | None:
    """The first difference as (kind, details), or None. `place` leads to it through lists and tuples."""
    if isinstance(want, Array) and want.shape == () and want.dtype == "bool":
        want = bool(want.data)
    where = {"place": place, "want": want, "got": got}
    if isinstance(want, list | tuple):
        if type(got) is not type(want) and not (isinstance(got, list | tuple) and isinstance(want, tuple)):
            return "type", where
        if len(got) != len(want):
            return "length", where
        differences = (_differs(w, g, tolerance, (*place, i)) for i, (w, g) in enumerate(zip(want, got, strict=True)))
        return next(filter(None, differences), None)
    if isinstance(want, Array):
        if want.shape == () and want.backend == "numpy":  # a number: Python's has no dtype, a 0-d tensor one like numpy's
            if type(got) in (int, float):
                got = Array(np.asarray(got, np.float64), "float64" if want.is_float else want.dtype)
                want = Array(want.data, got.dtype, want.backend) if want.dtype in ("float32", "float16") else want
            elif isinstance(got, Array) and got.shape == ():
                got = Array(got.data, got.dtype)
            where["got"] = got
        if not isinstance(got, Array) or got.backend != want.backend:
            return "type", where
        if got.shape != want.shape:
            return "shape", where
        if got.dtype != want.dtype and not _same_integers(want, got):
            return "dtype", where
        return None if close(want.data, got.data, tolerance).all() else ("value", where)
    if isinstance(want, bool):
        got = got.data.item() if isinstance(got, Array) and got.shape == () and got.dtype == "bool" else got
        return ("type", where) if type(got) is not bool else (None if got == want else ("value", where))
    if isinstance(want, int | float):
        if isinstance(got, Array) and got.shape == () and got.dtype != "bool":
            got = got.data.item()
        if type(got) not in (int, float) or (isinstance(want, int) and got != int(got if np.isfinite(got) else 0)):
            return ("type" if type(got) not in (int, float) else "value"), where
        return None if close(np.asarray(want), np.asarray(got), tolerance).all() else ("value", where)
    if type(got) is not type(want):
        return "type", where
    return None if got == want else ("value", where)


def _same_integers(want: Array, got: Array) -> bool:
    """Integers of any width count as one type: which width an index has depends on the platform."""
    return "int" in want.dtype and "int" in got.dtype


def close(want: np.ndarray, got: np.ndarray, tolerance: float) -> np.ndarray:
    """Entry by entry: within `tolerance`, or the same infinity, or both NaN."""
    want, got = np.asarray(want, np.float64), np.asarray(got, np.float64)
    with np.errstate(all="ignore"):
        near = np.abs(want - got) <= tolerance
    return near | (want == got) | (np.isnan(want) & np.isnan(got))


def _gradients_differ(expected: Expected, reply: Reply, failure: Any) -> Failure | None:
    for name, want in expected.gradients.items():
        got = (reply.gradients or {}).get(name)
        if not isinstance(got, Array):
            return failure("no gradient", name=name)
        if got.shape != want.shape or not close(want.data, got.data, expected.gradient_tolerance).all():
            return failure("gradient", name=name, want=want, got=got)
    return None


# -- naming the mistake ------------------------------------------------------------------------------------------------


Outcome = tuple[Case, Reply, Failure | None]
Prints = dict[int, Fingerprint]
"""The fingerprint of the reply to each case that has mistakes, by the id of the case: taken once."""


@np.errstate(all="ignore")
def _mistake(key: Key, outcomes: list[Outcome]) -> str | None:
    """The known wrong answer that does what this one did, or None where none is sure to.

    One that agrees on every case is, or on every case but those that ask for an error which does not come: many forget that beside
    whatever else is wrong. Else it must be the only one that agrees on every case of the aspect that broke first, so
    that a second mistake elsewhere does not hide the first; it must not show on any case that this one gets right, and it must
    explain more than half of those that it gets wrong, and two where it shows in so many. Cases made by the engine (another dtype
    or memory layout) often break for two reasons at once, so the author's decide where there are any. A sweeping one ("always",
    "ignored" …), and one known by its exceptions alone, must agree everywhere: else what is said would not be true, and many
    mistakes raise the same.
    """
    first = next((case for case, _, failure in outcomes if failure), None)
    if first is None:
        return None
    prints = {id(case): fingerprint(reply) for case, reply, _ in outcomes if case.mistakes}
    authored = [o for o in outcomes if not o[0].probe]
    group = [o for o in (outcomes if first.probe else authored) if o[0].aspect == first.aspect]
    near = [name for name in first.mistakes if all(_agrees(name, o, prints) for o in group)]
    whole = outcomes if len(outcomes) == len(key.cases) else []
    for seen in (whole, [o for o in whole if not (o[0].expected.errors and o[2])]):
        same = [name for name in near if seen and all(_agrees(name, o, prints) for o in seen)]
        if (seen is whole and same) or len({key.mistakes[name] for name in same}) == 1:
            return same[0]
    if len({key.mistakes[name] for name in near}) > 1:
        return None
    return next((name for name in near if _explains(name, key, outcomes, prints)), None)


def _explains(name: str, key: Key, outcomes: list[Outcome], prints: Prints) -> bool:
    """Whether a mistake that agrees on the first aspect is likely to be made, although something else is wrong as well."""
    telling = [o for o in outcomes if name in o[0].mistakes]
    if name in key.sweeping or any(failure is None for _, _, failure in telling):
        return False
    if all(case.mistakes[name].form.startswith("raises") for case, _, _ in telling):
        return all(_agrees(name, o, prints) for o in outcomes if not o[0].probe)
    explained, wrong = sum(_agrees(name, o, prints) for o in telling), sum(failure is not None for _, _, failure in outcomes)
    return explained >= min(2, len(telling)) and 2 * explained > wrong


def _agrees(name: str, outcome: Outcome, prints: Prints) -> bool:
    case, _, failure = outcome
    if name not in case.mistakes or failure is None:
        return name not in case.mistakes and failure is None
    return case.mistakes[name].matches(prints[id(case)], case.expected.tolerance)
