"""Libraries that a lesson can do without: an extra shows them where they are installed."""

import importlib


def library(name):
    """The module of this name, or None, and a line that says so, where it is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        print(f"{name} is not installed here. This cell is an extra: nothing later needs it.")
        return None
