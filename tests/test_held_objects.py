"""What the judge holds for a student's function to ask: the same in a notebook and in the sandbox, and safe against whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring import OPAQUE, Exercise, Held, array, returned
from autograder.authoring.faults import AuthorError
from autograder.authoring.keymaker import make_key, refuse_incomplete
from autograder.authoring.sources import held_source
from autograder.judging.held import MOST_ENTRIES, MOST_QUESTIONS, MOST_VALUES, Holder, local_player
from autograder.judging.judge import judge
from autograder.judging.key import dumps, loads
from autograder.judging.player import LocalPlayer
from autograder.judging.script import Call
from autograder.judging.values import Opaque
from autograder.messages.description import describe
from autograder.messages.render import to_text
from autograder.sandbox.process import Warm

from .attacks import WIRE

# -- things to hold ----------------------------------------------------------------------------------------------------


class Memory:
    """Slow memory: what is read and written is counted."""

    def __init__(self, x):
        self.x, self.sum, self.moved = x, None, 0

    def load(self, start, stop):
        if not 0 <= start < stop <= len(self.x):
            raise ValueError("outside", {"start": start, "stop": stop, "n": len(self.x)})
        self.moved += stop - start
        return self.x[start:stop]

    def store(self, value):
        self.sum = float(value)
        self.moved += 1

    def _outcome(self):
        return {"sum": self.sum, "moved": self.moved}


class Layer:
    """A layer that counts how often it was called; with `by` it adds what the key's details say."""

    def __init__(self, *, by=1.0):
        self.calls, self.by = 0, by

    def __call__(self, x):
        self.calls += 1
        return x + self.by

    def count(self):
        return self.calls


class Cache:
    def __init__(self, total):
        self.total = total


def step(x, cache=None):
    """The sum so far, and what to hand back for the next call."""
    total = float(x.sum() + (cache.total if cache is not None else 0.0))
    return total, Cache(total)


def doubled(x):
    return 2 * x


def fails(x):
    return x[9]


MAKERS = {"Memory": Memory, "Layer": Layer, "step": step, "doubled": doubled, "fails": fails}
MEMORY = Held("Memory", {"x": array([1.0, 2.0, 3.0, 4.0])}, ("load", "store"), silent=False)
LAYER = Held("Layer", {}, ("", "count"), silent=False)
STEP = Held("step", silent=False)

# -- both players ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def warm():
    with Warm(imports=("numpy",)) as process:
        yield process


@pytest.fixture(params=["notebook", "sandbox"])
def play(request):
    """play(source) → who plays calls of the function `f` that the source defines, in this process or in the sandbox."""
    sessions = []

    def player(source, makers=MAKERS):
        holder = Holder(makers, lambda id, values: {"outside": "rows {start} to {stop} of {n}"}.get(id, id).format(**values))
        if request.param == "notebook":
            names = {}
            exec(source, names)
            inner = LocalPlayer(names["f"], holder.answers)
        else:
            session = request.getfixturevalue("warm").session(holder.answer)
            sessions.append(session)
            assert session.run(source, 10)["error"] is None
            inner = session.player("f")
        return lambda call: holder.play(inner, call)

    yield player
    for session in sessions:
        session.close()


def test_a_memory_says_what_came_of_it(play):
    f = play("def f(memory):\n    memory.store(sum(memory.load(i, i + 1).sum() for i in range(4)))\n    return 'anything'")
    assert f(Call({"memory": MEMORY})).value == {"sum": 10.0, "moved": 5}
    assert f(Call({"memory": MEMORY})).value == {"sum": 10.0, "moved": 5}  # each call has a memory of its own


def test_many_questions_are_one_message(play, warm, monkeypatch):
    f = play("def f(memory):\n    return memory.store(sum(map(sum, memory.load.many([(i, i + 1) for i in range(4)]))))")
    from autograder.sandbox.wire import Wire

    asked, receive = [], Wire.receive
    monkeypatch.setattr(Wire, "receive", lambda *a, **k: (m := receive(*a, **k), asked.append(m.get("kind")))[0])
    assert f(Call({"memory": MEMORY})).value == {"sum": 10.0, "moved": 5}
    assert asked.count("ask") in (0, 2)  # none in a notebook; one for all loads, and one for the store


def test_an_error_says_what_the_thing_says(play):
    reply = play("def f(memory):\n    memory.load(2, 9)")(Call({"memory": MEMORY}))
    assert (reply.error.kind, reply.error.message) == ("ValueError", "rows 2 to 9 of 4")


@pytest.mark.parametrize("held", ["doubled", "fails"])
def test_things_under_test_say_one_thing_alike(play, held):
    reply = play("def f(g):\n    return g('no number', 3)")(Call({"g": Held(held)}))
    assert reply.error.message == "the function that you test cannot take these arguments"


class Trusting:
    """It adds up what it is given when the call is over, whatever that is."""

    def __init__(self):
        self.parts = []

    def add(self, part):
        self.parts.append(part)

    def _outcome(self):
        return sum(self.parts)


def test_what_a_thing_cannot_use_is_an_error_of_the_call(play):
    f = play("def f(pile):\n    pile.add('x')", {"Trusting": Trusting})
    reply = f(Call({"pile": Held("Trusting", {}, ("add",), silent=False)}))
    assert reply.error.kind == "TypeError"


def test_a_layer_remembers_within_a_call(play):
    f = play("import numpy as np\ndef f(layer):\n    layer(np.zeros(2)); layer(np.ones(3))\n    return layer.count()")
    assert [f(Call({"layer": LAYER})).value for _ in range(2)] == [2, 2]


def test_a_layer_of_a_script_remembers_from_call_to_call(play):
    f = play("import numpy as np\ndef f(layer):\n    layer(np.zeros(2))\n    return layer.count()")
    layer = Held("Layer", {}, ("", "count"), "script", False)
    assert [f(Call({"layer": layer}, step=n)).value for n in (0, 1, 2, 0)] == [1, 2, 3, 1]


def test_an_opaque_value_is_handed_back(play):
    f = play(
        "import numpy as np\ndef f(step):\n    total, cache = step(np.ones(2))\n    later, _ = step(np.ones(3), cache)\n"
        "    again, _ = step(np.ones(1), cache=cache)\n    return total, later, again, dir(cache) == dir(type(cache)), repr(cache)"
    )
    value = f(Call({"step": STEP})).value
    assert value[:3] == (2.0, 5.0, 3.0)
    assert "hand back" in value[4]


def test_what_a_call_returned_is_given_to_a_later_one(play):
    f = play(
        "class Kept:\n    pass\ndef f(x, cache=None):\n    kept = Kept()\n    kept.sum = x.sum() + (cache.sum if cache else 0)\n"
        "    return kept.sum * 1.0, kept"
    )
    ones = array([1.0, 1.0])
    first = f(Call({"x": ones}, keeps=(1,)))
    second = f(Call({"x": ones, "cache": Opaque("0.1")}, step=1, keeps=(1,)))
    third = f(Call({"x": ones, "cache": Opaque("0.1")}, step=2, keeps=(1,)))
    assert [r.value[0].data.item() if hasattr(r.value[0], "data") else r.value[0] for r in (first, second, third)] == [
        2,
        4,
        4,
    ]
    assert first.value[1] == Opaque("")
    alone = f(Call({"x": ones, "cache": Opaque("0.1")}, step=1, keeps=(1,)))
    assert alone.value[0] != first.value[0]  # still of the script that began last


WRONG_USE = {
    "a method that it does not have": ("memory.lode(0, 1)", "AttributeError", "memory has no method 'lode'. Known: load, store"),
    "called itself": ("memory(0, 1)", "TypeError", "memory cannot be called itself. Call one of its methods: load, store"),
    "asked with a module": ("memory.load(0, memory)", "TypeError", "argument number 2 is or holds something of type Given"),
    "asked with a function": ("memory.store([len, 1])", "TypeError", "holds something of type builtin_function_or_method"),
    "asked with too much": (f"import numpy; memory.store(numpy.zeros({MOST_ENTRIES + 1}))", "ValueError", "is more than the"),
    "asked too often": (f"[memory.load(0, 1) for _ in range({MOST_QUESTIONS + 1})]", "ValueError", "questions in one call"),
    "its private parts": ("memory._outcome()", "AttributeError", "memory has no method '_outcome'"),
}  # fmt: skip


@pytest.mark.parametrize("use", WRONG_USE)
def test_wrong_use_gets_a_sentence(play, use):
    code, kind, message = WRONG_USE[use]
    reply = play(f"def f(memory):\n    {code}")(Call({"memory": MEMORY}))
    assert (reply.error.kind, reply.value) == (kind, None)
    assert message in reply.error.message


def test_a_function_has_no_methods_but_many(play):
    reply = play("def f(g):\n    return g.lode(1)")(Call({"g": Held("doubled")}))
    assert reply.error.message == "g has no method 'lode'. Call g(...) itself"
    assert play("def f(g):\n    return g.many([(1,), (2,)])")(Call({"g": Held("doubled")})).value == [2, 4]


def test_a_copy_of_what_is_given_asks_the_same_thing(play):
    f = play("import copy\ndef f(memory):\n    copy.deepcopy(memory).store(copy.copy(memory).load(0, 4).sum())")
    assert f(Call({"memory": MEMORY})).value == {"sum": 10.0, "moved": 5}


def test_whoever_asks_later_reads_a_sentence_and_no_traceback():
    kept = []
    local_player(kept.append, MAKERS)(Call({"g": Held("doubled")}))
    with pytest.raises(ValueError, match="only while that call of your function lasts") as caught:
        kept[0](1)
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_nothing_is_answered_after_the_call(play):
    f = play(
        "kept = []\ndef f(memory):\n    if kept:\n        return kept[0].load(0, 1)\n    kept.append(memory)\n    return memory.store(1.0)"
    )
    assert f(Call({"memory": MEMORY})).value["sum"] == 1.0
    reply = f(Call({"memory": MEMORY}))
    assert reply.error.kind == "NotAnswered"
    assert "only while that call of your function lasts" in reply.error.message


def test_values_of_another_call_are_refused(play):
    f = play(
        "import numpy as np\nkept = []\ndef f(step):\n    kept.append(step(np.ones(2))[1])\n    return step(np.ones(2), kept[0])[0]"
    )
    assert f(Call({"step": STEP})).value == 4.0
    f(Call({"step": STEP}))
    many = play(f"import numpy as np\ndef f(step):\n    for _ in range({MOST_VALUES + 1}): step(np.ones(1))")(
        Call({"step": STEP})
    )
    assert "values were handed out" in many.error.message


# -- attacks, on the wire itself ---------------------------------------------------------------------------------------

RAW = (
    WIRE
    + "from autograder.sandbox.wire import Wire\nfrom autograder.judging.script import Call, Question, to_plain\n"
    + "from autograder.judging.values import Held, Opaque, Other\nfrom autograder.judging.live import from_live\nimport numpy as np\n"
    + "def ask(*questions):\n    w = Wire(wire())\n    w.send(kind='ask', questions=[to_plain(q) for q in questions])\n"
    + "    return [a['error'] for a in w.receive()['answers']]\n"
)
ATTACKS = {
    "reads the outcome": "ask(Question('memory', Call({}), '_outcome'))",
    "makes another memory": "ask(Question('memory', Call({'0': from_live(np.zeros(3))}), '__init__'))",
    "asks for the class": "ask(Question('memory', Call({}), '__class__'))",
    "asks by the maker's name": "ask(Question('Memory', Call({}), 'load'))",
    "asks for a right function": "ask(Question('memory', Call({}), 'load', held=False))",
    "hands in a thing of the judge's": "ask(Question('memory', Call({'0': Held('Memory'), '1': 3}), 'load'))",
    "hands in a value that it never got": "ask(Question('memory', Call({'0': Opaque('0'), '1': 3}), 'load'))",
    "hands in a number without end": "ask(Question('memory', Call({'0': 0, '1': 2**63 - 1}), 'load'))",
    "hands in what is no data": "ask(Question('memory', Call({'0': Other('x'), '1': [[[]]]}), 'load'))",
    "stores what is no number": "ask(Question('memory', Call({'0': {'a': [None]}}), 'store'))",
    "stores NaN by name": "ask(Question('memory', Call({'value': 'nan '}), 'store'))",
    "a flood in one message": "ask(*[Question('memory', Call({'0': 0, '1': 1}), 'lode')] * 50_000)",
    "a huge array": "ask(Question('memory', Call({'0': from_live(np.zeros(400_000))}), 'store'))",
    "a cotangent of nonsense": "ask(Question('memory', Call({'0': 0, '1': 1}, cotangent={'x': [1]}), 'load'))",
    "ends while it asks": "w = Wire(wire()); w.send(kind='ask', questions=[to_plain(Question('memory', Call({}), 'load'))] * 99); import os; os._exit(0)",
    "forges its counts": "w = Wire(wire()); w.send(kind='done', value={'value': {'sum': 10.0, 'moved': 5}, 'error': None, 'gradients': None, "
    "'changed': (), 'random_changed': (), 'printed': '', 'warnings': (), 'used': ()})",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack(warm, attack):
    from autograder.sandbox.session import Crashed

    holder = Holder(MAKERS)
    session = warm.session(holder.answer)
    assert session.run(f"{RAW}def f(memory):\n    memory.store(7.0)\n    return {ATTACKS[attack].split('; ')[-1]}" if ";" not in ATTACKS[attack]
                       else f"{RAW}def f(memory):\n    memory.store(7.0)\n    {ATTACKS[attack]}", 10)["error"] is None  # fmt: skip
    try:
        value = holder.play(session.player("f", 5.0), Call({"memory": MEMORY})).value
        assert value is None or value["sum"] == 7.0 or attack == "stores NaN by name"
        assert value is None or value["moved"] <= 2
    except Crashed:
        pass
    finally:
        session.close()
    honest = warm.session(holder.answer)
    assert honest.run("def f(memory):\n    memory.store(memory.load(0, 4).sum())", 10)["error"] is None
    assert holder.play(honest.player("f"), Call({"memory": MEMORY})).value == {"sum": 10.0, "moved": 5}
    honest.close()


# -- from an exercise to what a student reads ----------------------------------------------------------------------------


def tiled_sum(memory, n):
    """Writes the sum of n numbers into memory.

    Ask `memory.load(start, stop)` for numbers, and give the sum to `memory.store(value)`.
    """
    total = sum(memory.load(i, i + 1).sum() for i in range(n))
    memory.store(total)


def tiled(draw):
    for n in (1, 2, 3):
        yield "sums", {"memory": Held("Memory", {"x": array([1.0, 2.0, 3.0][:n])}), "n": n}, f"{n} numbers"


@pytest.fixture(scope="module")
def memory_key():
    exercise = Exercise(
        tiled_sum, {"sums": 1}, {"memory": None, "n": None}, ("",), tiled, ("a hint",), 1, 1,
        held=(Memory,), sentences={"outside": "rows {start} to {stop} were asked for, and there are {n}"},
    )  # fmt: skip

    @exercise.wrong("every number is read twice")
    def read_twice(memory, n):
        total = sum(memory.load(i, i + 1).sum() for i in range(n)) + sum(memory.load(i, i + 1).sum() for i in range(n))
        memory.store(total / 2)

    @exercise.wrong("the last number is left out")
    def last_left_out(memory, n):
        memory.store(memory.load(0, n - 1).sum())

    return loads(dumps(make_key(exercise))), exercise


def told(key, exercise, function):
    from functools import partial

    from autograder.messages.description import sentence

    verdict = judge(key, local_player(function, exercise.makers(), words=partial(sentence, key)))
    return verdict, to_text(describe(verdict, key))


def test_a_waste_is_named(memory_key):
    key, exercise = memory_key
    assert told(key, exercise, tiled_sum)[0].passed
    verdict, text = told(key, exercise, exercise.mistakes["read_twice"].function)
    assert verdict.mistake == "read_twice"
    assert "every number is read twice" in text


def test_what_a_thing_says_is_a_sentence_of_the_key(memory_key):
    key, exercise = memory_key
    _, text = told(key, exercise, lambda memory, n: memory.load(0, 99))
    assert "rows 0 to 99 were asked for, and there are 1" in text


def test_a_function_that_never_stores(memory_key):
    key, exercise = memory_key
    verdict, _ = told(key, exercise, lambda memory, n: memory.load(0, n))
    assert not verdict.passed


def running(x, cache=None):
    """The sum of all x so far, and what to hand to the next call."""
    total = x.sum() + (0.0 if cache is None else cache)
    return total, total


def in_a_row(draw):
    first, second = array([1.0, 2.0]), array([5.0])
    yield "at once", {"x": first}, "two numbers"
    yield (
        "in a row",
        [{"x": first}, {"x": second, "cache": returned(0, 1)}, {"x": first, "cache": returned(0, 1)}],
        "calls in a row",
    )


def script_exercise():
    exercise = Exercise(
        running, {"at once": 1, "in a row": 2}, {"x": None, "cache": None}, ("", OPAQUE), in_a_row, ("a hint",), 1, 1
    )

    @exercise.wrong("the cache is not used")
    def unused(x, cache=None):
        return x.sum(), 0

    @exercise.wrong("an earlier cache is changed")
    def changed(x, cache=None):
        cache = [0.0] if cache is None else cache
        cache[0] += x.sum()
        return cache[0], cache

    return exercise


def test_a_script_of_calls_is_judged_on_what_they_return():
    exercise = script_exercise()
    key = loads(dumps(make_key(exercise)))
    assert [case.call.step for case in key.cases][:4] == [0, 0, 1, 2]
    assert told(key, exercise, running)[0].passed
    assert told(key, exercise, lambda x, cache=None: (x.sum() + sum(cache or ()), [*(cache or ()), x.sum()]))[0].passed
    for name in ("unused", "changed"):
        assert told(key, exercise, exercise.mistakes[name].function)[0].mistake == name
    _, text = told(key, exercise, exercise.mistakes["unused"].function)
    assert "running(x, cache=what call 1 returned)" in text
    assert "Call 1, before it: running(x=[1, 2])" in text
    text = told(key, exercise, lambda x, cache=None: (running(x, cache)[0], None))[1]
    assert "should be something to hand to the next call, and is None" in text


def test_a_thing_that_nothing_holds_stops_the_build():
    exercise = script_exercise()
    exercise.inputs = lambda draw: iter([("at once", {"x": Held("Nobody")}, "one")])
    with pytest.raises(AuthorError, match=r"inputs passes Held\('Nobody'\), and held has none"):
        make_key(exercise)


LIMIT = 9


class Uses:
    def __call__(self):
        return LIMIT


def test_a_thing_that_needs_more_of_its_file_stops_the_build():
    exercise = Exercise(
        asks, {"values": 1}, {"thing": None}, ("",), lambda draw: iter([("values", {"thing": Held("Uses")}, "one")]),
        ("a hint",), 1, 1, held=(Uses,),
    )  # fmt: skip
    exercise.wrong("nothing is asked")(lambda thing: 0)
    with pytest.raises(
        AuthorError, match=r"test_held_objects\.py:1: what asks holds does not work on its own .*'LIMIT' is not def"
    ):
        refuse_incomplete(exercise, make_key(exercise))


def asks(thing):
    """What the thing says."""
    return thing()


def test_a_result_may_be_all_opaque():
    exercise = Exercise(begin, {"values": 1}, {"x": None, "state": None}, (OPAQUE,), begins, ("a hint",), 1, 1)
    exercise.wrong("nothing is returned")(lambda x, state=None: None)
    key = make_key(exercise)
    assert [case.call.keeps for case in key.cases[:2]] == [(-1,), (-1,)]
    assert told(key, exercise, lambda x, state=None: (x, state))[0].passed
    assert told(key, exercise, lambda x, state=None: None)[0].mistake is not None


def begin(x, state=None):
    """A state of one's own."""
    return [*(state or []), x]


def begins(draw):
    yield "values", [{"x": 1.0}, {"x": 2.0, "state": returned(0)}], "two calls"


def uses_layer(layer):
    """What the layer makes of 1."""
    return layer(np.ones(1))


def test_classes_have_details_for_each_key():
    exercise = Exercise(
        uses_layer, {"values": 1}, {"layer": None}, ("n",), lambda draw: iter([("values", {"layer": Held("Layer")}, "one")]),
        ("a hint",), 1, 1, held=(Layer,), details={"by": lambda rng: float(rng.integers(2**31))},
    )  # fmt: skip
    exercise.wrong("it is doubled")(lambda layer: 2 * layer(np.ones(1)))
    keys = [make_key(exercise, seed) for seed in ("visible", "secret")]
    assert keys[0].cases[0].expected.value.data != keys[1].cases[0].expected.value.data
    names = {}
    exec(held_source(exercise, "secret"), names)
    assert names["Layer"].__init__.__kwdefaults__ == exercise.drawn_details("secret")["Layer"]
