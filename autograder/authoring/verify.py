"""The proof that checks work: `autograder verify`. One row an exercise, in CI and for authors."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..judging.held import Makers, local_player
from ..judging.judge import compare, judge
from ..judging.key import Case, Fingerprint, Key, fingerprint
from ..judging.script import Absent, Player, Reply, to_plain
from ..judging.values import pack
from ..judging.verdict import Verdict
from ..messages.description import describe
from ..messages.render import to_text
from .exercise import AuthorError, Exercise, _where
from .keymaker import finish, in_scripts, make_key, planned
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


Tried = tuple[Key, Makers]
"""A key, and what the judge holds for it."""

FEW, MANY = 2, 5
"""Keys of other seeds that are tried: of an exercise whose held functions have details, more."""


def verify(exercise: Exercise) -> Row:
    """Tries the exercise's own key and some of other seeds with every answer that it declares, and with mutants."""
    row, others = Row(exercise.name), range(MANY if exercise.details else FEW)
    try:
        keys = [_tried(exercise, seed) for seed in ("visible", *(f"verify {n}" for n in others))]
    except AuthorError as error:
        row.problems.append(str(error))
        return row
    _references(exercise, keys, row)
    _mistakes(exercise, keys, row)
    _mutants(exercise, keys, row)
    return row


def messages(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """(wrong answer, message as the student reads it), for every declared wrong answer."""
    key = _tried(exercise, "visible")
    for name, mistake in exercise.mistakes.items():
        yield name, _told(exercise, key, mistake.function)


def _tried(exercise: Exercise, seed: str) -> Tried:
    return make_key(exercise, seed), exercise.held_functions(seed)


def _judge(exercise: Exercise, tried: Tried, function) -> Verdict:
    key, held = tried
    return judge(key, local_player(function, held, ready_made=exercise.ready_made), held)


def _references(exercise: Exercise, keys: list[Tried], row: Row) -> None:
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        _judge(exercise, keys[0], exercise.reference)
        taken.append(1000 * (time.perf_counter() - start))
    row.milliseconds = statistics.median(taken)
    if judge(keys[0][0], Absent("stub")).score or _judge(exercise, keys[0], _stub).score:
        row.problems.append("the empty stub earns points")
    row.variants = len(exercise.variants)
    if not row.variants:
        row.problems.append(f"{_where(exercise.reference)}: no other right answer is declared: write one in another style")
    for function in exercise.variants:
        rejected = [v.failure for v in (_judge(exercise, key, function) for key in keys) if not v.passed]
        row.accepted += not rejected
        if rejected:
            row.problems.append(
                f"{_where(function)}: the right answer {function.__name__} is rejected ({rejected[0].kind}) on "
                f"{rejected[0].case.what}. A student would read:\n{_told(exercise, keys[0], function)}"
            )


def _told(exercise: Exercise, tried: Tried, function) -> str:
    return to_text(describe(_judge(exercise, tried, function), tried[0]))


def _stub(*args):
    raise NotImplementedError


def _mistakes(exercise: Exercise, keys: list[Tried], row: Row) -> None:
    row.wrong = len(exercise.mistakes)
    replies = {name: _replies(keys[0], mistake.function) for name, mistake in exercise.mistakes.items()}
    if row.wrong < FEWEST_WRONG:
        row.problems.append(
            f"{_where(exercise.reference)}: {row.wrong} of {FEWEST_WRONG} wrong answers are declared: write down more"
        )
    for name, mistake in exercise.mistakes.items():
        verdicts = [judge(keys[0][0], _replayed(replies[name]), keys[0][1])]
        verdicts += [_judge(exercise, key, mistake.function) for key in keys[1:]]
        alike = {name} | {n for names in exercise.synonyms if name in names for n in names}
        row.caught += all(not v.passed for v in verdicts)
        row.named += all(v.mistake in alike for v in verdicts)
        if any(v.passed for v in verdicts):
            row.problems.append(f"{_where(mistake.function)}: the wrong answer {name} passes")
        elif len({v.score for v in verdicts}) > 1:
            scores = sorted({v.score for v in verdicts})
            row.problems.append(f"{_where(mistake.function)}: the wrong answer {name} scores {scores} by different seeds")
    if row.named < 0.95 * row.wrong:
        row.problems.append(f"only {row.named} of {row.wrong} wrong answers are named rightly")
    row.problems += _false_names(exercise, keys[0], replies)[:3]


def _replies(tried: Tried, function) -> list[Reply]:
    """What the function replies to each of the key's calls."""
    key, held = tried
    play = local_player(function, held)
    return [play(case.call) for case in key.cases]


def _replayed(replies: Iterable[Reply]) -> Player:
    """A player that gives these replies, in the order in which a judge calls."""
    given = iter(replies)
    return lambda call: next(given)


def _false_names(exercise: Exercise, tried: Tried, replies: dict[str, list[Reply]]) -> list[str]:
    """What goes wrong in the naming of answers that are made of two: of a wrong one on some calls, and of another, or of the right
    one, on the others.

    The name must be one of the two, or of one that replies the same to every call; a sweeping one must reply the same to every call.
    """
    key, held = tried
    replies = replies | {RIGHT: _replies(tried, exercise.reference)}
    prints = {name: _prints(key, given, held) for name, given in replies.items()}
    problems = []
    for a, b, how, mask in _pairs(exercise, key):
        pick = [a if own else b for own in mask]
        named = judge(key, _replayed(replies[name][i] for i, name in enumerate(pick)), held).mistake
        if named is None or all(_alike(case, prints[named][i], prints[pick[i]][i]) for i, case in enumerate(key.cases)):
            continue
        sentences = {exercise.mistakes[name].says for name in (a, b) if name != RIGHT}
        if named in key.sweeping or exercise.mistakes[named].says not in sentences:
            mistake = exercise.mistakes[named]
            problems.append(
                f"{_where(mistake.function)}: an answer that does as {a} {how} and as {b} elsewhere is told that {mistake.says!r}, "
                "which is not true of it: add an input that tells them apart"
            )
    return problems


def _prints(key: Key, replies: list[Reply], held) -> list[Fingerprint | None]:
    """What each reply is recognised by; None where it is right."""
    return [fingerprint(r) if compare(case, r, held) else None for case, r in zip(key.cases, replies, strict=True)]


def _alike(case: Case, a: Fingerprint | None, b: Fingerprint | None) -> bool:
    return a is b if a is None or b is None else a.matches(b, case.expected.tolerance)


def _pairs(exercise: Exercise, key: Key) -> Iterator[tuple[str, str, str, list[bool]]]:
    """(a, b, where a is used, whether it is for each case): a seeded sample of PAIRS, each wrong answer at least once beside the
    right one."""
    rng = random.Random(key.exercise)
    names = list(exercise.mistakes)
    for turn in range(PAIRS):
        a = names[turn % len(names)]
        b = RIGHT if turn < 2 * len(names) else rng.choice(names)
        aspect, first = (
            rng.choice([case.aspect for case in key.cases if a in case.mistakes]),
            rng.randrange(1, len(key.cases) + 1),
        )
        some = [
            (f"for {aspect!r}", [case.aspect == aspect for case in key.cases]),
            (f"on the first {first} calls", [i < first for i in range(len(key.cases))]),
            ("on some calls", [rng.random() < 0.5 for _ in key.cases]),
            ("where the engine made the input", [case.probe for case in key.cases]),
        ]
        how, mask = some[turn % len(some)] if turn >= len(names) else some[0]
        yield a, b, how, mask


def _mutants(exercise: Exercise, keys: list[Tried], row: Row) -> None:
    made = mutants(exercise)
    row.mutants = len(made)
    listed = []
    for mutant in made:
        caught = [_fails(exercise, key, mutant) for key in keys]
        row.killed += all(caught)
        if any(caught) and not all(caught):
            row.problems.append(f"the mutant {mutant.change} is caught by some seeds only")
        elif not any(caught) and mutant.change in exercise.equivalents:
            listed.append(mutant)
        elif not any(caught):
            row.problems.append(
                f"{_where(exercise.reference, mutant.line)}: the mutant {mutant.change} survives: add an input that shows it, or, "
                f"where it does the same, declare exercise.equivalent({mutant.change!r}, because=...)"
            )
    row.listed = len(listed)
    row.problems += [f"the mutant {m.change} is listed as equivalent, and is not" for m in _told_apart(exercise, listed)]
    changes = {m.change for m in made}
    row.problems += [f"no mutant is called {c!r}: remove it from the list" for c in exercise.equivalents if c not in changes]
    if row.listed > LISTED * max(row.mutants, 10):
        row.problems.append(f"{row.listed} of {row.mutants} mutants are listed as equivalent; at most a tenth may be")


def _fails(exercise: Exercise, tried: Tried, mutant: Mutant) -> bool:
    """Whether any case catches the mutant; stops at the first."""
    key, held = tried
    play = local_player(mutant.function, held, seconds=1.0)
    return any(compare(case, play(case.call), held) for case in key.cases)


def _told_apart(exercise: Exercise, listed: list[Mutant]) -> list[Mutant]:
    """The mutants that fail on one at least of SEARCHED inputs of other seeds.

    What replies as the reference does, bit for bit, is as right as the reference, and a call that an earlier seed made too gets
    the reply that it got then: neither needs to be judged again.
    """
    held = exercise.held_functions("search")
    reference = local_player(exercise.reference, held)
    players = {mutant.change: local_player(mutant.function, held, seconds=1.0) for mutant in listed}
    seen: set[bytes] = set()
    found: list[Mutant] = []
    tried = seed = 0
    while tried < SEARCHED and len(found) < len(listed):
        cases, rng = planned(exercise, f"search {seed}")
        calls = [pack(vars(case.call)) for case in cases]
        scripts = any(case.call.step for case in cases)
        for (case, earlier), call in zip(in_scripts(cases), calls, strict=True):
            if call in seen and not scripts:
                continue
            right = pack(to_plain(reference(case.call)))
            others = [m for m in listed if m not in found]
            replies = [(m, players[m.change](case.call)) for m in others]
            if differing := [(m, reply) for m, reply in replies if pack(to_plain(reply)) != right]:
                finished = finish(exercise, case, earlier, rng, held)
                found += [m for m, reply in differing if compare(finished, reply, held)]
        seen.update(calls)
        tried += len(calls)
        seed += 1
    return found
