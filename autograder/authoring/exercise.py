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

from ..judging.values import Opaque
from .faults import AuthorError


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


def returned(call: int, part: int | None = None) -> Opaque:
    """As an argument in a script: what its call number `call`, from 0, returned, or one part of that."""
    return Opaque(f"{call}" if part is None else f"{call}.{part}")


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


#: What those points are for that many exercises have, by aspect, in words for the student.
ASPECTS = {
    "values": "right numbers",
    "batches": "inputs with more dimensions in front",
    "dtypes": "inputs of other number types, such as float32 or integers",
    "side effects": "inputs that are left as they were",
    "large numbers": "very large and very small inputs, and zeros",
    "ties": "inputs in which numbers are equal",
    "gradients": "gradients that flow back to the inputs",
    "errors": "the errors that the text below asks for",
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
    optional     checked and praised as any other, and worth no points in the gradebook; those in points are what a check goes by
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
    optional: bool = False
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
    def worth(self) -> float:
        """Its points in the gradebook."""
        return 0.0 if self.optional else float(sum(self.points.values()))

    @property
    def file(self) -> Path:
        return Path(inspect.getsourcefile(self.reference))

    def wrong(self, says: str) -> Callable:
        """Declares the decorated function a known wrong answer. `says` ends the sentence "This is what you get when …"."""

        def register(function: Callable) -> Callable:
            if function.__name__ in self.mistakes:
                raise AuthorError(f"two wrong answers of {self.name} are called {function.__name__}", at=function)
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

    def makers(self, seed: str = "visible") -> dict[str, Callable]:
        """What the judge holds for the key of this seed, by name: verifiers, and functions and classes that an answer may ask."""
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
            raise AuthorError(f"{self.name} needs a docstring, which is all that students see of it", at=self.reference)
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
