"""How an exercise is declared. One module in solutions/NN_topic/ declares one exercise, in a variable `exercise`."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from ..judging import values
from ..judging.library_calls import known


class AuthorError(Exception):
    """A lesson or exercise is wrong. The message says where (file and line), what was found and what to do."""


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Independent draws of mean 0 and variance 1, rounded to 1/8, so that a student can check one by hand."""
    return np.round(rng.standard_normal(shape) * 8) / 8


@dataclass(frozen=True)
class Array:
    """A parameter that takes an array. `shape` names its dimensions: "... n_q d_k"; leading ones are free where it starts
    with an ellipsis. `draw(rng, shape)` makes the numbers; `integers` says that integer input is allowed, `free` that a `draw` of
    the author's own keeps no promise about how large they are, so that the engine may scale them."""

    shape: str
    draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray] = normal
    integers: bool = False
    free: bool = False

    @property
    def dims(self) -> list[str]:
        return [d for d in self.shape.split() if d != "..."]

    @property
    def leading(self) -> bool:
        return self.shape.startswith("...")


@dataclass(frozen=True)
class Number:
    """A parameter that takes a number: `draw(rng)` makes one."""

    draw: Callable[[np.random.Generator], float | int | bool]


OPAQUE = "opaque"
"""In `gives`: a result that the judge does not look into, such as a cache. A later call of a script gets it back (`returned`)."""


def returned(call: int, part: int | None = None) -> values.Opaque:
    """As an argument in a script: what its call number `call`, from 0, returned, or one part of that."""
    return values.Opaque(f"{call}" if part is None else f"{call}.{part}")


#: What the engine tries on every exercise that takes arrays: {name by which an exercise opts out: (the aspect it counts for where
#: points name that, else it counts for the first, words for the student)}.
PROBES = {
    "leading": ("batches", "the same with more leading dimensions"),
    "float32": ("dtypes", "an input in single precision (float32)"),
    "half": ("dtypes", "an input in half precision"),
    "integers": ("dtypes", "an input of integers"),
    "strided": ("side effects", "an input that is not contiguous in memory"),
    "read-only": ("side effects", "an input that may not be written to"),
    "again": ("side effects", "an input shaped like an earlier one"),
    "extremes": ("large numbers", "an input of large numbers"),
    "tiny": ("large numbers", "an input of very small numbers"),
    "zeros": ("large numbers", "an input of zeros"),
    "ones": ("batches", "an input whose sizes are all 1"),
    "ties": ("ties", "a long input of a few numbers, again and again"),
    "gradients": ("gradients", "the gradients of a random sum of the results"),
}


#: Words that make a sentence about every input. The English ones: a release may be translated, and says which they were.
SWEEPING = re.compile(
    r"\b(all|alone|always|any\w*|every\w*|ignored|never|no|nobody|none|nothing|not used|only|unused|whatever|whole)\b",
    re.IGNORECASE,
)


@dataclass
class Mistake:
    """A known wrong answer: what students get when `says`. `function` is the wrong code."""

    name: str
    says: str
    function: Callable

    @property
    def sweeping(self) -> bool:
        """Whether the sentence is about every input, so that it may be said only where it is true of all."""
        return bool(SWEEPING.search(re.sub("`.*?`", "", self.says)))


@dataclass
class Exercise:
    """One exercise, everything about it.

    reference    the right answer, with the docstring that the student sees; its source is shown in the solution notebook
    points       points by aspect, the basic one first: nothing else is earned without it. The engine's own probes count for
                 the aspects in `PROBES` where they are named here, else for the first
    takes        what each parameter takes (`Array`, `Number`, or None for one that `inputs` always gives or leaves out)
    gives        the named shape of each result, for the messages
    inputs       a generator function of `draw` that yields (aspect, arguments, words), from smallest to largest; words say
                 what the input is. `draw(n=3, lead=(2,), scale=1)` returns arguments made from `takes`; `draw.rng` is for
                 numbers of another kind, such as those that a held thing is made with. A list of arguments is
                 a script: calls in a row, of which later ones may be given what earlier ones `returned`
    hints        from a nudge to nearly everything; never the code itself
    difficulty   1 to 3
    needs        names of exercises whose functions this one may call
    ready_made   functions of libraries that do what the student is asked to write, such as "torch.softmax": an answer that calls
                 one is wrong, and is told so. The docstring says it
    opts_out     {probe: reason} for probes that make no sense here (`PROBES`)
    verifiers    where there is no single right answer: {aspect: function of the result that says what is wrong with it: the id of
                 one of `sentences`, (id, {placeholder: value}), a list of these, or "" where nothing is}; state margins in the
                 docstring. They replace `gives` and the comparison
    held         what the judge holds for students' functions to ask, passed by `inputs` as `Held("name")`: functions, such as those
                 under a test that students write, or classes, whose public methods can be asked: `Held("Name", {...})` makes one
                 for each call, with scope="script" for each script. What its `_outcome()` returns after a call is judged in place
                 of the result. Verifiers and held things are released as they stand: they must give nothing away
    sentences    {id: sentence with {placeholders}}: what verifiers and held classes (as in ValueError("id", {"n": 3})) say
    details      {keyword-only parameter of held things: how a value of it is drawn from an rng}. Each key has held things
                 with details of its own. Let all of them have some that their results depend on: else a table of what the
                 visible ones return tells which hidden one is which
    """

    reference: Callable
    points: dict[str, float]
    takes: dict[str, Array | Number | None]
    gives: tuple[str, ...]
    inputs: Callable[..., Iterator[tuple]]
    hints: tuple[str, ...]
    difficulty: int
    minutes: int
    needs: tuple[str, ...] = ()
    ready_made: tuple[str, ...] = ()
    backend: str = "numpy"
    opts_out: dict[str, str] = field(default_factory=dict)
    verifiers: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    held: tuple[Callable, ...] = ()
    sentences: dict[str, str] = field(default_factory=dict)
    details: dict[str, Callable[[np.random.Generator], Any]] = field(default_factory=dict)
    mistakes: dict[str, Mistake] = field(default_factory=dict, init=False)
    variants: list[Callable] = field(default_factory=list, init=False)
    synonyms: dict[frozenset, str] = field(default_factory=dict, init=False)
    equivalents: dict[str, str] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        return self.reference.__name__

    @property
    def file(self) -> Path:
        return Path(inspect.getsourcefile(self.reference))

    def wrong(self, says: str) -> Callable:
        """Declares the decorated function a known wrong answer. `says` ends the sentence "This is what you get when …"."""

        def register(function: Callable) -> Callable:
            if function.__name__ in self.mistakes:
                raise AuthorError(f"{_where(function)}: two wrong answers of {self.name} are called {function.__name__}")
            self.mistakes[function.__name__] = Mistake(function.__name__, says, function)
            return function

        return register

    def right(self, function: Callable) -> Callable:
        """Declares the decorated function another right answer, which every check must accept."""
        self.variants.append(function)
        return function

    def equivalent(self, change: str, because: str) -> None:
        """Declares that this machine-made mutant (named as `autograder verify` names it) does what the reference does."""
        self.equivalents[change] = because

    def same(self, *names: str, because: str) -> None:
        """Declares that these wrong answers cannot be told apart, and why."""
        self.synonyms[frozenset(names)] = because

    def held_functions(self, seed: str = "visible") -> dict[str, Callable]:
        """What the judge holds for the key of this seed, by name: verifiers and functions to be tested."""
        drawn = self.drawn_details(seed)
        return {f.__name__: _with_details(f, drawn.get(f.__name__)) for f in (*self.verifiers.values(), *self.held)}

    def drawn_details(self, seed: str) -> dict[str, dict[str, Any]]:
        """{held function: {keyword-only parameter: value}}, of those that have some."""
        rng = np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed}/{self.name}/held".encode()).digest()[:8]))
        wanted = {f.__name__: [p.name for p in inspect.signature(f).parameters.values() if p.kind is p.KEYWORD_ONLY]
                  for f in self.held}  # fmt: skip
        return {name: {n: self.details[n](rng) for n in names} for name, names in wanted.items() if names}

    def source(self) -> str:
        """The reference as the solution notebook shows it."""
        return textwrap.dedent(inspect.getsource(self.reference)).rstrip()

    def stub_parts(self) -> tuple[str, str]:
        """The reference's source in two: signature with docstring, and body."""
        text = self.source()
        tree = ast.parse(text).body[0]
        if ast.get_docstring(tree) is None or len(tree.body) < 2:
            raise AuthorError(
                f"{_where(self.reference)}: {self.name} needs a docstring, which is all that students see of it"
            )
        lines = text.splitlines()
        end = tree.body[0].end_lineno
        return "\n".join(lines[:end]), "\n".join(lines[end:])


def _with_details(maker: Callable, details: dict[str, Any] | None) -> Callable:
    """The function, or class, with these details as the defaults of keyword-only parameters."""
    if details is None:
        return maker
    if inspect.isclass(maker):
        return type(maker.__name__, (maker,), {"__init__": _with_details(maker.__init__, details)})
    same = FunctionType(maker.__code__, maker.__globals__, maker.__name__, maker.__defaults__, maker.__closure__)
    same.__kwdefaults__ = details
    return same


def _where(function: Callable, line: int = 0) -> str:
    """File and line for a message: where `function` begins, or another `line` of its file."""
    code = (function.__init__ if inspect.isclass(function) else function).__code__
    return f"{Path(code.co_filename).parent.name}/{Path(code.co_filename).name}:{line or code.co_firstlineno}"


def line_of(error: BaseException, file: Path) -> int:
    """The innermost line of `file` that an exception came through; 0 where it came through none."""
    trace, line = error.__traceback__, 0
    while trace:
        if Path(trace.tb_frame.f_code.co_filename) in (file, file.resolve()):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def validate(exercise: Exercise) -> None:
    """Raises AuthorError, with file and line, for what would make a weak or broken exercise."""
    where = _where(exercise.reference)
    parameters = list(inspect.signature(exercise.reference).parameters)
    if list(exercise.takes) != parameters:
        raise AuthorError(f"{where}: takes names {list(exercise.takes)}, but {exercise.name} has parameters {parameters}")
    if not exercise.mistakes:
        raise AuthorError(
            f"{where}: {exercise.name} declares no wrong answer. Add at least one with @exercise.wrong(...): "
            "a check that nothing has ever failed proves nothing"
        )
    if not exercise.points or min(exercise.points.values()) <= 0:
        raise AuthorError(f"{where}: points must be a dict of aspects with positive points, found {exercise.points}")
    if any(isinstance(kind, Array) for kind in exercise.takes.values()):
        for aspect in ("dtypes", "side effects"):
            if aspect not in exercise.points:
                raise AuthorError(
                    f"{where}: {exercise.name} takes arrays, so its points need an aspect {aspect!r}: else a slip there would cost "
                    f"all of {next(iter(exercise.points))!r}"
                )
    if isinstance(exercise.gives, str):
        raise AuthorError(f'{where}: gives is a tuple, one text for each result: ("{exercise.gives}",), with its comma')
    if not exercise.hints:
        raise AuthorError(f"{where}: {exercise.name} has no hints. Add at least one")
    if unknown := set(exercise.opts_out) - set(PROBES):
        raise AuthorError(f"{where}: opts_out names {sorted(unknown)}, expected some of {sorted(PROBES)}")
    for function in exercise.held:
        for p in inspect.signature(function).parameters.values():
            if p.kind is p.KEYWORD_ONLY and p.name not in exercise.details:
                raise AuthorError(f"{_where(function)}: details says nothing of how {p.name} is drawn")
    for name in exercise.ready_made:
        if not known(name):
            raise AuthorError(f"{where}: ready_made names {name!r}, and there is no such function. Misspelt?")
    exercise.stub_parts()


def drawer(exercise: Exercise, rng: np.random.Generator) -> Callable[..., dict[str, Any]]:
    """The `draw` that an exercise's `inputs` is given."""

    def draw(
        lead: tuple[int, ...] = (), scale: float = 1.0, dtype: str = "float64", probe: bool = False, **sizes: int
    ) -> dict[str, Any]:
        args: dict[str, Any] = {}
        named = list(dict.fromkeys(d for kind in exercise.takes.values() if isinstance(kind, Array) for d in kind.dims))
        if set(sizes) != set(named):
            raise TypeError(f"draw takes a size for each of {named}, and was given {list(sizes)}")
        for name, kind in exercise.takes.items():
            if isinstance(kind, Array):
                shape = (lead if kind.leading else ()) + tuple(sizes[d] for d in kind.dims)
                # A draw of the author's own may keep a promise, such as rows that sum to 1: no probe scales it.
                factor = 1.0 if probe and kind.draw is not normal and not kind.free else scale
                args[name] = values.array(kind.draw(rng, shape) * factor, dtype, exercise.backend)
            elif isinstance(kind, Number):
                args[name] = kind.draw(rng)
        return args

    draw.rng = rng
    return draw
