"""Makes an answer key: plays the reference and every known wrong answer, and writes down what each does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..judging.held import Makers, local_player
from ..judging.judge import Sentence, compare, judge
from ..judging.key import Case, Expected, Fingerprint, Key, fingerprint
from ..judging.key_files import functions_in
from ..judging.script import Call, Player, Reply
from ..judging.values import Array as Plain
from ..judging.values import Held, leaves, map_arrays, pack
from .calls import brief, in_scripts, planned, reply_of, way_out
from .catalog import every_exercise
from .exercise import OPAQUE, Array, Exercise
from .faults import AuthorError
from .sources import held_source
from .tolerance import in_float64, tolerances
from .validation import validate

ATTEMPTS = 50
"""Draws of hidden inputs: by bad luck one may not tell two wrong answers apart, or be the visible one."""


def make_keys(solutions: Path, name: str, seed: str) -> tuple[Key, Key]:
    """The visible key of an exercise and the hidden one, made in a process that knows where the exercise lies, and nothing else."""
    exercise = every_exercise(solutions)[name]
    visible = make_key(exercise)
    refuse_incomplete(exercise, visible)
    return visible, make_key(exercise, seed, hidden=True)


def refuse_incomplete(exercise: Exercise, key: Key) -> None:
    """Stops where what the judge holds does not work as it is released: with plain imports and what it calls, and no more of its file."""
    if not key.holds:
        return
    try:
        makers = functions_in(held_source(exercise), exercise.file.name)
        failure = judge(key, local_player(exercise.reference, makers), makers).failure
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    else:
        if failure is None:
            return
        problem = failure.reply.error.message if failure.reply and failure.reply.error else failure.kind
    raise AuthorError(
        f"what {exercise.name} holds does not work on its own ({problem}). It is released with the file's lines `import …` and the "
        "functions and classes that it calls: let it need nothing else",
        at=exercise.file,
    )


def make_key(exercise: Exercise, seed: str = "visible", hidden: bool = False, mistakes: bool = True) -> Key:
    """The key of an exercise. The same seed gives the same key. Without `mistakes` it judges, and names nothing."""
    validate(exercise)
    held = exercise.makers(seed)
    seeds = [seed, *(f"{seed}/{attempt}" for attempt in range(1, ATTEMPTS if hidden else 1))]
    for one in seeds:
        calls, rng = planned(exercise, one)
        if hidden and not _is_apart(exercise, calls):
            continue
        try:
            return _key_of(exercise, calls, rng, held, hidden, mistakes)
        except WeakKey:
            if one == seeds[-1]:
                raise
    raise AuthorError(
        f"the inputs for {next(iter(exercise.points))!r} are the same whatever is drawn, so that repeating the "
        "visible answers would earn full marks. Take at least one of them from draw()",
        at=exercise.inputs,
    )


def _is_apart(exercise: Exercise, calls: list[Case]) -> bool:
    """Whether one at least of the calls that the basic points depend on is not among the visible ones. Things under test are known
    to nobody, held things have details of their own, and a verifier takes any right answer."""
    first = next(iter(exercise.points))
    basic = [case.call.args for case in calls if case.aspect == first]
    tested = [leaf for args in basic for leaf in leaves(args) if isinstance(leaf, Held) and not leaf.args]
    if first in exercise.verifiers or tested or exercise.details:
        return True
    visible = {pack(case.call.args) for case in planned(exercise, "visible")[0]}
    return any(pack(args) not in visible for args in basic)


class WeakKey(AuthorError):
    """A wrong answer passes, or two cannot be told apart: on these inputs."""


def _key_of(
    exercise: Exercise, calls: list[Case], rng: np.random.Generator, held: Makers, hidden: bool, mistakes: bool
) -> Key:
    cases = [finish(exercise, case, earlier, rng, held) for case, earlier in in_scripts(calls)]
    if mistakes:
        cases = [replace(case, mistakes=_mistakes(exercise, case, earlier, held)) for case, earlier in in_scripts(cases)]
    key = Key(
        exercise.name,
        exercise.points,
        tuple(cases),
        {name: mistake.says for name, mistake in exercise.mistakes.items()},
        exercise.hints,
        {name: kind.shape for name, kind in exercise.takes.items() if isinstance(kind, Array)},
        exercise.gives,
        hidden=hidden,
        holds=bool(held),
        needs=exercise.needs,
        ready_made=exercise.ready_made,
        sweeping=_sweeping(exercise, cases),
        sentences=exercise.sentences,
        optional=exercise.optional,
    )
    if mistakes:
        _refuse_weak(exercise, key)
    return key


def _sweeping(exercise: Exercise, cases: list[Case]) -> tuple[str, ...]:
    """The mistakes whose sentence is about every input; all of them where an answer is True or False, which agree by chance."""
    binary = all(isinstance(case.expected.value, bool) for case in cases if not case.expected.errors)
    return tuple(name for name, mistake in exercise.mistakes.items() if binary or mistake.sweeping)


def finish(exercise: Exercise, case: Case, earlier: list[Call], rng: np.random.Generator, held: Makers) -> Case:
    """`case` with what a right answer does, given the things `held`, after the `earlier` calls of its script."""
    play = _after(earlier, exercise.reference, held, exercise.ready_made)
    if not case.expected.errors and not case.expected.verifier:
        reply = reply_of(exercise, play, case.call, case.what)
        _refuse_other_shapes(exercise, case, reply.value)
        wide = in_float64(case.call)
        in_wide = _after(list(map(in_float64, earlier)), exercise.reference, held, exercise.ready_made)
        exact = reply_of(exercise, in_wide, wide, f"{case.what} (in float64)")
        tolerance, gradient_tolerance = tolerances(in_wide, wide, exact, reply.value, rng, exercise.backend)
        value = _retyped(exact.value, reply.value)
        if not any(isinstance(kind, Array) for kind in exercise.takes.values()):
            value = map_arrays(lambda a: a.data.item() if a.shape == () else a, value)  # a number: no dtype is promised
        case = replace(case, expected=Expected(value, (), tolerance, exact.gradients or {}, gradient_tolerance))
    if failure := compare(case, play(case.call), held):
        raise AuthorError(
            f"the reference {exercise.name} fails its own check ({failure.kind}) on {case.what}: "
            f"{brief(case.call.args)}{way_out(case.what)}",
            at=exercise.reference,
        )
    return case


def _after(earlier: list[Call], function: Callable, held: Makers, ready_made: tuple[str, ...] = ()) -> Player:
    """A player of `function` to which the earlier calls of a script are made first, each time anew."""

    def play(call: Call) -> Reply:
        player = local_player(function, held, ready_made=ready_made)
        for other in earlier:
            player(other)
        return player(call)

    return play


def _mistakes(exercise: Exercise, case: Case, earlier: list[Call], held: Makers) -> dict[str, Fingerprint]:
    """What each known wrong answer does, where that differs from a right one."""
    fingerprints = {}
    for name, mistake in exercise.mistakes.items():
        reply = _after(earlier, mistake.function, held)(case.call)
        if reply.error and reply.error.kind in ("NameError", "ImportError", "ModuleNotFoundError"):
            raise AuthorError(f"{name} stops with {reply.error.kind}: {reply.error.message}. A slip?", at=mistake.function)
        if failure := compare(case, reply, held):
            _refuse_unfilled(exercise, name, case, failure.detail.get("sentences", ()))
            fingerprints[name] = fingerprint(reply)
    return fingerprints


def _refuse_unfilled(exercise: Exercise, mistake: str, case: Case, sentences: Iterable[Sentence]) -> None:
    """Stops where a verifier does not fill the places of a sentence: a student's check would stop there."""
    for id, values in sentences:
        try:
            if values or id in exercise.sentences:  # else it is the sentence itself
                exercise.sentences[id].format(**values)
        except Exception as error:  # no such id, a place without a value, or a value that does not fit its place
            raise AuthorError(
                f"for the wrong answer {mistake} this verifier returns {(id, values)}, which makes no sentence: "
                f"{type(error).__name__}: {error}. Expected an id of one of the sentences {list(exercise.sentences)}, and a value "
                "that fits each of its places",
                at=exercise.verifiers[case.aspect],
            ) from error


def _refuse_other_shapes(exercise: Exercise, case: Case, value: Any) -> None:
    """Stops where the reference returns other dimensions than `gives` says: a student would be told the wrong ones."""
    results = value if isinstance(value, tuple) else (value,)
    if len(results) != len(exercise.gives):
        raise AuthorError(
            f"gives names {len(exercise.gives)} result(s), but {exercise.name} returns {len(results)} on {case.what}",
            at=exercise.reference,
        )
    sizes = _sizes(exercise, case.call)
    for shape, result in zip(exercise.gives, results, strict=True):
        if shape == OPAQUE:
            continue
        result_shape = result.shape if isinstance(result, Plain) else ()
        names = shape.removeprefix("...").split()
        fits = len(result_shape) >= len(names) if shape.startswith("...") else len(result_shape) == len(names)
        if not fits or any(sizes.get(n, size) != size for n, size in zip(names[::-1], result_shape[::-1], strict=False)):
            known = ", ".join(f"{n} = {sizes[n]}" for n in names if n in sizes)
            raise AuthorError(
                f'gives names the dimensions "{shape}"{known and f" (here {known})"}, but {exercise.name} returns shape '
                f"{result_shape} on {case.what}: {brief(case.call.args)}",
                at=exercise.reference,
            )


def _sizes(exercise: Exercise, call: Call) -> dict[str, int]:
    """The size of each dimension that `takes` names, where every argument agrees on it."""
    arrays = [(kind, call.args.get(name)) for name, kind in exercise.takes.items() if isinstance(kind, Array)]
    shapes = [zip(kind.dims[::-1], a.shape[::-1], strict=False) for kind, a in arrays if isinstance(a, Plain)]
    sizes = set(chain.from_iterable(shapes))
    return {dim: size for dim, size in sizes if sum(dim == other for other, _ in sizes) == 1}


def _retyped(exact: Any, asked: Any) -> Any:
    """The numbers of `exact` with the dtypes of `asked`."""
    if isinstance(exact, list | tuple):
        return type(exact)(_retyped(e, a) for e, a in zip(exact, asked, strict=True))
    if isinstance(exact, Plain):
        return Plain(exact.data, asked.dtype, asked.backend)
    return exact


def _refuse_weak(exercise: Exercise, key: Key) -> None:
    """Stops the build where a wrong answer passes, or two cannot be told apart and nobody said why."""
    names: dict[tuple, str] = {}
    for name, mistake in exercise.mistakes.items():
        telling = tuple((i, case.mistakes[name]) for i, case in enumerate(key.cases) if name in case.mistakes)
        if not telling:
            raise WeakKey(
                f"the wrong answer {name} passes every check of {exercise.name}. "
                "Add an input that shows it, or declare it with @exercise.right",
                at=mistake.function,
            )
        replies = tuple((i, f.form, tuple(round(p, 6) for p in f.projections)) for i, f in telling)
        other = names.setdefault(replies, name)
        if other != name and not any({name, other} <= synonyms for synonyms in exercise.synonyms):
            raise WeakKey(
                f"the wrong answers {other} and {name} of {exercise.name} return the same on "
                "every input. Add an input that tells them apart, or declare exercise.same(...)",
                at=mistake.function,
            )
