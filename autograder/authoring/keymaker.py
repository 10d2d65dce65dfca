"""Makes an answer key: plays the reference and every known wrong answer, and writes down what each does."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..judging.held import Makers, local_player
from ..judging.judge import Sentence, compare
from ..judging.key import Case, Expected, Fingerprint, Key, fingerprint
from ..judging.script import Call, Player, Reply
from ..judging.values import Array as Plain
from ..judging.values import Held, array, leaves, map_arrays, map_leaves, pack
from .catalog import every_exercise
from .exercise import OPAQUE, PROBES, Array, AuthorError, Exercise, _where, drawer, line_of, normal, validate
from .tolerance import in_float64, tolerances

ATTEMPTS = 50
"""Draws of hidden inputs: by bad luck one may not tell two wrong answers apart, or be the visible one."""


def make_keys(solutions: Path, name: str, seed: str) -> tuple[Key, Key]:
    """The visible key of an exercise and the hidden one, made in a process that knows where the exercise lies, and nothing else."""
    exercise = every_exercise(solutions)[name]
    return make_key(exercise), make_key(exercise, seed, hidden=True)


def make_key(exercise: Exercise, seed: str = "visible", hidden: bool = False, mistakes: bool = True) -> Key:
    """The key of an exercise. The same seed gives the same key. Without `mistakes` it judges, and names nothing."""
    validate(exercise)
    held = exercise.held_functions(seed)
    if not hidden:
        return _key_of(exercise, *planned(exercise, seed), held, hidden, mistakes)
    for attempt in range(ATTEMPTS):
        calls, rng = planned(exercise, f"{seed}/{attempt}" if attempt else seed)
        if not _is_apart(exercise, calls):
            continue
        try:
            return _key_of(exercise, calls, rng, held, hidden, mistakes)
        except WeakKey:
            if attempt == ATTEMPTS - 1:
                raise
    raise AuthorError(
        f"{_where(exercise.inputs)}: the inputs for {next(iter(exercise.points))!r} are the same whatever is drawn, so that repeating the "
        "visible answers would earn full marks. Take at least one of them from draw()"
    )


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
    )
    if mistakes:
        _refuse_weak(exercise, key)
    return key


def _sweeping(exercise: Exercise, cases: list[Case]) -> tuple[str, ...]:
    """The mistakes whose sentence is about every input; all of them where an answer is True or False, which agree by chance."""
    binary = all(isinstance(case.expected.value, bool) for case in cases if not case.expected.errors)
    return tuple(name for name, mistake in exercise.mistakes.items() if binary or mistake.sweeping)


# -- which calls -------------------------------------------------------------------------------------------------------


def planned(exercise: Exercise, seed: str) -> tuple[list[Case], np.random.Generator]:
    """The calls that a key of this seed makes, without what should come of them, and what to draw with from here on."""
    digest = hashlib.sha256(f"{seed}/{exercise.name}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    try:
        cases = list(_plan(exercise, rng))
    except AuthorError:
        raise
    except Exception as error:
        raise AuthorError(
            f"{_where(exercise.inputs, line_of(error, exercise.file))}: inputs stopped with {type(error).__name__}: {error}. Expected it to yield an aspect, "
            "arguments such as draw(n=3) with a size for each named dimension, and words"
        ) from error
    watched = {"side effects", "gradients"}  # on every call, whatever aspect it is for
    if unused := set(exercise.points) - {case.aspect for case in cases} - watched:
        raise AuthorError(
            f"{_where(exercise.inputs)}: no input is for {sorted(unused)[0]!r}, which points names: "
            f"yield one. The engine makes inputs for {', '.join(dict.fromkeys(aspect for aspect, _ in PROBES.values()))} alone"
        )
    return cases, rng


def _is_apart(exercise: Exercise, calls: list[Case]) -> bool:
    """Whether one at least of the calls that the basic points depend on is not among the visible ones. Things under test are known
    to nobody, and a verifier takes any right answer."""
    first = next(iter(exercise.points))
    basic = [case.call.args for case in calls if case.aspect == first]
    if first in exercise.verifiers or any(
        isinstance(leaf, Held) and not leaf.args for args in basic for leaf in leaves(args)
    ):
        return True
    visible = {pack(case.call.args) for case in planned(exercise, "visible")[0]}
    return any(pack(args) not in visible for args in basic)


def in_scripts(cases: Iterable[Case]) -> Iterator[tuple[Case, list[Call]]]:
    """Each case, with the earlier calls of its script."""
    earlier: list[Call] = []
    for case in cases:
        del earlier[case.call.step :]
        yield case, list(earlier)
        earlier.append(case.call)


def _plan(exercise: Exercise, rng: np.random.Generator) -> Iterator[Case]:
    """The author's inputs, then the engine's probes, made from the author's first."""
    base: Call | None = None
    keeps = tuple(i for i, result in enumerate(exercise.gives) if result == OPAQUE)
    for item in exercise.inputs(drawer(exercise, rng)):
        aspect, args, what, *errors = item
        if aspect not in exercise.points:
            raise AuthorError(
                f"{_where(exercise.inputs)}: inputs yields {what!r} for the aspect {aspect!r}, which is not in points "
                f"{list(exercise.points)}. Give it points there, or yield it for one of those"
            )
        verifier = exercise.verifiers[aspect].__name__ if aspect in exercise.verifiers else ""
        for step, one in enumerate(args if isinstance(args, list) else [args]):
            given = {name: map_leaves(partial(_held, exercise), one[name]) for name in exercise.takes if name in one}
            call = Call(given, step=step, keeps=keeps)
            base = base or call
            if aspect == "gradients":
                call = _with_cotangent(exercise, call, rng, what)
            # Where there is no single right answer, a random search is a way to find one.
            yield Case(call, aspect, Expected(errors=tuple(errors), verifier=verifier, may_draw=bool(verifier)), what=what)
    if base is None:
        raise AuthorError(f"{_where(exercise.inputs)}: inputs yields nothing")
    for probe, call in _probes(exercise, base, rng):
        if probe not in exercise.opts_out and not exercise.verifiers:
            aspect, what = PROBES[probe]
            aspect = aspect if aspect in exercise.points else next(iter(exercise.points))
            yield Case(call, aspect, Expected(), what=what, probe=True)


def _held(exercise: Exercise, leaf: Any) -> Any:
    """A held thing with what there is to know of it: its public methods, and whether it is one of several."""
    if not isinstance(leaf, Held):
        return leaf
    maker = next((maker for maker in exercise.held if maker.__name__ == leaf.name), None)
    if maker is None:
        known = ", ".join(maker.__name__ for maker in exercise.held) or "none"
        raise AuthorError(f"{_where(exercise.inputs)}: inputs passes Held({leaf.name!r}), and held has {known}")
    methods = ("",)
    if inspect.isclass(maker):
        public = [name for name, value in inspect.getmembers(maker, inspect.isfunction) if not name.startswith("_")]
        methods = tuple(public) + (("",) if "__call__" in vars(maker) else ())
    return replace(leaf, methods=methods, silent=len(exercise.held) > 1)


def _probes(exercise: Exercise, base: Call, rng: np.random.Generator) -> Iterator[tuple[str, Call]]:
    arrays = {name: kind for name, kind in exercise.takes.items() if isinstance(kind, Array) and name in base.args}
    if arrays:
        draw = drawer(exercise, rng)
        others = {name: v for name, v in base.args.items() if name not in arrays}
        sizes = _distinct(arrays)

        def fresh(probe: bool = True, sizes: dict[str, int] = sizes, **how: Any) -> Call:
            drawn = {k: v for k, v in draw(**how, **sizes, probe=probe).items() if k in arrays}
            return replace(base, args={name: (drawn | others)[name] for name in base.args})

        if any(kind.leading for kind in arrays.values()):
            for lead in ((2,), (2, 3), (1,)):
                yield "leading", fresh(lead=lead)
        yield "float32", fresh(dtype="float32")
        for half in ["float16", "bfloat16"] if exercise.backend == "torch" else ["float16"]:
            yield "half", fresh(dtype=half, scale=0.5)  # exp of a score over 11 is beyond float16
        if all(kind.integers for kind in arrays.values()):
            yield "integers", _cast(fresh(scale=3, probe=False), "int64")  # cut off to whole numbers, few may be 0
        lead = (2,) if any(kind.leading for kind in arrays.values()) else ()
        yield "strided", replace(fresh(lead=lead), layout="strided")
        if exercise.backend == "numpy":
            yield "read-only", replace(fresh(), layout="read-only")
        yield "extremes", fresh(scale=1000.0)
        if any(kind.free for kind in arrays.values()):
            yield "tiny", fresh(scale=2.0**-20)
        if any(kind.draw is normal for kind in arrays.values()):
            yield "zeros", fresh(scale=0.0)
        if "ones" not in exercise.opts_out:  # a draw may stop there
            yield "ones", _all_different(fresh(sizes=dict.fromkeys(sizes, 1)), arrays, rng)
        if "ties" not in exercise.opts_out and _gives_places(exercise, base):
            rows = () if len(sizes) > 1 else (LONG,)  # one row alone may come out right by luck
            yield "ties", _repeated(fresh(lead=rows, sizes={name: LONG + size for name, size in sizes.items()}), arrays, rng)
        if exercise.backend == "torch":
            yield "gradients", _with_cotangent(exercise, fresh(), rng, PROBES["gradients"][1])
        redrawn = {n: array(arrays[n].draw(rng, v.shape), v.dtype, v.backend) for n, v in base.args.items() if n in arrays}
        yield "again", replace(base, args=base.args | redrawn)
    yield "again", base


LONG = 40
"""The smallest size of a long input. An unstable sort shows from 17 on: shorter rows numpy sorts by insertion, which is stable."""


def _gives_places(exercise: Exercise, call: Call) -> bool:
    """Whether the result holds integers although floats went in: places, on which ties have a say."""
    value = local_player(exercise.reference, exercise.held_functions())(call).value
    floats = all(a.is_float for a in leaves(call.args) if isinstance(a, Plain))
    return floats and any(isinstance(a, Plain) and "int" in a.dtype and a.shape for a in leaves(value))


def _all_different(call: Call, arrays: dict[str, Array], rng: np.random.Generator) -> Call:
    """`call` with numbers, one an array, of which none is 0 and no two are equal: by luck they might be."""
    names = [name for name, kind in arrays.items() if kind.draw is normal]
    numbers = (rng.permutation(len(names)) + 3) / 8 * rng.choice([-1, 1], len(names))
    few = {n: replace(call.args[n], data=np.full_like(call.args[n].data, x)) for n, x in zip(names, numbers, strict=True)}
    return replace(call, args=call.args | few)


def _repeated(call: Call, names: Iterable[str], rng: np.random.Generator) -> Call:
    """`call` with each of these arrays made of three of its numbers."""
    few = {
        n: replace(a, data=rng.choice(rng.choice(a.data.ravel(), 3, replace=False), a.shape))
        for n, a in call.args.items()
        if n in names
    }
    return replace(call, args=call.args | few)


def _distinct(arrays: dict[str, Array]) -> dict[str, int]:
    """Every named dimension a size of its own, so that no transposed or swapped array fits by chance."""
    names = dict.fromkeys(d for kind in arrays.values() for d in kind.dims)
    return {name: size for size, name in enumerate(names, start=4)}


def _with_cotangent(exercise: Exercise, call: Call, rng: np.random.Generator, what: str) -> Call:
    """`call`, with a random cotangent for each float result of the reference."""
    value = _reply(exercise, local_player(exercise.reference, exercise.held_functions()), call, what).value
    return replace(call, cotangent=map_arrays(lambda a: array(normal(rng, a.shape), "float64", a.backend), value))


def _cast(call: Call, dtype: str) -> Call:
    return replace(call, args=map_arrays(lambda a: array(a.data, dtype, a.backend), call.args))


# -- what is right ------------------------------------------------------------------------------------------------------


def finish(exercise: Exercise, case: Case, earlier: list[Call], rng: np.random.Generator, held: Makers) -> Case:
    """`case` with what a right answer does, given the things `held`, after the `earlier` calls of its script."""
    play = _after(earlier, exercise.reference, held, exercise.ready_made)
    if not case.expected.errors and not case.expected.verifier:
        asked = _reply(exercise, play, case.call, case.what)
        _refuse_other_shapes(exercise, case, asked.value)
        wide = in_float64(case.call)
        in_wide = _after(list(map(in_float64, earlier)), exercise.reference, held, exercise.ready_made)
        exact = _reply(exercise, in_wide, wide, f"{case.what} (in float64)")
        tolerance, gradient_tolerance = tolerances(in_wide, wide, exact, asked.value, rng, exercise.backend)
        value = _retyped(exact.value, asked.value)
        if not any(isinstance(kind, Array) for kind in exercise.takes.values()):
            value = map_arrays(lambda a: a.data.item() if a.shape == () else a, value)  # a number: no dtype is promised
        case = replace(case, expected=Expected(value, (), tolerance, exact.gradients or {}, gradient_tolerance))
    if found := compare(case, play(case.call), held):
        raise AuthorError(
            f"{_where(exercise.reference)}: the reference {exercise.name} fails its own check ({found.kind}) on {case.what}: "
            f"{_brief(case.call.args)}" + _way_out(case.what)
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
    found = {}
    for name, mistake in exercise.mistakes.items():
        reply = _after(earlier, mistake.function, held)(case.call)
        if reply.error and reply.error.kind in ("NameError", "ImportError", "ModuleNotFoundError"):
            raise AuthorError(
                f"{_where(mistake.function)}: {name} stops with {reply.error.kind}: {reply.error.message}. A slip?"
            )
        if failure := compare(case, reply, held):
            _refuse_unfilled(exercise, name, case, failure.detail.get("sentences", ()))
            found[name] = fingerprint(reply)
    return found


def _refuse_unfilled(exercise: Exercise, mistake: str, case: Case, sentences: Iterable[Sentence]) -> None:
    """Stops where a verifier does not fill the places of a sentence: a student's check would stop there."""
    for id, values in sentences:
        try:
            if values or id in exercise.sentences:  # else it is the sentence itself
                exercise.sentences[id].format(**values)
        except Exception as error:  # no such id, a place without a value, or a value that does not fit its place
            raise AuthorError(
                f"{_where(exercise.verifiers[case.aspect])}: for the wrong answer {mistake} this verifier returns "
                f"{(id, values)}, which makes no sentence: {type(error).__name__}: {error}. Expected an id of one of the "
                f"sentences {list(exercise.sentences)}, and a value that fits each of its places"
            ) from error


def _reply(exercise: Exercise, play: Player, call: Call, what: str) -> Reply:
    reply = play(call)
    if reply.error:
        raise AuthorError(
            f"{_where(exercise.reference)}: the reference {exercise.name} raises {reply.error.kind}: {reply.error.message}. "
            f"The input is {what}: {_brief(call.args)}" + _way_out(what)
        )
    return reply


def _brief(args: dict[str, Any]) -> str:
    """Arguments for an author's eyes: small arrays whole, larger ones by shape."""

    def brief(value: Any) -> str:
        if not isinstance(value, Plain):
            return repr(value)[:60]
        return f"{value.dtype} {value.data.tolist()}" if value.data.size <= 6 else f"{value.dtype} of shape {value.shape}"

    return ", ".join(f"{name} = {brief(value)}" for name, value in args.items())


def _way_out(what: str) -> str:
    """Where the engine made this input: how an author does without."""
    probe = next((name for name, (_, words) in PROBES.items() if what.startswith(words)), None)
    if probe is None:
        return ""
    return (
        ". The engine made this input, with a size of its own for each named dimension. Where sizes are bound, give those that are "
        "equal one name, or let draw= return a size that fits. Where such an input makes no sense at all: "
        f'opts_out={{"{probe}": "why"}}'
    )


def _refuse_other_shapes(exercise: Exercise, case: Case, value: Any) -> None:
    """Stops where the reference returns other dimensions than `gives` says: a student would be told the wrong ones."""
    results = value if isinstance(value, tuple) else (value,)
    where = f"{_where(exercise.reference)}: gives names"
    if len(results) != len(exercise.gives):
        raise AuthorError(
            f"{where} {len(exercise.gives)} result(s), but {exercise.name} returns {len(results)} on {case.what}"
        )
    sizes = _sizes(exercise, case.call)
    for shape, result in zip(exercise.gives, results, strict=True):
        if shape == OPAQUE:
            continue
        found = result.shape if isinstance(result, Plain) else ()
        names = shape.removeprefix("...").split()
        fits = len(found) >= len(names) if shape.startswith("...") else len(found) == len(names)
        if not fits or any(sizes.get(n, size) != size for n, size in zip(names[::-1], found[::-1], strict=False)):
            known = ", ".join(f"{n} = {sizes[n]}" for n in names if n in sizes)
            raise AuthorError(
                f'{where} the dimensions "{shape}"' + (f" (here {known})" if known else "")
                + f", but {exercise.name} returns shape {found} on {case.what}: {_brief(case.call.args)}"
            )  # fmt: skip


def _sizes(exercise: Exercise, call: Call) -> dict[str, int]:
    """The size of each dimension that `takes` names, where every argument agrees on it."""
    found: dict[str, set[int]] = {}
    for name, kind in exercise.takes.items():
        if isinstance(kind, Array) and isinstance(call.args.get(name), Plain):
            for dim, size in zip(kind.dims[::-1], call.args[name].shape[::-1], strict=False):
                found.setdefault(dim, set()).add(size)
    return {dim: sizes.pop() for dim, sizes in found.items() if len(sizes) == 1}


def _retyped(exact: Any, asked: Any) -> Any:
    """The numbers of `exact` with the dtypes of `asked`."""
    if isinstance(exact, list | tuple):
        return type(exact)(_retyped(e, a) for e, a in zip(exact, asked, strict=True))
    if isinstance(exact, Plain):
        return Plain(exact.data, asked.dtype, asked.backend)
    return exact


# -- what makes a key too weak to ship ---------------------------------------------------------------------------------


def _refuse_weak(exercise: Exercise, key: Key) -> None:
    """Stops the build where a wrong answer passes, or two cannot be told apart and nobody said why."""
    seen: dict[tuple, str] = {}
    for name, mistake in exercise.mistakes.items():
        telling = tuple((i, case.mistakes[name]) for i, case in enumerate(key.cases) if name in case.mistakes)
        if not telling:
            raise WeakKey(
                f"{_where(mistake.function)}: the wrong answer {name} passes every check of {exercise.name}. "
                "Add an input that shows it, or declare it with @exercise.right"
            )
        print_ = tuple((i, f.form, tuple(round(p, 6) for p in f.projections)) for i, f in telling)
        other = seen.setdefault(print_, name)
        if other != name and not any({name, other} <= names for names in exercise.synonyms):
            raise WeakKey(
                f"{_where(mistake.function)}: the wrong answers {other} and {name} of {exercise.name} return the same on "
                "every input. Add an input that tells them apart, or declare exercise.same(...)"
            )
