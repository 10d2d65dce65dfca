"""Players between the judge and a submission's process: one that outlives it, and one that hides the order of its calls."""

from __future__ import annotations

import random
from collections.abc import Callable

from ..judging.key import Key
from ..judging.script import Call, Error, Player, Reply
from ..judging.values import Held, leaves
from ..sandbox.session import Crashed, RemotePlayer

MOST_REPLIES = 8 * 2**20
"""Bytes of all replies that an exercise is judged by, a hundred times what right ones take."""


class Guarded:
    """A player whose process may end in the middle of a call: that is an answer too. All its calls together end in time."""

    def __init__(self, player: RemotePlayer, left: Callable[[float], float]):
        self.player, self.most, self.left = player, player.seconds, left
        self.crashed, self.size = False, 0

    def __call__(self, call: Call) -> Reply:
        self.player.seconds = self.left(self.most)
        if not self.crashed and self.player.seconds > 0 and self.size < MOST_REPLIES:
            try:
                reply = self.player(call)
                self.size += self.player.session.wire.size
                return reply
            except Crashed:
                self.crashed = True
        return Reply(error=Error("TooSlow", "it ended Python, or did not come to an end"))


class Shuffled:
    """A player that makes the hidden calls of a key with held things in an order that nobody knows, each script as a whole: the order
    would tell which of them are wrong."""

    def __init__(self, play: Player, key: Key):
        self.play = play
        calls = [case.call for case in key.cases] if key.hidden else []
        self.calls = calls if any(isinstance(leaf, Held) for call in calls for leaf in leaves(call.args)) else []
        self.replies: dict[int, Reply] = {}

    def __call__(self, call: Call) -> Reply:
        if self.calls and not self.replies:
            slow = 0
            scripts = _scripts(self.calls)
            for other in (call for script in random.SystemRandom().sample(scripts, len(scripts)) for call in script):
                self.replies[id(other)] = reply = self.play(other) if slow < 3 else Reply(error=Error("TooSlow", "in all"))
                slow += bool(reply.error and reply.error.kind == "TooSlow")
        return self.replies[id(call)] if id(call) in self.replies else self.play(call)


def _scripts(calls: list[Call]) -> list[list[Call]]:
    """The calls, those of one script together: where a step is 0, another begins."""
    scripts: list[list[Call]] = []
    for call in calls:
        if not call.step:
            scripts.append([])
        scripts[-1].append(call)
    return scripts
