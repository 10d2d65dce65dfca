"""Which calls a key makes: those of the author's inputs, then the engine's own, made to find what the author forgot."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..judging.held import local_player
from ..judging.key import Case, Expected
from ..judging.script import WHOLE, Call, Player, Reply
from ..judging.values import Array as Plain
from ..judging.values import Held, array, leaves, map_arrays, map_leaves
from .exercise import OPAQUE, PROBES, Array, Exercise, Number, normal
from .faults import AuthorError, line_of


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
            f"inputs stopped with {type(error).__name__}: {error}. Expected it to yield an aspect, "
            "arguments such as draw(n=3) with a size for each named dimension, and words",
            at=exercise.inputs,
            line=line_of(error, exercise.file),
        ) from error
    watched = {"side effects", "gradients"}  # on every call, whatever aspect it is for
    if unused := set(exercise.points) - {case.aspect for case in cases} - watched:
        raise AuthorError(
            f"no input is for {sorted(unused)[0]!r}, which points names: "
            f"yield one. The engine makes inputs for {', '.join(dict.fromkeys(aspect for aspect, _ in PROBES.values()))} alone",
            at=exercise.inputs,
        )
    return cases, rng


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
    keeps = (WHOLE,) if exercise.gives == (OPAQUE,) else keeps
    for item in exercise.inputs(drawer(exercise, rng)):
        aspect, args, what, *errors = item
        if aspect not in exercise.points:
            raise AuthorError(
                f"inputs yields {what!r} for the aspect {aspect!r}, which is not in points "
                f"{list(exercise.points)}. Give it points there, or yield it for one of those",
                at=exercise.inputs,
            )
        verifier = exercise.verifiers[aspect].__name__ if aspect in exercise.verifiers else ""
        for step, one in enumerate(args if isinstance(args, list) else [args]):
            with_held = {name: map_leaves(partial(_held, exercise), one[name]) for name in exercise.takes if name in one}
            call = Call(with_held, step=step, keeps=keeps)
            base = base or call
            if aspect == "gradients":
                call = _with_cotangent(exercise, call, rng, what)
            # Where there is no single right answer, a random search is a way to find one.
            yield Case(call, aspect, Expected(errors=tuple(errors), verifier=verifier, may_draw=bool(verifier)), what=what)
    if base is None:
        raise AuthorError("inputs yields nothing", at=exercise.inputs)
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
        raise AuthorError(f"inputs passes Held({leaf.name!r}), and held has {known}", at=exercise.inputs)
    methods = ("",)
    if inspect.isclass(maker):
        public = [name for name, value in inspect.getmembers(maker, inspect.isfunction) if not name.startswith("_")]
        methods = tuple(public) + (("",) if "__call__" in vars(maker) else ())
    return replace(leaf, methods=methods, silent=len(exercise.held) > 1)


def _probes(exercise: Exercise, base: Call, rng: np.random.Generator) -> Iterator[tuple[str, Call]]:
    arrays = {name: kind for name, kind in exercise.takes.items() if isinstance(kind, Array) and name in base.args}
    if arrays:
        draw = drawer(exercise, rng)
        sizes = {
            name: size for size, name in enumerate(_dims(arrays), start=4)
        }  # no transposed or swapped array fits by chance

        def fresh(probe: bool = True, sizes: dict[str, int] = sizes, **how: Any) -> Call:
            args = draw(**how, **sizes, probe=probe)
            return replace(base, args=base.args | {name: args[name] for name in arrays})

        if any(kind.leading for kind in arrays.values()):
            for lead in ((2,), (2, 3), (1,)):
                yield "leading", fresh(lead=lead)
        yield "float32", fresh(dtype="float32")
        for half in ["float16", "bfloat16"] if exercise.backend == "torch" else ["float16"]:
            yield "half", fresh(dtype=half, scale=0.5)  # exp of a score over 11 is beyond float16
        if all(kind.integers for kind in arrays.values()):
            large = fresh(scale=3, probe=False).args  # cut off to whole numbers, few may be 0
            yield "integers", replace(base, args=map_arrays(lambda a: array(a.data, "int64", a.backend), large))
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
        others = {n: array(arrays[n].draw(rng, v.shape), v.dtype, v.backend) for n, v in base.args.items() if n in arrays}
        yield "again", replace(base, args=base.args | others)
    yield "again", base


LONG = 40
"""The smallest size of a long input. An unstable sort shows from 17 on: shorter rows numpy sorts by insertion, which is stable."""


def _gives_places(exercise: Exercise, call: Call) -> bool:
    """Whether the result holds integers although floats went in: places, on which ties have a say."""
    value = local_player(exercise.reference, exercise.makers())(call).value
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

    def of_few(a: Plain) -> Plain:
        return replace(a, data=rng.choice(rng.choice(a.data.ravel(), 3, replace=False), a.shape))

    return replace(call, args=call.args | {n: of_few(a) for n, a in call.args.items() if n in names})


def _dims(takes: dict[str, Any]) -> list[str]:
    """The dimensions that these parameters name, in order."""
    return list(dict.fromkeys(d for kind in takes.values() if isinstance(kind, Array) for d in kind.dims))


def _with_cotangent(exercise: Exercise, call: Call, rng: np.random.Generator, what: str) -> Call:
    """`call`, with a random cotangent for each float result of the reference."""
    value = reply_of(exercise, local_player(exercise.reference, exercise.makers()), call, what).value
    return replace(call, cotangent=map_arrays(lambda a: array(normal(rng, a.shape), "float64", a.backend), value))


def reply_of(exercise: Exercise, play: Player, call: Call, what: str) -> Reply:
    """What the reference replies. Raises AuthorError where it stops."""
    reply = play(call)
    if reply.error:
        raise AuthorError(
            f"the reference {exercise.name} raises {reply.error.kind}: {reply.error.message}. "
            f"The input is {what}: {brief(call.args)}{way_out(what)}",
            at=exercise.reference,
        )
    return reply


def brief(args: dict[str, Any]) -> str:
    """Arguments for an author's eyes: small arrays whole, larger ones by shape."""

    def text(value: Any) -> str:
        if not isinstance(value, Plain):
            return repr(value)[:60]
        return f"{value.dtype} {value.data.tolist()}" if value.data.size <= 6 else f"{value.dtype} of shape {value.shape}"

    return ", ".join(f"{name} = {text(value)}" for name, value in args.items())


def way_out(what: str) -> str:
    """Where the engine made this input: how an author does without."""
    probe = next((name for name, (_, words) in PROBES.items() if what.startswith(words)), None)
    if probe is None:
        return ""
    return (
        ". The engine made this input, with a size of its own for each named dimension. Where sizes are bound, give those that are "
        "equal one name, or let draw= return a size that fits. Where such an input makes no sense at all: "
        f'opts_out={{"{probe}": "why"}}'
    )


def drawer(exercise: Exercise, rng: np.random.Generator) -> Callable[..., dict[str, Any]]:
    """The `draw` that an exercise's `inputs` is given."""

    def draw(
        lead: tuple[int, ...] = (), scale: float = 1.0, dtype: str = "float64", probe: bool = False, **sizes: int
    ) -> dict[str, Any]:
        args: dict[str, Any] = {}
        if set(sizes) != set(dims := _dims(exercise.takes)):
            raise TypeError(f"draw takes a size for each of {dims}, and was given {list(sizes)}")
        for name, kind in exercise.takes.items():
            if isinstance(kind, Array):
                shape = (lead if kind.leading else ()) + tuple(sizes[d] for d in kind.dims)
                # A draw of the author's own may keep a promise, such as rows that sum to 1: no probe scales it.
                factor = 1.0 if probe and kind.draw is not normal and not kind.free else scale
                args[name] = array(kind.draw(rng, shape) * factor, dtype, exercise.backend)
            elif isinstance(kind, Number):
                args[name] = kind.draw(rng)
        return args

    draw.rng = rng
    return draw
