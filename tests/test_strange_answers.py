"""Functions that no one should hand in: each gets a clear line and a score, never a traceback of ours, never full marks."""

from __future__ import annotations

import contextlib
import random
import warnings
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from autograder.authoring import Array, Exercise, Held
from autograder.authoring.catalog import load_exercises
from autograder.authoring.keymaker import make_key
from autograder.authoring.sources import held_source
from autograder.judging.held import local_player
from autograder.judging.judge import judge
from autograder.judging.key import dumps, loads
from autograder.judging.key_files import load_functions
from autograder.messages.description import describe
from autograder.messages.render import to_html, to_text

from .conftest import ROOT


@pytest.fixture(scope="module")
def softmax(exercises, key_of):
    return exercises["softmax"].reference, key_of("softmax")


@pytest.fixture(scope="module")
def attention(exercises, key_of):
    name = "scaled_dot_product_attention"
    return exercises[name].reference, key_of(name)


def said(key, function):
    verdict = judge(key, local_player(function, seconds=2.0))
    return verdict, to_text(describe(verdict, key))


class Liar:
    __array_priority__ = 1e9

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no")

    def __getattr__(self, name):
        return 1


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "None (is a `return` missing?)"),
        ([1.0, 2.0], "a list"),
        ([[1.0], [1.0, 2.0]], "a list"),
        (torch.ones(3), "a torch tensor"),
        (Liar(), "something of type Liar"),
        ((i for i in "ab"), "something of type generator"),
        ("text", "a string"),
        (np.broadcast_to(0.0, (10**6, 10**6)), "array of 1000000000000 entries"),
        (np.full(3, np.nan), "contains NaN"),
        (np.full(3, np.inf), "contains an infinity"),
        (np.array([1j, 2, 3]), "array of dtype complex128"),
        (np.array(["a", "b", "c"]), "array of dtype <U1"),
    ],
)
def test_strange_results(softmax, returned, words):
    verdict, text = said(softmax[1], lambda x, axis=-1: returned)
    assert verdict.score == 0.0
    assert words in text


def test_numpy_where_torch_was_asked(attention):
    verdict, text = said(attention[1], lambda q, k, v, mask=None: tuple(r.numpy() for r in attention[0](q, k, v, mask)))
    assert verdict.score == 0.0
    assert "should be a torch tensor, and is a numpy array" in text


def test_one_result_of_two_and_a_wrong_order(attention):
    verdict, text = said(attention[1], lambda q, k, v, mask=None: attention[0](q, k, v, mask)[0])
    assert verdict.score == 0.0
    _, text = said(attention[1], lambda q, k, v, mask=None: attention[0](q, k, v, mask)[::-1])
    assert "weights" in text


def endless(x, axis=-1):
    while True:
        pass


def recursive(x, axis=-1):
    return recursive(x, axis)


def leaves(x, axis=-1):
    raise SystemExit


def stubborn(x, axis=-1):
    with contextlib.suppress(BaseException):
        endless(x)
    return x


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (stubborn, "took longer than"),
        (endless, "took longer than"),
        (recursive, "RecursionError"),
        (leaves, "SystemExit"),
        (lambda: 0, "TypeError"),
    ],
)
def test_strange_ends(softmax, function, words):
    verdict, text = said(softmax[1], function)
    assert verdict.score == 0.0
    assert words in text


def test_noise_is_kept_off_the_screen_and_costs_nothing(softmax, capsys):
    reference, key = softmax

    def noisy(x, axis=-1):
        print("hello")
        warnings.warn("careful", stacklevel=1)
        plt.plot([1, 2])
        return reference(x, axis)

    verdict, _ = said(key, noisy)
    assert verdict.passed
    assert capsys.readouterr() == ("", "")
    assert plt.get_fignums() == []


def test_global_state_is_noticed(softmax):
    reference, key = softmax

    def shuffles(x, axis=-1):
        np.random.shuffle([1, 2, 3])
        random.random()
        return reference(x, axis)

    verdict, text = said(key, shuffles)
    assert verdict.score == verdict.points - 1
    assert "moved the global random state of random, numpy.random" in text


# -- no single right answer, and tests that students write -------------------------------------------------------------


def pair():
    """Two different numbers that sum to 10, as an array."""
    return np.array([3.0, 7.0])


def sums(result):
    """Within 1e-6 of 10."""
    return "" if abs(result.sum() - 10) < 1e-6 else f"the numbers sum to {result.sum():g}, not 10"


def differ(result):
    return "" if result[0] != result[1] else "both numbers are the same"


def pair_exercise() -> Exercise:
    exercise = Exercise(
        pair, {"sum": 1, "different": 1}, {}, ("2",),
        lambda draw: iter([("sum", {}, "their sum"), ("different", {}, "two numbers")]),
        ("Try 1 and 9.",), 1, 1, verifiers={"sum": sums, "different": differ},
    )  # fmt: skip

    @exercise.wrong("both numbers are 5")
    def fives():
        return np.array([5.0, 5.0])

    return exercise


def test_a_verifier_judges_what_has_many_answers():
    key = loads(dumps(make_key(pair_exercise())))
    held = pair_exercise().makers()

    def verdict(function):
        return judge(key, local_player(function, held), held)

    for answer in ([1.0, 9.0], [4.5, 5.5], [-10.0, 20.0]):
        assert verdict(lambda answer=answer: np.array(answer)).passed
    one = verdict(lambda: np.array([5.0, 5.0]))
    assert (one.score, one.mistake) == (1.0, "fives")
    off = verdict(lambda: np.array([5.0, 6.0]))
    assert "the numbers sum to 11, not 10" in to_text(describe(off, key))
    assert verdict(lambda: None).score == verdict(lambda: Liar()).score == 0.0
    assert "does not have the form" in to_text(describe(verdict(lambda: None), key))


def test_a_random_search_is_a_way_to_an_answer_where_there_are_many():
    held = pair_exercise().makers()

    def search():
        while True:
            found = np.round(np.random.uniform(0, 10, 2) * 2) / 2
            if not sums(found) and not differ(found):
                return found

    key = make_key(pair_exercise())
    assert judge(key, local_player(search, held), held).passed
    old = replace(key, cases=tuple(replace(c, expected=replace(c.expected, may_draw=False)) for c in key.cases))
    assert judge(old, local_player(search, held), held).failure.kind == "random"


def right_max(x):
    return max(x)


def first(x):
    return x[0]


def smallest(x):
    return min(x)


def finds_bad_max(largest):
    """True where `largest`, a function of a list, is not the maximum."""
    return largest([1, 3, 2]) != 3 or largest([5]) != 5


def catch_exercise() -> Exercise:
    def inputs(draw):
        yield "accepts the right one", {"largest": Held("right_max")}, "a right maximum"
        yield "catches", {"largest": Held("first")}, "one that returns the first entry"
        yield "catches", {"largest": Held("smallest")}, "one that returns the smallest entry"

    exercise = Exercise(
        finds_bad_max, {"accepts the right one": 1, "catches": 2}, {"largest": None}, ("",), inputs,
        ("Which input tells them apart?",), 1, 1, held=(right_max, first, smallest),
    )  # fmt: skip

    @exercise.wrong("everything is rejected")
    def always(largest):
        return True

    @exercise.wrong("nothing is rejected")
    def never(largest):
        return False

    return exercise


def test_a_students_test_is_judged_by_what_it_rejects(tmp_path):
    exercise = catch_exercise()
    key = loads(dumps(make_key(exercise)))
    (tmp_path / "held.py").write_text(held_source(exercise))
    held = load_functions(tmp_path / "held.py")
    assert {"right_max", "first", "smallest"} <= set(held)

    def verdict(function):
        return judge(key, local_player(function, held), held)

    assert verdict(finds_bad_max).score == 3.0
    assert (verdict(lambda largest: True).score, verdict(lambda largest: True).mistake) == (0.0, "always")
    assert (verdict(lambda largest: False).score, verdict(lambda largest: False).mistake) == (1.0, "never")
    assert verdict(lambda largest: largest([2, 1]) != 2).score == 1.0


# -- naming ------------------------------------------------------------------------------------------------------------


def test_a_second_mistake_elsewhere_does_not_hide_the_first(key_of):
    key = key_of("scaled_dot_product_attention")

    def unscaled_with_nan_rows(q, k, v, mask=None):
        scores = q @ k.transpose(-2, -1)
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        weights = scores.softmax(-1)
        return weights @ v, weights

    assert judge(key, local_player(unscaled_with_nan_rows)).mistake == "no_scale"


def test_any_exception_is_not_named_after_a_mistake_that_raises(key_of):
    def raises(*args):
        raise RuntimeError("x")

    for name in ("scaled_dot_product_attention", "multi_head_attention", "split_heads", "merge_heads"):
        assert judge(key_of(name), local_player(raises)).mistake is None


def test_a_wrong_result_is_related_to_the_right_one(softmax):
    reference, key = softmax
    assert "Every value is 2 times the expected one." in said(key, lambda x, axis=-1: 2 * reference(x, axis))[1]
    assert "one plus 0.25" in said(key, lambda x, axis=-1: reference(x, axis) + x.dtype.type(0.25))[1]
    assert "in another order" in said(key, lambda x, axis=-1: np.flip(reference(x, axis), axis))[1]
    shaped = said(key, lambda x, axis=-1: reference(x, axis)[None])[1]
    assert "only the shape differs" in shaped
    assert "in another order" not in shaped


def test_array_spec_is_exported():
    assert Array("... n").dims == ["n"]


STRANGE = [
    np.zeros(shape, dtype)
    for shape in ((), (1,), (3,), (2, 2), (1, 2, 3), (2, 1, 2, 2), (0,), (2, 0))
    for dtype in (float, int)
]
STRANGE += [
    np.full((2, 2), np.nan),
    np.full((3,), np.inf),
    np.ones((2, 2), bool),
    np.ones((2, 2), np.float16),
    np.ones((2, 2), complex),
]


@pytest.mark.parametrize("name", sorted(n for found in load_exercises(ROOT / "solutions").values() for n in found))
def test_a_result_of_any_shape_gets_a_message(name, exercises, key_of):
    key, exercise = key_of(name), exercises[name]
    held = exercise.makers()
    for made in STRANGE:
        results = [made, torch.from_numpy(made), [made, made], (made,), (made, made), (made, made, made), made.tolist()]
        for result in results:
            verdict = judge(key, local_player(lambda *args, result=result: result, held), held)
            assert not verdict.passed
            text = to_text(describe(verdict, key))
            assert name in text
            assert to_html(describe(verdict, key))
