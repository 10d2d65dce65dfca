"""Whatever a function can return, and whatever its process can say instead: a verdict on it is a sentence that can be written."""

from __future__ import annotations

import json
import random
import warnings
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save

from autograder.judging.held import local_player
from autograder.judging.judge import judge
from autograder.judging.values import MOST_PARTS, Array, Held, Other, pack, unpack
from autograder.messages.description import describe
from autograder.messages.render import to_html, to_text
from autograder.sandbox.session import Crashed, RemotePlayer

COUNT = 20_000
EXERCISES = ["softmax", "gap_for_weight", "layer_size", "scaled_dot_product_attention", "split_heads", "realisable",
             "finds_bad_split", "softmax_with_temperature", "multi_head_attention"]  # fmt: skip
"""An array, numbers, whole numbers, two results, torch, a verifier, held functions, errors, gradients."""

TEXTS = ["", "x", "half \ud800 of one", "\udfff", "line\nline\r\n\u2028line", "\x1b[2J\x1b]0;x\x07\x9b", "\u202egnp.exe", "`",
         "<script>", "{name}", "%s", "\0", "é" * 300, "\U0010ffff", "a" * 5_000, "nan", "torch", "x", "q"]  # fmt: skip
SHAPES = [(), (0,), (1,), (3,), (9,), (0, 0), (2, 0), (0, 3), (2, 2), (1, 9), (2, 0, 3), (0, 2, 2), (1, 2, 3), (2, 1, 0, 2), (0,) * 9,
          (1,) * 20, (1,) * 32, (40, 3), (2, 3, 4, 5)]  # fmt: skip
DTYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64"]
NUMBERS = [0, 1, -1, True, False, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64, -(10**20), 10**400, 0.0, -0.0, 1e-320, 1e308, -1e308,
           float("nan"), float("inf"), float("-inf"), 0.1]  # fmt: skip


def text(draw: random.Random) -> str:
    return draw.choice(TEXTS)


@np.errstate(all="ignore")
def array(draw: random.Random) -> Array:
    shape, dtype = draw.choice(SHAPES), draw.choice(DTYPES)
    data = np.zeros(shape, dtype)
    if data.size:
        extreme = np.finfo(dtype) if data.dtype.kind == "f" else np.iinfo(dtype) if data.dtype.kind in "iu" else None
        filled = [0, 1] if extreme is None else [0, 1, extreme.max, extreme.min]
        data.flat[:] = draw.choices(
            filled + ([np.nan, np.inf, -np.inf] if data.dtype.kind == "f" else []), k=min(data.size, 50)
        )[0]
        data.flat[draw.randrange(data.size)] = draw.choice(filled)
    named = draw.choice([dtype] * 9 + ["bfloat16", "complex128", "float8_e4m3fn", "int4", "\ud800", "object"])
    if named == "bfloat16":
        data = data.astype(np.float32)
    return Array(data, named, draw.choice(["numpy", "torch", "torch", "jax"]))


@np.errstate(all="ignore")
def value(draw: random.Random, want, depth: int = 0):
    """A value: near to what is wanted, or anything."""
    if draw.random() < 0.3 and want is not None:
        if isinstance(want, list | tuple):
            parts = [value(draw, w, depth + 1) for w in want]
            return draw.choice([type(want), tuple, list])(parts[: draw.choice([len(parts)] * 3 + [1])])
        if isinstance(want, Array):
            changed = draw.choice([lambda x: x, np.zeros_like, lambda x: x[..., :0], lambda x: x[None], lambda x: x * 2,
                                   lambda x: np.full_like(x, 1e4)])  # fmt: skip
            return replace(
                want, data=np.ascontiguousarray(changed(np.atleast_1d(want.data)) if want.data.ndim else want.data)
            )
    kind = draw.randrange(9 if depth < 4 else 5)
    if kind == 0:
        return draw.choice([None, Other(text(draw)), Held(text(draw)), text(draw)])
    if kind in (1, 2):
        return draw.choice(NUMBERS)
    if kind in (3, 4, 5):
        return array(draw)
    if kind == 6:
        return {text(draw): value(draw, None, depth + 1) for _ in range(draw.randrange(3))}
    return draw.choice([list, tuple])(value(draw, None, depth + 1) for _ in range(draw.randrange(4)))


def reply(draw: random.Random, call, want) -> dict:
    """What a process may say to a call."""
    plain = {"value": value(draw, want), "error": None, "gradients": None, "changed": (), "random_changed": (), "printed": "",
             "warnings": (), "used": ()}  # fmt: skip
    if draw.random() < 0.2:
        plain["error"] = {"kind": draw.choice(["ValueError", "TooSlow", text(draw)]), "message": text(draw),
                          "bases": ("Exception", text(draw)), "line": text(draw)}  # fmt: skip
    if draw.random() < 0.5:
        plain["gradients"] = {draw.choice([*call.args, text(draw)]): value(draw, None) for _ in range(draw.randrange(4))}
    if draw.random() < 0.3:
        plain |= {"changed": (text(draw), *list(call.args)[:1]), "random_changed": (text(draw), "torch")}
    if draw.random() < 0.3:
        plain |= {"printed": text(draw), "warnings": (text(draw), text(draw)), "used": (text(draw), "torch.softmax")}
    return plain


class Said:
    """A session that says something, as bytes like any other."""

    def __init__(self, said: dict):
        self.said = said

    def _ask(self, *_, **__):
        return unpack(self.said if isinstance(self.said, bytes) else pack(self.said))


@pytest.fixture(scope="module")
def cases(exercises, key_of):
    """(key with one case, what the judge holds) for every case of several exercises, as students see it and hidden."""
    found = []
    for name in EXERCISES:
        key, held = key_of(name), exercises[name].makers()
        found += [(replace(key, cases=(case,), hidden=hidden), held) for case in key.cases for hidden in (False, True)]
    return found


def told(key, held, player) -> str:
    verdict = judge(key, player, held)
    assert 0 <= verdict.score <= verdict.points
    description = describe(verdict, key)
    said = to_text(description) + to_html(description)
    said.encode()
    assert description.passed or len(description.sentence.split()) > 3
    assert not any(c in said for c in "\x1b\x9b\r\0\x07\u202e\u2028")
    assert len(said) < 60_000
    return description.sentence


@pytest.mark.parametrize("first", range(0, COUNT, COUNT // 4))
def test_any_reply_gets_a_sentence(first, cases):
    draw, sentences = random.Random(first), set()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(COUNT // 4):
            key, held = draw.choice(cases)
            case = key.cases[0]
            plain = reply(draw, case.call, case.expected.value)
            try:
                sentences.add(told(key, held, RemotePlayer(Said(plain), "f", 1.0)))
            except Crashed:
                raise AssertionError(number) from None
    assert len(sentences) > 200


def test_ordinary_slips_by_name(key_of):
    """Found in submissions: each has ended a grader."""
    assert "has shape (0, 2, 3)" in told(key_of("softmax"), {}, local_player(lambda *args: np.zeros((0, 2, 3))))
    for name in ("gap_for_weight", "layer_size"):
        for number in (10**20, 10**400, -(10**400)):
            assert "more than 64 bits" in told(key_of(name), {}, local_player(lambda *args, number=number: number))


@pytest.mark.parametrize(
    "tree", ["[" + "[]," * 1_000_000 + "[]]", "[" + "0," * 1_000_000 + "0]", '{"x":{}' + ',"y":{}' * 500_000 + "}"]
)
def test_a_message_of_too_many_parts_is_not_built(tree):
    data = save({}, metadata={"tree": '{"$dict":{"value":' + tree + "}}"})
    with pytest.raises(ValueError, match="found"):
        unpack(data)


def test_commas_and_brackets_in_texts_are_no_parts():
    said = {"stdout": '[1, 2, {"a\\\\": \'' * MOST_PARTS}
    assert unpack(pack(said)) == said


def test_one_array_named_many_times_is_not_many_arrays():
    one = {"$array": "a", "dtype": "float64", "backend": "numpy"}
    with pytest.raises(ValueError, match="found"):
        unpack(save({"a": np.zeros(9)}, metadata={"tree": json.dumps([one] * 2)}))
