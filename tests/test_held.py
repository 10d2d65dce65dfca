"""Functions that students write a test for: nothing but what they do tells which of them are right."""

from __future__ import annotations

import inspect

import pytest
import torch

from autograder.authoring import Exercise, Held, Number
from autograder.authoring.faults import AuthorError
from autograder.authoring.keymaker import make_key
from autograder.authoring.sources import held_source
from autograder.judging.held import local_player
from autograder.judging.judge import judge
from autograder.judging.key_files import HELD, load_functions
from autograder.judging.script import Call

NAMES = ("finds_leak", "finds_bad_split")
SEEDS = [f"seed {n}" for n in range(20)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("args", "named"),
    [((1, 2, 3, 4), {}), ((), {}), ((None, None), {}), ((), {"turn": 3}), ((1, 2, 3), {"turn": 3, "place": 9})],
)
def test_whatever_stops_one_is_said_alike_of_all(exercises, name, args, named):
    exercise = exercises[name]
    parameter = next(iter(exercise.takes))
    errors = set()

    def asks(thing):
        with pytest.raises(ValueError, match="cannot take these arguments") as caught:
            thing(*args, **named)
        errors.add((repr(caught.value), repr(caught.value.__context__), repr(caught.value.__cause__)))

    play = local_player(asks, exercise.makers())
    for maker in exercise.held:
        assert play(Call({parameter: Held(maker.__name__)})).error is None
    assert len(errors) == 1


def test_details_cannot_be_chosen_from_outside():
    def grown(x, *, by):
        return x + by

    reply = local_player(lambda f: f(1, by=2), {"grown": grown})(Call({"f": Held("grown")}))
    assert (reply.error.kind, reply.error.message) == (
        "ValueError",
        "the function that you test cannot take these arguments",
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_test_passes_whatever_is_drawn(exercises, seed):
    exercise = exercises["finds_leak"]
    key, held = make_key(exercise, seed, hidden=True, mistakes=False), exercise.makers(seed)
    for function in (exercise.reference, *exercise.variants):
        assert judge(key, local_player(function, held)).passed, (seed, function.__name__)


INPUT = torch.randn(3, 32, 8, generator=torch.Generator().manual_seed(3))


def outputs(attention):
    return attention(*INPUT)


def products(attention):
    """Of the outputs, what no turn of the values changes."""
    return outputs(attention) @ outputs(attention).T


@pytest.mark.parametrize("look", [outputs, products])
@pytest.mark.parametrize("unknown", [True, False])
def test_a_table_of_the_visible_ones_scores_nothing(exercises, key_of, look, unknown):
    exercise = exercises["finds_leak"]
    visible = exercise.makers()
    expected = {case.call.args["attention"].name: case.expected.value for case in key_of("finds_leak").cases}
    table = [(look(function), expected[name]) for name, function in visible.items()]

    def by_table(attention):
        found = look(attention)
        return next((leaks for known, leaks in table if torch.allclose(found, known, atol=1e-3)), unknown)

    assert judge(key_of("finds_leak"), local_player(by_table, visible)).passed
    for seed in SEEDS[:5]:
        key, held = make_key(exercise, seed, hidden=True, mistakes=False), exercise.makers(seed)
        assert judge(key, local_player(by_table, held)).score == 0.0


def test_hidden_ones_have_details_of_their_own(course, exercises):
    hidden = load_functions(course.hidden_keys / f"finds_leak{HELD}")
    visible = load_functions(course.release / "05_scaled_dot_product_attention" / "keys" / f"finds_leak{HELD}")
    detailed = [name for name, function in visible.items() if getattr(function, "__kwdefaults__", None)]
    assert len(detailed) == len(exercises["finds_leak"].held) - 1
    assert not [n for n in detailed if hidden[n].__kwdefaults__ == visible[n].__kwdefaults__]
    assert not [n for n in detailed if torch.allclose(outputs(hidden[n]), outputs(visible[n]), atol=1e-3)]


@pytest.mark.parametrize("name", NAMES)
def test_the_text_of_held_functions_is_copied(exercises, name):
    """What `ast.unparse` writes differs from one Python to another."""
    text = held_source(exercises[name])
    assert all(inspect.getsource(function) in text for function in exercises[name].held)


def grown(x, *, by):
    return x + by


def test_a_detail_that_nothing_draws_stops_the_build():
    exercise = Exercise(
        lambda_of_nothing, {"values": 1}, {"f": None}, ("",), lambda draw: iter([("values", {"f": Held("grown")}, "one")]),
        ("a hint",), 1, 1, held=(grown,),
    )  # fmt: skip
    exercise.wrong("wrong")(grown)
    with pytest.raises(AuthorError, match="details says nothing of how by is drawn"):
        make_key(exercise)
    exercise.details = {"by": Number(lambda rng: int(rng.integers(2**31))).draw}
    first, other = (exercise.makers(seed)["grown"] for seed in ("visible", "secret"))
    assert first(1) != other(1)
    assert local_player(lambda f: f(1), {"grown": first})(Call({"f": Held("grown")})).value == first(1)


def lambda_of_nothing(f):
    """Nothing."""
    return 0
