"""Processes that work on exercises, one for each core. What they import of torch they share; exercises each reads afresh."""

from __future__ import annotations

import importlib
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

FIRST = f"{__package__}.one_thread"


def workers(jobs: int) -> ProcessPoolExecutor:
    """As many processes as there are cores, or `jobs` if that is fewer. Where the platform can, they fork from one that is warm:
    threads that wait for each other cost far more than what they save, so each has one."""
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload([FIRST])
    return ProcessPoolExecutor(min(os.cpu_count() or 1, jobs), context, importlib.import_module, (FIRST,))
