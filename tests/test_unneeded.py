"""Demos that grading leaves out: nothing that runs may tell that they were left out."""

from __future__ import annotations

import importlib
import random
import types

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.coursedir.cell_names import names_of
from autograder.desk import shell
from autograder.grading.demos import demos_of, unneeded

from .conftest import ROOT


def left_out(cells: list[str], own: set[int]) -> list[int]:
    idle = unneeded(cells, frozenset(s for i, s in enumerate(cells) if i not in own))
    return [i for i, source in enumerate(cells) if source in idle]


@pytest.mark.parametrize(
    ("cells", "own", "idle"),
    [
        (["x = 1", "x = 2", "y = x", "x = 3"], {2}, [0, 3]),  # the last one before it serves
        (["x = 1", "if a: x = 2", "y = x"], {2}, []),  # one that may not have made it does not hide the one before
        (["x = []", "x.append(1)", "y = x", "x = 5"], {2}, [3]),  # what has changed it since
        (["x = []", "x.append(1)", "x = 2", "y = x"], {3}, [0, 1]),  # before it was made anew
        (["x = 1", "def f(): return x", "x = 2"], {1}, []),  # a function reads when it is called, which may be later
        (["x = 1", "def f(x): return x", "x = 2"], {1}, [0, 2]),
        (["x = []", "y = x", "x.append(1)", "y"], {3}, []),  # another name for the same object
        (["x = []", "y = x", "y.append(1)", "x"], {3}, []),
        (["x = []", "def f(): x.append(1)", "f()", "x"], {3}, []),  # changed by a function that is called
        (["x = []", "import random", "random.shuffle(x)", "x"], {3}, []),  # or that it is given to
        (["x = 1", "x.shape", "print(x)", "x"], {3}, [1, 2]),  # to look at it changes nothing
        (["def g(x): return x", "y = g(1)[0]", "def f(): return g"], {2}, [1]),  # nor does to call it
        (["def own(): pass", "x = 1", "own(); x = 2", "y = x"], {0, 3}, []),  # a cell that may stop half-way hides nothing
        (["x = 1", "[x for x in ()]", "y = x"], {2}, [1]),
        (["a = yours('b', c)", "def b(): return 1"], {1}, [0]),
        (["x = 1", "exec(t)"], {1}, []),
        (["x = 1", "x = 1", "y = x"], {2}, []),  # a cell that is there twice: its text says no more
    ],
)
def test_what_is_left_out(cells, own, idle):
    assert [i for i in left_out(cells, own) if cells[i] not in {cells[j] for j in own}] == idle


NAMES = "abc"
STEPS = ["{0} = [{2}]", "{0} = {1}", "{0} = {0} + {1}", "{0} += [{2}]", "{0}.append({2})", "{0}[:1] = [{2}]", "if {1}[:1] < [{2}]: {0} = {1}",
         "for {0} in [{1}, [{2}]]: pass", "{0} = [v + 0 for v in {1}]", "{0} = f()", "g()", "put({0}, {2})", "{0} = keep({1})",
         "box.append({0}); {1} = box[-1]", "def f(): return {0}", "def f(): return list({0}) + [{2}]", "def g(): {0}.append({2})",
         "def g():\n    global {0}\n    {0} = list({1})", "def g():\n    d = {0}\n    d.append({2})", "{0} = (lambda: {1})()",
         "class C:\n    held = {0}\n{1} = C.held", "try:\n    {0} = {1}[{2}]\n    {0} = [{0}]\nexcept IndexError:\n    pass"]  # fmt: skip
START = [
    "a, b, c, box = [0], [1], [2], []",
    "def f(): return [7]",
    "def g(): pass",
    "def put(x, n): x.append(n)",
    "def keep(x): return x",
]
STEP = st.tuples(st.sampled_from(STEPS), st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 3))


def ran(cells: list[str], keep: list[int]) -> dict[int, str]:
    """After each cell, what it reads and makes, as text, and with what error it stopped."""
    names: dict = {}
    shown = {}
    for i in keep:
        error = ""
        try:
            exec(cells[i], names)
        except Exception as stopped:
            error = type(stopped).__name__
        uses = names_of(cells[i])
        looked_at = sorted((uses.reads | uses.makes) & set(NAMES))
        shown[i] = error + "".join(f" {n}={names.get(n, '?')!r}" for n in looked_at)
    return shown


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(st.lists(STEP, min_size=2, max_size=9), st.sets(st.integers(0, 8), max_size=3))
def test_no_cell_that_runs_can_tell(steps, own):
    cells = [*START, *(f"{step.format(a, b, n)}  # {i}" for i, (step, a, b, n) in enumerate(steps))]
    own = {len(START) + i for i in own if i < len(steps)}
    idle = left_out(cells, own)
    everything = ran(cells, range(len(cells)))
    kept = ran(cells, [i for i in range(len(cells)) if i not in idle])
    assert {i: kept[i] for i in own} == {i: everything[i] for i in own}, [cells[i] for i in idle]


# -- the lessons -------------------------------------------------------------------------------------------------------


def state(value, depth: int = 0) -> object:
    """What tells a value from another one, as far as it can be told without running it."""
    if hasattr(value, "detach") and not isinstance(value, types.ModuleType):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, list | tuple | set):
        return type(value).__name__, [state(v, depth + 1) for v in value]
    if isinstance(value, dict):
        return [(state(k, depth + 1), state(v, depth + 1)) for k, v in value.items()]
    if isinstance(value, types.FunctionType):
        return value.__code__.co_code, value.__code__.co_names
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if type(value).__name__ == "Generator":
        return value.get_state().numpy().tobytes()
    if hasattr(value, "__dict__") and depth < 4 and not isinstance(value, type | types.ModuleType):
        return type(value).__name__, state(vars(value), depth + 1)
    return repr(value) if isinstance(value, int | float | str | bool | None) else type(value).__name__


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs cells as the sandbox does, and returns after each the state of the names that it uses.

    Figures are not drawn, and what takes long is done once.
    """
    from autograder.course.multi_head_attention import experiments
    from autograder.course.scaled_dot_product_attention import lookup

    monkeypatch.setenv(shell.SANDBOX, "1")
    monkeypatch.chdir(tmp_path)
    for file in (ROOT / "autograder" / "course").glob("*/figures.py"):
        figures = importlib.import_module(f"autograder.course.{file.parent.name}.figures")
        for name in [n for n, value in vars(figures).items() if getattr(value, "__module__", "") == figures.__name__]:
            monkeypatch.setattr(figures, name, lambda *args, **kwargs: None)
    for module, name in (
        (experiments, "train_relations"),
        (experiments, "copy_and_lookup"),
        (lookup, "train"),
        (lookup, "start"),
    ):
        monkeypatch.setattr(module, name, once(getattr(module, name)))

    def run(cells: list[str], keep: list[int]) -> dict[int, dict[str, object]]:
        names: dict = {"__name__": "__main__"}
        monkeypatch.setattr(shell, "namespace", lambda: names)
        after = {}
        for i in keep:
            exec(compile(cells[i], f"<cell {i}>", "exec"), names)
            uses = names_of(cells[i])
            after[i] = {name: state(names[name]) for name in sorted(uses.reads | uses.makes) if name in names}
        return after

    return run


def once(function):
    """The function, which does the same work once. Functions that it is given are known by their names."""
    kept: dict = {}

    def remembered(*args, **kwargs):
        key = repr([getattr(a, "__name__", a) for a in (*args, *kwargs.items())])
        if key not in kept:
            kept[key] = function(*args, **kwargs)
        return kept[key]

    return remembered


@pytest.mark.parametrize("lesson", sorted(p.parent.name for p in (ROOT / "solutions").glob("*/lesson.md")))
def test_no_cell_of_a_lesson_can_tell(lesson, course, run, capsys):
    """Of the solved lesson: some of its cells, drawn at random, as if a student had changed them, and whatever they need."""
    released = course.release / lesson / f"{lesson}.ipynb"
    solved = nbformat.read(course.solved / f"{lesson}.ipynb", as_version=4).cells
    cells = [c.source for c in solved if c.cell_type == "code" and not c.id.endswith("-check")]
    answers = {i for i, source in enumerate(cells) if source not in demos_of(released)}
    everything = run(cells, range(len(cells)))
    draw = random.Random(lesson)
    sizes = []
    for trial in range(5):
        own = answers | set(draw.sample(range(len(cells)), trial % 4))
        idle = left_out(cells, own)
        keep = [i for i in range(len(cells)) if i not in idle]
        after = run(cells, keep)
        assert {i: after[i] for i in keep} == {i: everything[i] for i in keep}
        sizes.append(len(idle))
    assert len(cells) - sizes[0] - len(answers) <= 2, (
        "what a right answer needs is the imports, and one function of a lesson before"
    )
    assert min(sizes) < sizes[0]
