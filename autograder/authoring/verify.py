"""The proof that checks work: `autograder verify`. One row an exercise, in CI and for authors."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ..judging.held import local_player
from ..judging.judge import compare, judge
from ..judging.key import Case, Fingerprint, Key, fingerprint
from ..judging.script import Absent, Reply, to_plain
from ..judging.values import pack
from ..judging.verdict import Verdict
from ..messages.description import describe
from ..messages.render import to_text
from .calls import in_scripts, planned
from .exercise import Exercise
from .faults import AuthorError
from .keymaker import finish, make_key
from .mutants import Mutant, mutants

SEARCHED = 1000
"""Inputs on which a mutant that is listed as equivalent must do what the reference does."""

FEWEST_WRONG = 8
"""Wrong answers that an exercise declares at least: with fewer the proof says little."""

PAIRS = 300
"""Answers made of two declared ones, for each exercise, that must not be given a false name."""

RIGHT = "the right answer"

LISTED = 0.1
"""The largest share of mutants that may be listed as equivalent."""


@dataclass
class Row:
    """What verifying one exercise found. `problems` is empty for an exercise that may be released."""

    exercise: str
    wrong: int = 0
    caught: int = 0
    named: int = 0
    variants: int = 0
    accepted: int = 0
    mutants: int = 0
    killed: int = 0
    listed: int = 0
    milliseconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.problems


class Trial:
    """A key of an exercise, to try answers on."""

    def __init__(self, exercise: Exercise, seed: str):
        self.key, self.held = make_key(exercise, seed), exercise.makers(seed)

    def verdict(self, function: Callable) -> Verdict:
        return judge(self.key, local_player(function, self.held, ready_made=self.key.ready_made), self.held)

    def message(self, function: Callable) -> str:
        """What a student reads whose answer is this function."""
        return to_text(describe(self.verdict(function), self.key))

    def replies(self, function: Callable) -> list[Reply]:
        """What the function replies to each of the key's calls."""
        play = local_player(function, self.held)
        return [play(case.call) for case in self.key.cases]

    def verdict_on(self, replies: Iterable[Reply]) -> Verdict:
        """The verdict on an answer that gives these replies, in the order in which a judge calls."""
        turns = iter(replies)
        return judge(self.key, lambda call: next(turns), self.held)

    def fingerprints(self, replies: list[Reply]) -> list[Fingerprint | None]:
        """What each reply is recognised by; None where it is right."""
        pairs = zip(self.key.cases, replies, strict=True)
        return [fingerprint(reply) if compare(case, reply, self.held) else None for case, reply in pairs]

    def fails(self, mutant: Mutant) -> bool:
        """Whether any case catches the mutant; stops at the first."""
        play = local_player(mutant.function, self.held, seconds=1.0)
        return any(compare(case, play(case.call), self.held) for case in self.key.cases)


FEW, MANY = 2, 5
"""Keys of other seeds that are tried: of an exercise whose held functions have details, more."""


def verify(exercise: Exercise) -> Row:
    """Tries the exercise's own key and some of other seeds with every answer that it declares, and with mutants."""
    row = Row(exercise.name)
    row.problems = [str(fault) for fault in _faults(exercise, row)]
    return row


def messages(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """(wrong answer, message as the student reads it), for every declared wrong answer."""
    visible = Trial(exercise, "visible")
    for name, mistake in exercise.mistakes.items():
        yield name, visible.message(mistake.function)


def _faults(exercise: Exercise, row: Row) -> Iterator[AuthorError]:
    """What keeps the exercise from being released. The row's numbers are filled in on the way."""
    seeds = ("visible", *(f"verify {n}" for n in range(MANY if exercise.details else FEW)))
    try:
        trials = [Trial(exercise, seed) for seed in seeds]
    except AuthorError as error:
        yield error
        return
    yield from _references(exercise, trials, row)
    yield from _mistakes(exercise, trials, row)
    yield from _mutants(exercise, trials, row)


def _references(exercise: Exercise, trials: list[Trial], row: Row) -> Iterator[AuthorError]:
    milliseconds = []
    for _ in range(5):
        start = time.perf_counter()
        trials[0].verdict(exercise.reference)
        milliseconds.append(1000 * (time.perf_counter() - start))
    row.milliseconds = statistics.median(milliseconds)
    if judge(trials[0].key, Absent("stub")).score or trials[0].verdict(_stub).score:
        yield AuthorError("the empty stub earns points")
    row.variants = len(exercise.variants)
    if not row.variants:
        yield AuthorError("no other right answer is declared: write one in another style", at=exercise.reference)
    for function in exercise.variants:
        failures = [v.failure for v in (trial.verdict(function) for trial in trials) if not v.passed]
        row.accepted += not failures
        if failures:
            yield AuthorError(
                f"the right answer {function.__name__} is rejected ({failures[0].kind}) on "
                f"{failures[0].case.what}. A student would read:\n{trials[0].message(function)}",
                at=function,
            )


def _stub(*args):
    raise NotImplementedError


def _mistakes(exercise: Exercise, trials: list[Trial], row: Row) -> Iterator[AuthorError]:
    row.wrong = len(exercise.mistakes)
    replies = {name: trials[0].replies(mistake.function) for name, mistake in exercise.mistakes.items()}
    if row.wrong < FEWEST_WRONG:
        yield AuthorError(
            f"{row.wrong} of {FEWEST_WRONG} wrong answers are declared: write down more", at=exercise.reference
        )
    for name, mistake in exercise.mistakes.items():
        verdicts = [trials[0].verdict_on(replies[name]), *(trial.verdict(mistake.function) for trial in trials[1:])]
        alike = {name} | {n for names in exercise.synonyms if name in names for n in names}
        row.caught += all(not v.passed for v in verdicts)
        row.named += all(v.mistake in alike for v in verdicts)
        if any(v.passed for v in verdicts):
            yield AuthorError(f"the wrong answer {name} passes", at=mistake.function)
        elif len(scores := sorted({v.score for v in verdicts})) > 1:
            yield AuthorError(f"the wrong answer {name} scores {scores} by different seeds", at=mistake.function)
    if row.named < 0.95 * row.wrong:
        yield AuthorError(f"only {row.named} of {row.wrong} wrong answers are named rightly")
    yield from islice(_false_names(exercise, trials[0], replies), 3)


def _false_names(exercise: Exercise, trial: Trial, replies: dict[str, list[Reply]]) -> Iterator[AuthorError]:
    """What goes wrong in the naming of answers that are made of two: of a wrong one on some calls, and of another, or of the right
    one, on the others.

    The name must be one of the two, or of one that replies the same to every call; a sweeping one must reply the same to every call.
    A call that asks for an error and does not get it counts for nothing: what is said is about results.
    """
    key, replies = trial.key, replies | {RIGHT: trial.replies(exercise.reference)}
    prints = {name: trial.fingerprints(own) for name, own in replies.items()}
    for a, b, how, mask in _pairs(exercise, key):
        pick = [a if own else b for own in mask]
        named = trial.verdict_on(replies[name][i] for i, name in enumerate(pick)).mistake
        if named is None or all(
            _alike(case, prints[named][i], prints[pick[i]][i])
            for i, case in enumerate(key.cases)
            if not _lacks_error(case, prints[pick[i]][i])
        ):
            continue
        mistake = exercise.mistakes[named]
        if named in key.sweeping or mistake.says not in {exercise.mistakes[name].says for name in (a, b) if name != RIGHT}:
            yield AuthorError(
                f"an answer that does as {a} {how} and as {b} elsewhere is told that {mistake.says!r}, "
                "which is not true of it: add an input that tells them apart",
                at=mistake.function,
            )


def _alike(case: Case, a: Fingerprint | None, b: Fingerprint | None) -> bool:
    return a is b if a is None or b is None else a.matches(b, case.expected.tolerance)


def _lacks_error(case: Case, wrong: Fingerprint | None) -> bool:
    """Whether an error is asked for and does not come, so that the reply is this `wrong` one."""
    return bool(case.expected.errors) and wrong is not None


def _pairs(exercise: Exercise, key: Key) -> Iterator[tuple[str, str, str, list[bool]]]:
    """(a, b, where a is used, whether it is for each case): a seeded sample of PAIRS, each wrong answer at least once beside the
    right one."""
    rng = random.Random(key.exercise)
    names = list(exercise.mistakes)
    for turn in range(PAIRS):
        a = names[turn % len(names)]
        b = RIGHT if turn < 2 * len(names) else rng.choice(names)
        aspect = rng.choice([case.aspect for case in key.cases if a in case.mistakes])
        first = rng.randrange(1, len(key.cases) + 1)
        some = [
            (f"for {aspect!r}", [case.aspect == aspect for case in key.cases]),
            (f"on the first {first} calls", [i < first for i in range(len(key.cases))]),
            ("on some calls", [rng.random() < 0.5 for _ in key.cases]),
            ("where the engine made the input", [case.probe for case in key.cases]),
        ]
        how, mask = some[turn % len(some)] if turn >= len(names) else some[0]
        yield a, b, how, mask


def _mutants(exercise: Exercise, trials: list[Trial], row: Row) -> Iterator[AuthorError]:
    every = mutants(exercise)
    listed = []
    for mutant in every:
        caught = [trial.fails(mutant) for trial in trials]
        if all(caught):
            row.killed += 1
        elif any(caught):
            yield AuthorError(f"the mutant {mutant.change} is caught by some seeds only")
        elif mutant.change in exercise.equivalents:
            listed.append(mutant)
        else:
            yield AuthorError(
                f"the mutant {mutant.change} survives: add an input that shows it, or, "
                f"where it does the same, declare exercise.equivalent({mutant.change!r}, because=...)",
                at=exercise.reference,
                line=mutant.line,
            )
    row.mutants, row.listed = len(every), len(listed)
    for mutant in _differing(exercise, listed):
        yield AuthorError(f"the mutant {mutant.change} is listed as equivalent, and is not")
    changes = {m.change for m in every}
    for change in (c for c in exercise.equivalents if c not in changes):
        yield AuthorError(f"no mutant is called {change!r}: remove it from the list")
    if row.listed > LISTED * max(row.mutants, 10):
        yield AuthorError(f"{row.listed} of {row.mutants} mutants are listed as equivalent; at most a tenth may be")


def _differing(exercise: Exercise, listed: list[Mutant]) -> list[Mutant]:
    """The mutants that fail on one at least of SEARCHED inputs of other seeds.

    What replies as the reference does, bit for bit, is as right as the reference, and a call that an earlier seed made too gets
    the reply that it got then: neither needs to be judged again.
    """
    held = exercise.makers("search")
    reference = local_player(exercise.reference, held)
    players = {mutant.change: local_player(mutant.function, held, seconds=1.0) for mutant in listed}
    earlier_calls: set[bytes] = set()
    differing: list[Mutant] = []
    searched = seed = 0
    while searched < SEARCHED and len(differing) < len(listed):
        cases, rng = planned(exercise, f"search {seed}")
        calls = [pack(vars(case.call)) for case in cases]
        scripts = any(case.call.step for case in cases)
        for (case, earlier), call in zip(in_scripts(cases), calls, strict=True):
            if call in earlier_calls and not scripts:
                continue
            right = pack(to_plain(reference(case.call)))
            replies = [(m, players[m.change](case.call)) for m in listed if m not in differing]
            if others := [(m, reply) for m, reply in replies if pack(to_plain(reply)) != right]:
                full_case = finish(exercise, case, earlier, rng, held)
                differing += [m for m, reply in others if compare(full_case, reply, held)]
        earlier_calls.update(calls)
        searched += len(calls)
        seed += 1
    return differing
