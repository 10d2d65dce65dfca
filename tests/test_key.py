"""Key files: older ones are read, newer and damaged ones say what to do."""

from __future__ import annotations

import pytest

from autograder.judging import key
from autograder.judging.values import pack, unpack


def test_a_key_comes_back_as_it_was(key_of):
    again = key.loads(key.dumps(key_of("softmax")))
    assert again.points == key_of("softmax").points
    assert key.dumps(again) == key.dumps(key_of("softmax"))


def test_a_key_of_the_first_format_is_read(key_of):
    plain = unpack(key.dumps(key_of("softmax")))
    for later in ("ready_made", "sweeping"):
        plain["key"].pop(later, None)
    old = key.loads(pack(plain | {"format": 1}))
    assert (old.ready_made, old.sweeping, len(old.cases)) == ((), (), len(key_of("softmax").cases))


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (pack({"format": 99, "key": {"class": "Key", "later": 1}}), "has format 99.*Install the one of its release"),
        (pack({"key": {}}), "is damaged.*Copy it again"),
        (pack([1]), "is damaged.*Copy it again"),
        (b"x" * 40, "is damaged.*Copy it again"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path, data, advice):
    file = tmp_path / "softmax.safetensors"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=f"softmax.safetensors {advice}"):
        key.load(file)
