"""Work spread over processes, of which any may die: what it was at is tried once more by itself, and the rest goes on."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from typing import TypeVar

from ..sandbox.process import THREADS

Job, Result = TypeVar("Job"), TypeVar("Result")

AHEAD = 4
"""Jobs for each process that are handed out before they are needed: few, so that memory stays flat."""


TICK = 0.5
"""Seconds between two calls of what is done meanwhile."""


def spread(
    work: Callable[[Job], Result], jobs: Iterable[Job], workers: int, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[tuple[Job, Result | Exception]]:
    """(job, what work(job) returned or raised), as they are done. `meanwhile` is called again and again while all are busy."""
    waiting, suspects = deque(jobs), []
    with _one_thread():
        while waiting:
            suspects += yield from _until_broken(work, waiting, workers, meanwhile)
        for job in suspects:
            if (yield from _until_broken(work, deque([job]), 1, meanwhile)):
                yield job, RuntimeError("the grading process was ended twice, perhaps for want of memory")


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Processes that start meanwhile compute with one thread each: their arrays are small, and threads would wait for each other."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ |= dict.fromkeys(THREADS, "1")
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _until_broken(
    work: Callable[[Job], Result], waiting: deque[Job], workers: int, meanwhile: Callable[[], None]
) -> Iterator:
    """Does what is `waiting`; returns the jobs that a process which died may have been at."""
    running: dict[Future, Job] = {}
    with ProcessPoolExecutor(workers, get_context("spawn"), _settle, (os.getpid(),)) as pool, _ended_at_once():
        while waiting or running:
            try:
                while waiting and len(running) < AHEAD * workers:
                    future = pool.submit(work, waiting[0])
                    running[future] = waiting.popleft()
            except BrokenProcessPool:
                return list(running.values())
            while not (finished := wait(running, TICK, return_when=FIRST_COMPLETED).done):
                meanwhile()
            for future in finished:
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    return list(running.values())
                yield running.pop(future), error if error is not None else future.result()
    return []


@contextlib.contextmanager
def _ended_at_once() -> Iterator[None]:
    """Whoever stops does not wait for what is running."""
    try:
        yield
    except (KeyboardInterrupt, GeneratorExit):
        for process in active_children():
            process.terminate()
        raise


def _settle(parent: int) -> None:
    """What a grading process does first: Ctrl+C is for its parent, and it ends with that, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _end())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        _end()

    threading.Thread(target=watch, daemon=True).start()


def _end() -> None:
    """Now, whatever this process is at, with what it began."""
    atexit._run_exitfuncs()
    os._exit(1)
