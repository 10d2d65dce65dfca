"""Imported first in every worker process: one thread each, before torch counts the cores, and torch itself."""

import os

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import torch  # noqa: F401
