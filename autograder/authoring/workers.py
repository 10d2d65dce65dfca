"""Processes that work on exercises, one for each core. What they import of torch they share; exercises each reads afresh."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from ..coursedir.folders import CourseError

FIRST = f"{__package__}.one_thread"


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """As many processes as there are cores, or `jobs` if that is fewer. Where the platform can, they fork from one that is warm.

    Each has one thread: threads of two processes that wait for each other cost far more than they save.
    """
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload([FIRST])
    pool = ProcessPoolExecutor(min(os.cpu_count() or 1, jobs), context, importlib.import_module, (FIRST,))
    try:
        yield pool
    except BrokenProcessPool:
        raise CourseError(
            "A process that worked on an exercise ended before its time: the exercise used up the memory, or ends Python. "
            "`autograder verify --exercise NAME` shows whether it was this one."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)  # where one slip stopped the work, the rest is not worth waiting for
