"""What a student's function is given of what the judge holds: things to call that ask, wherever the answer comes from."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .live import from_live, to_live
from .script import Call, Question, Reply
from .standins import ReadyMade
from .values import Array, Held, Other, leaves

Ask = Callable[[list[Question]], list[Reply]]
"""Answers several questions at once: one message where they cross to another process."""

MOST_AT_ONCE = 100_000
"""Numbers in one message of questions; more of them go in several."""


class NotAnswered(ValueError):
    """A question outside the call that it belongs to. The text says so."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback through this package."""
        return [str(self)]


class Asking:
    """`ask`, until it is closed: what was given for one call answers no later one."""

    def __init__(self, ask: Ask):
        self.ask, self.open = ask, True

    def __call__(self, questions: list[Question]) -> list[Reply]:
        if not self.open:
            raise NotAnswered(
                "what your function is given answers only while that call of your function lasts: ask it there, and keep what it answers"
            )
        return self.ask(questions)


class Given:
    """What stands for a thing of the judge's: it or its methods can be called, and nothing else of it is here."""

    __slots__ = ("_methods", "_name")
    __name__ = "given"

    def __init__(self, ask: Ask, held: Held):
        self._name = held.name
        self._methods = {method: asking(held.name, ask, method) for method in held.methods}

    def __getattr__(self, method: str) -> Callable:
        if method.startswith("__"):  # Python's own questions, also of a copy that has no methods yet
            raise AttributeError(method)
        if method in self._methods and method:
            return self._methods[method]
        if method == "many" and "" in self._methods:
            return self._methods[""].many
        methods = ", ".join(filter(None, self._methods))
        raise AttributeError(
            f"{self._name} has no method {method!r}. "
            + (f"Known: {methods}" if methods else f"Call {self._name}(...) itself")
        )

    def __call__(self, *args: Any, **named: Any) -> Any:
        if "" not in self._methods:
            raise TypeError(f"{self._name} cannot be called itself. Call one of its methods: {', '.join(self._methods)}")
        return self._methods[""](*args, **named)


def asking(name: str, ask: Ask, method: str = "", held: bool = True, signature: inspect.Signature | None = None) -> Callable:
    """A function whose answers come from the judge; `many([(a, b), ...])` of it asks for several in one message. Gradients flow
    through it: they are asked for as well."""

    def question(args: dict[str, Any], cotangent: Any = None) -> Question:
        return Question(name, Call(args, cotangent=cotangent), method, held)

    def arguments(args: tuple, named: dict[str, Any]) -> dict[str, Any]:
        if signature is None:
            return {str(i): value for i, value in enumerate(args)} | named
        bound = signature.bind(*args, **named)
        bound.apply_defaults()
        return dict(bound.arguments)

    def one(*args: Any, **named: Any) -> Any:
        live = arguments(args, named)
        tracked = [n for n, v in live.items() if getattr(v, "requires_grad", False)]
        if tracked:
            return _differentiable(lambda *a: _answers(ask, [question(*a)])[0], live, _plain(live, held), tracked)
        return to_live(_answers(ask, [question(_plain(live, held))])[0].value)

    def many(calls: Iterable[tuple]) -> list[Any]:
        return [
            to_live(reply.value) for reply in _answers(ask, [question(_plain(arguments(args, {}), held)) for args in calls])
        ]

    one.__name__ = one.__qualname__ = name
    one.many = many
    return one


def _plain(live: dict[str, Any], held: bool) -> dict[str, Any]:
    """Arguments as plain data. Raises TypeError where one is none; of an exercise's right function the judge says whether it answers."""
    args = {name: from_live(value) for name, value in live.items()}
    for name, value in args.items() if held else ():
        if other := next((leaf for leaf in leaves(value) if isinstance(leaf, Other)), None):
            place = f"number {int(name) + 1}" if name.isdigit() else name
            raise TypeError(
                f"argument {place} is or holds something of type {other.what}. Ask with numbers, texts, arrays, tensors, lists of them, and "
                "what an earlier answer gave you to hand back"
            )
    return args


def _answers(ask: Ask, questions: list[Question]) -> list[Reply]:
    """The answers, none of which is an error: the first that is one is raised."""
    replies = [reply for some in _portions(questions) for reply in ask(some)]
    if error := next((reply.error for reply in replies if reply.error), None):
        kind = ReadyMade if error.kind == ReadyMade.__name__ else getattr(builtins, error.kind, RuntimeError)
        raise kind(error.message)
    return replies


def _portions(questions: list[Question]) -> Iterator[list[Question]]:
    """The questions, in lists of at most MOST_AT_ONCE numbers each, or of one question."""
    if len(questions) == 1:
        yield questions
        return
    portion: list[Question] = []
    room = MOST_AT_ONCE
    for question in questions:
        room -= (size := size_of(question.call))
        if portion and room < 0:
            yield portion
            portion, room = [], MOST_AT_ONCE - size
        portion.append(question)
    if portion:
        yield portion


def size_of(call: Call) -> int:
    """Numbers, texts and the like in the arguments of a call."""
    return sum(leaf.data.size if isinstance(leaf, Array) else 1 for leaf in leaves(call.args))


def _differentiable(answer: Callable[..., Reply], live: dict[str, Any], plain: dict[str, Any], tracked: list[str]) -> Any:
    """The judge's answer as a node of torch's graph: its backward asks for the vector-Jacobian product."""
    import torch

    value = answer(plain).value
    several = isinstance(value, list | tuple)

    class Asked(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *tensors):
            results = to_live(value)
            return tuple(results) if several else results

        @staticmethod
        def backward(ctx, *grads):
            cotangent = [from_live(g.to(torch.float64)) for g in grads]
            gradients = answer(plain, type(value)(cotangent) if several else cotangent[0]).gradients or {}
            return tuple(to_live(gradients[n]) if isinstance(gradients.get(n), Array) else None for n in tracked)

    return Asked.apply(*(live[n] for n in tracked))
