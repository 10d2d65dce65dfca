"""What the kernels of `autograder lab` begin with, so that advice is there before a lesson imports anything; leaves no names."""

if "get_ipython" in globals():  # and no terminal's Python, which reads this too
    try:
        import autograder
    except ImportError:  # a kernel of another environment
        pass
    else:
        del autograder
