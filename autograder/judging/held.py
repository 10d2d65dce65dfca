"""The judge's end of what a student's function may ask: functions under test, models, memories, whatever an exercise holds.

They are made from an answer key when a call begins and are gone when it ends; the student's side has labels to ask by. So it is the
same in a notebook, where student and judge are one process, and in grading, where they are two.
"""

from __future__ import annotations

import contextlib
import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any

from .asking import size_of
from .live import from_live, to_live
from .player import LocalPlayer, gradients_of
from .script import Call, Error, Player, Question, Reply
from .time_limit import TooSlow
from .values import Held, Opaque, Other, map_leaves

Makers = Mapping[str, Callable]
"""By name, the functions and classes that an exercise holds."""

NOTHING: Makers = MappingProxyType({})

MOST_QUESTIONS = 5_000
"""Questions in one call of the function under test."""

MOST_ENTRIES = 8192
"""Numbers in one question: scores grow with the square of them."""

MOST_VALUES = 1_000
"""Values that one thing hands out to be handed back."""


class Refused(ValueError):
    """A question that is not answered. The text says why."""


@dataclass
class _Thing:
    """One held thing, with the values of its own that it has handed out."""

    held: Held
    live: Any
    values: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def details(self) -> set[str]:
        """Keyword-only parameters: they are for the judge to choose."""
        functions = (getattr(self.live, method) if method else self.live for method in self.held.methods)
        return {name for function in functions for name in inspect.getfullargspec(function).kwonlyargs}

    def hand_out(self, value: Any) -> Opaque:
        if len(self.values) >= MOST_VALUES:
            raise Refused(f"more than {MOST_VALUES} values were handed out. Hand back an earlier one")
        self.values[str(len(self.values))] = value
        return Opaque(str(len(self.values) - 1))

    def value_of(self, opaque: Opaque) -> Any:
        if opaque.id not in self.values:
            raise Refused("this is no value that came from what is asked, in the same check")
        return self.values[opaque.id]


class Holder:
    """What the judge holds while an exercise is checked.

    `makers` make the things that calls name. `words(id, values)` says in words what a thing refuses with: a held class may raise
    ValueError("id", {"values": ...}), where id is one of the key's sentences. `guard` is entered around each answer.
    """

    def __init__(
        self,
        makers: Makers = NOTHING,
        words: Callable[..., str] = lambda text, values: text,
        guard: Callable[[], contextlib.AbstractContextManager] = contextlib.nullcontext,
    ):
        self.makers, self.words, self.guard = makers, words, guard
        self._things: dict[str, _Thing] = {}
        self._question_count = 0

    def play(self, player: Player, call: Call) -> Reply:
        """What `player` replies to the call, in which each held thing is a label to ask by. Where a thing says what came of it
        (`_outcome`), that is the value, whatever the function returned."""
        if not call.step:
            self._things = {}
        self._question_count = 0
        try:
            reply = player(replace(call, args={name: self._labels(name, value) for name, value in call.args.items()}))
            return reply if reply.error else self._judged(reply)
        finally:
            self._things = {label: t for label, t in self._things.items() if t.held.scope == "script"}

    def _judged(self, reply: Reply) -> Reply:
        """The reply, with what came of held things in place of its value, where they say so."""
        for thing in self._things.values():
            if hasattr(thing.live, "_outcome"):
                try:
                    with self.guard():
                        return replace(reply, value=from_live(thing.live._outcome()))
                except (Exception, TooSlow) as error:  # by what was given to it
                    return replace(reply, value=None, error=self._error(thing, error))
        return reply

    def _labels(self, parameter: str, value: Any) -> Any:
        """`value` with labels in the place of held things, which are made on the way."""
        labels: list[str] = []

        def label(leaf: Any) -> Any:
            if not isinstance(leaf, Held):
                return leaf
            labels.append(parameter if not labels else f"{parameter} {len(labels) + 1}")
            maker = self.makers[leaf.name]
            if labels[-1] not in self._things:
                live = maker(**to_live(leaf.args)) if inspect.isclass(maker) else maker
                self._things[labels[-1]] = _Thing(leaf, live)
            return Held(labels[-1], methods=leaf.methods)

        return map_leaves(label, value)

    # -- answers -------------------------------------------------------------------------------------------------------

    def answers(self, questions: list[Question]) -> list[Reply]:
        return [self.answer(question) for question in questions]

    def answer(self, question: Question) -> Reply:
        """What the thing that is asked returns, or why it does not. Never raises for what is asked."""
        thing = self._things.get(question.name)
        try:
            if thing is None:
                raise Refused(
                    f"there is no {question.name[:100]} to ask, or not now: it answers while your function is called"
                )
            call = self._target(thing, question)
            with self.guard():
                return answer(call, question.call, thing.value_of, thing.hand_out)
        except Refused as error:
            return Reply(error=Error("ValueError", str(error)))
        except TooSlow as error:
            return Reply(error=Error("TooSlow", str(error)))
        except Exception as error:
            return Reply(error=self._error(thing, error))

    def _target(self, thing: _Thing, question: Question) -> Callable:
        """The function or method that is asked. Raises Refused."""
        self._question_count += 1
        if self._question_count > MOST_QUESTIONS:
            raise Refused(f"that is more than {MOST_QUESTIONS} questions in one call. Ask for less")
        if question.method not in thing.held.methods:
            raise Refused(f"{question.name} has no method {question.method[:100]!r}")
        if (size := size_of(question.call)) > MOST_ENTRIES:
            raise Refused(f"an input of {size} numbers is more than the {MOST_ENTRIES} that {question.name} takes")
        if not thing.details.isdisjoint(question.call.args):
            raise Refused(CANNOT)
        return getattr(thing.live, question.method) if question.method else thing.live

    def _error(self, thing: _Thing, error: BaseException) -> Error:
        """What the student's function gets to know of an error: one text for all things that are told apart by what they do."""
        if thing.held.silent:
            return Error("ValueError", CANNOT)
        match error.args:
            case (str(sentence), dict(values)):
                return Error(type(error).__name__, self.words(sentence, values))
            case (str(sentence),):
                return Error(type(error).__name__, self.words(sentence, {}))
        return Error(type(error).__name__, str(error))


CANNOT = "the function that you test cannot take these arguments"


def answer(
    function: Callable,
    call: Call,
    value_of: Callable[[Opaque], Any] = lambda opaque: None,
    hand_out: Callable[[Any], Any] = lambda value: Other(type(value).__name__),
) -> Reply:
    """What a function of the judge's own replies to a question. It is known to leave arguments and random states alone, so nobody
    looks whether it does: a submission may ask hundreds of times. Raises what the function raises.
    """
    live = {name: to_live(value, opaque=value_of) for name, value in call.args.items()}
    named = {name: value for name, value in live.items() if not name.isdigit()}
    with warnings.catch_warnings(action="ignore"):
        result, gradients = gradients_of(
            lambda: function(*(v for n, v in live.items() if n not in named), **named), live, call.cotangent
        )
        return Reply(from_live(result, hand_out), gradients=gradients)


def local_player(
    function: Callable,
    makers: Makers = NOTHING,
    seconds: float = 10.0,
    ready_made: tuple[str, ...] = (),
    words: Callable[..., str] = lambda text, values: text,
) -> Player:
    """A player for a function of this process, with what the judge holds for it."""
    holder = Holder(makers, words)
    return partial(holder.play, LocalPlayer(function, holder.answers, seconds, ready_made))
