"""What the kernels of `autograder lab` begin with, so that advice is there before a lesson imports anything; leaves no names."""

import contextlib as _contextlib

if "get_ipython" in globals():  # and no terminal's Python, which reads this too
    with _contextlib.suppress(ImportError):  # a kernel of another environment
        __import__("autograder")

del _contextlib
