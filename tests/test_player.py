"""Whatever a student's function does, the player says what happened and leaves the process as it was."""

from __future__ import annotations

import random
import time
import warnings
from collections import OrderedDict, defaultdict
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest

from autograder.judging.effects import OWN_SEED
from autograder.judging.held import local_player
from autograder.judging.live import from_live, to_live
from autograder.judging.player import LocalPlayer
from autograder.judging.script import Call
from autograder.judging.values import Array, Held, Other, array

X = Call({"x": array([1.0, 2.0, 3.0])})


def play(function, call=X, **kwargs):
    return LocalPlayer(function, **kwargs)(call)


def test_a_value_comes_back_with_dtype_and_shape():
    reply = play(lambda x: x.astype(np.float32)[:, None])
    assert (reply.value.dtype, reply.value.shape, reply.error) == ("float32", (3, 1), None)


def test_an_exception_is_told_with_its_line():
    def divides(x):
        return 1 / 0

    error = play(divides).error
    assert (error.kind, error.line) == ("ZeroDivisionError", "return 1 / 0")
    assert "ArithmeticError" in error.bases


def test_the_line_is_the_students_wherever_packages_lie(tmp_path):
    file = tmp_path / "site-packages" / "library.py"
    file.parent.mkdir()
    file.write_text("def stops(x):\n    raise ValueError('no')\n")
    names: dict = {}
    exec(compile(file.read_text(), str(file), "exec"), names)

    def calls_it(x):
        return names["stops"](x)

    assert play(calls_it).error.line == 'return names["stops"](x)'


@pytest.mark.parametrize("raised", [SystemExit(3), RecursionError(), MemoryError(), Exception()])
def test_any_exception_is_an_answer(raised):
    def fails(x):
        raise raised

    assert play(fails).error.kind == type(raised).__name__


def test_an_interrupt_is_not_swallowed():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(interrupted)


def test_endless_recursion_and_endless_loops_end():
    def recurses(x):
        return recurses(x)

    def loops(x):
        while True:
            pass

    assert play(recurses).error.kind == "RecursionError"
    start = time.perf_counter()
    assert play(loops, seconds=0.2).error.kind == "TooSlow"
    assert time.perf_counter() - start < 5


def test_prints_and_warnings_are_kept_off_the_screen(capsys):
    def talks(x):
        print("hello")
        warnings.warn("careful", stacklevel=1)
        np.log(np.zeros(1))
        return x

    reply = play(talks)
    assert reply.printed == "hello\n"
    assert "careful" in reply.warnings
    assert any("divide by zero" in w for w in reply.warnings)
    assert capsys.readouterr() == ("", "")


def test_endless_printing_is_cut():
    reply = play(lambda x: [print("x" * 1000) for _ in range(10_000)] and None)
    assert len(reply.printed) <= 2000


def test_changed_arguments_are_named():
    def in_place(x):
        x -= 1
        return x

    assert play(in_place).changed == ("x",)
    assert play(lambda x: x - 1).changed == ()


def test_each_call_gets_fresh_arguments():
    def in_place(x):
        x += 1
        return x

    player = LocalPlayer(in_place)
    assert player(X).value.data.tolist() == player(X).value.data.tolist() == [2.0, 3.0, 4.0]


def test_the_random_state_is_watched_and_put_back():
    before = random.getstate(), np.random.get_state()[1].tolist()
    assert play(lambda x: np.random.rand() + random.random()).random_changed == ("random", "numpy.random")
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert play(lambda x: np.random.default_rng(0).random()).random_changed == ()


@pytest.mark.parametrize("seed", [0, 1, 42, OWN_SEED - 1])
def test_a_seed_is_a_change_even_where_the_state_is_at_that_seed(seed):
    torch = pytest.importorskip("torch")

    def seeds(x):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        return x

    kept = random.getstate(), np.random.get_state(), torch.get_rng_state()
    seeds(None)
    now = random.random(), np.random.randn(), torch.rand(1).item()
    seeds(None)
    assert play(seeds).random_changed == ("random", "numpy.random", "torch")
    assert (random.random(), np.random.randn(), torch.rand(1).item()) == now
    random.setstate(kept[0])
    np.random.set_state(kept[1])
    torch.set_rng_state(kept[2])


def test_the_random_state_keeps_a_normal_draw_that_numpy_has_in_store():
    np.random.seed(3)
    np.random.randn()
    stored = np.random.get_state()[3:]
    play(lambda x: x)
    assert np.random.get_state()[3:] == stored


def test_layouts():
    seen = {}

    def look(x):
        seen.update(contiguous=x.flags.c_contiguous, writeable=x.flags.writeable, values=x.tolist())
        return x

    play(look, Call(X.args, layout="strided"))
    assert seen == {"contiguous": False, "writeable": True, "values": [1.0, 2.0, 3.0]}
    play(look, Call(X.args, layout="read-only"))
    assert seen == {"contiguous": True, "writeable": False, "values": [1.0, 2.0, 3.0]}


class Liar:
    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.ones(3)

    def __len__(self):
        raise RuntimeError


class Lies:
    """Methods that nobody may run."""

    def lie(self, *args, **kwargs):
        raise RuntimeError("code of the object's own was run")

    __array__ = __array_finalize__ = __array_wrap__ = __len__ = __iter__ = __getitem__ = __eq__ = __str__ = lie
    __float__ = __int__ = __index__ = __pos__ = __bool__ = items = keys = copy = tolist = lie


class LyingArray(Lies, np.ndarray):
    def __array_finalize__(self, obj):
        pass


class LyingTuple(Lies, tuple):
    __slots__ = ()


class LyingList(Lies, list):
    pass


class LyingFloat(Lies, float):
    pass


class LyingInt(Lies, int):
    pass


class LyingDict(Lies, dict):
    pass


class LyingText(Lies, str):
    __slots__ = ()


class Pair(NamedTuple):
    first: float
    second: float


class Size(IntEnum):
    SMALL = 3


@pytest.mark.parametrize(
    ("result", "what"),
    [
        (Liar(), "Liar"),
        (np.array(["a"]), "array of dtype <U1"),
        (np.array([None]), "array of dtype object"),
        (np.ones(3, complex), "array of dtype complex128"),
        (np.broadcast_to(1.0, (10**5, 10**5)), "array of 10000000000 entries"),
        ((i for i in range(3)), "generator"),
        ({1: 2}, "dict"),
        (np.ma.masked_array([1.0]), "MaskedArray"),
    ],
)
def test_what_is_not_plain_data_is_known_by_its_name_only(result, what):
    assert play(lambda x: result).value == Other(what)


@pytest.mark.parametrize(
    ("make", "plain"),
    [
        (lambda: Pair(1.0, 2.0), (1.0, 2.0)),
        (lambda: Size.SMALL, 3),
        (lambda: Fraction(1, 4), 0.25),
        (lambda: Decimal("0.3"), 0.3),
        (lambda: OrderedDict(a=1), {"a": 1}),
        (lambda: defaultdict(int, a=2), {"a": 2}),
        (lambda: LyingTuple((1, 2.5)), (1, 2.5)),
        (lambda: LyingList([1, [2]]), [1, [2]]),
        (lambda: LyingFloat(2.5), 2.5),
        (lambda: LyingInt(7), 7),
        (lambda: LyingDict(a=1.0), {"a": 1.0}),
        (lambda: LyingText("a"), "a"),
    ],
)
def test_what_inherits_from_a_plain_type_counts_as_that_and_none_of_its_code_is_run(make, plain):
    reply = play(lambda x: make())
    assert reply.error is None
    assert reply.value == plain
    assert type(reply.value) is type(plain)


@pytest.mark.parametrize("kind", [LyingArray, np.matrix])
def test_a_kind_of_array_counts_as_the_array_of_its_numbers(kind):
    value = play(lambda x: np.ones((1, 3)).view(kind)).value
    assert type(value.data) is np.ndarray
    assert (value.data.tolist(), value.dtype) == ([[1.0, 1.0, 1.0]], "float64")


def test_gradients_reach_through_a_named_tuple():
    pytest.importorskip("torch")
    call = Call({"x": array([1.0, 2.0], backend="torch")}, cotangent=(array([10.0, 1.0], backend="torch"), None))
    assert play(lambda x: Pair(x**2, 0.0), call).gradients["x"].data.tolist() == [20.0, 4.0]


def test_plain_data_comes_back_as_it_is():
    value = from_live((1, 2.5, "a", None, [True, np.float64(2)], {"k": np.arange(3)}))
    assert value[:4] == (1, 2.5, "a", None)
    assert value[4][0] is True
    assert isinstance(value[4][1], Array)
    assert value[5]["k"].dtype.startswith("int")


def test_tensors_go_in_and_come_out():
    torch = pytest.importorskip("torch")
    for dtype in ("float64", "float32", "float16", "bfloat16", "bool", "int64"):
        there = array(np.array([[0.0, 1.0]]), dtype, "torch")
        live = to_live(there)
        assert live.dtype is getattr(torch, dtype)
        back = from_live(live.requires_grad_() if live.is_floating_point() else live)
        assert (back.dtype, back.backend) == (dtype, "torch")
        assert np.array_equal(back.data, there.data)


def test_gradients_are_vector_jacobian_products():
    pytest.importorskip("torch")
    call = Call({"x": array([1.0, 2.0], backend="torch")}, cotangent=array([10.0, 1.0], backend="torch"))
    assert play(lambda x: x**2, call).gradients["x"].data.tolist() == [20.0, 4.0]
    assert play(lambda x: (x**2).detach(), call).gradients == {}


def test_a_held_function_does_not_tell_its_name():
    def leaks(x):
        return x

    call = Call({"f": Held("leaks"), "x": 2.0})
    assert local_player(lambda f, x: [f.__name__, f(x)], {"leaks": leaks})(call).value == ["given", 2.0]
