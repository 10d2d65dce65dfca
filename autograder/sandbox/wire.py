"""Plain data across a process boundary: length, then bytes of `autograder.judging.values`. The other end is not trusted."""

from __future__ import annotations

import select
import socket
import time
from typing import Any

from ..judging.values import Other, map_leaves, pack, unpack

LIMIT = 24 * 2**20
"""Bytes of one message. A larger one ends the conversation: no exercise asks for one."""


class Lost(Exception):
    """The other end is gone, or said something that is not a message. The text says which."""


class Late(Exception):
    """Nothing came in time."""


class Wire:
    """One end of a conversation over a socket."""

    def __init__(self, sock: socket.socket):
        self._sock = sock
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)  # a byte out of band is one like others, and no message
        self.size = 0
        """Bytes of the last message received."""
        self.total = 0
        """Bytes of all of them."""

    def send(self, within: float | None = None, **message: Any) -> None:
        """Raises Late where the other end has not taken the message `within` seconds: it may have stopped reading."""
        try:
            data = pack(message)
        except (TypeError, ValueError):  # an int of thousands of digits, say, has no JSON
            data = pack(map_leaves(lambda leaf: leaf if _packs(leaf) else Other(type(leaf).__name__), message))
        try:
            self._sock.settimeout(within)
            self._sock.sendall(len(data).to_bytes(8, "little") + data)
        except TimeoutError:
            raise Late from None
        except OSError as error:
            raise Lost("the process has ended") from error

    def receive(self, seconds: float | None = None, limit: int = LIMIT) -> dict[str, Any]:
        """The next message. Raises Late after `seconds`, and Lost where there is none to come, or one above `limit` bytes."""
        deadline = None if seconds is None else time.monotonic() + seconds
        size = int.from_bytes(self._read(8, deadline), "little")
        if size > limit:
            raise Lost(f"it sent {size} bytes at once, or in the end, which is more than is read")
        self.size, self.total = size, self.total + size
        try:
            message = unpack(self._read(size, deadline))
        except ValueError as error:
            raise Lost(str(error)) from error
        if not isinstance(message, dict):
            raise Lost("a message that is no dict")
        return message

    def close(self) -> None:
        self._sock.close()

    def _read(self, size: int, deadline: float | None) -> bytes:
        parts, missing = [], size
        while missing:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and (left <= 0 or not select.select([self._sock], [], [], left)[0]):
                raise Late
            try:
                part = self._sock.recv(min(missing, 2**20), socket.MSG_DONTWAIT if left is not None else 0)
            except BlockingIOError:
                raise Lost("it said something that is no message") from None
            except OSError as error:
                raise Lost("the process has ended") from error
            if not part:
                raise Lost("the process has ended")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def _packs(leaf: Any) -> bool:
    try:
        pack(leaf)
    except (TypeError, ValueError):
        return False
    return True
