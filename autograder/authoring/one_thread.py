"""Imported first in every worker process: one thread each, before torch counts the cores; then all that takes time to import."""

import contextlib
import os

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

with contextlib.suppress(ImportError):  # a course, or lessons of one, may do without
    import torch  # noqa: F401

from . import keymaker  # noqa: F401
