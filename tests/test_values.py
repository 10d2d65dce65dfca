from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.judging.values import Array, Other, array, map_arrays, pack, unpack

arrays = st.builds(
    lambda a, backend: Array(a, a.dtype.name, backend),
    hnp.arrays(
        st.sampled_from(["float64", "float32", "float16", "int64", "bool"]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0),
    ),
    st.sampled_from(["numpy", "torch"]),
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=20) | arrays,
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(a, b) -> bool:
    if isinstance(a, Array):
        return (a.dtype, a.backend, a.shape) == (b.dtype, b.backend, b.shape) and a.data.tobytes() == b.data.tobytes()
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


@given(plain)
def test_what_is_packed_comes_back(value):
    assert same(value, unpack(pack(value)))


def test_packing_twice_gives_the_same_bytes():
    value = {"a": array([1.0, 2.0]), "b": [array([[1]], "int64"), (None, "text")]}
    assert pack(value) == pack(value)


def test_infinity_and_nan_come_back():
    back = unpack(pack([float("inf"), float("-inf"), float("nan")]))
    assert back[:2] == [float("inf"), float("-inf")]
    assert np.isnan(back[2])


@pytest.mark.parametrize("data", [b"", b"\x00" * 8, b"garbage that is longer than eight bytes", pack([1])[:-1][:9]])
def test_anything_else_is_refused(data):
    with pytest.raises(ValueError, match="expected data written by autograder"):
        unpack(data)


def test_only_plain_data_is_packed():
    with pytest.raises(TypeError, match="expected plain data, found object"):
        pack(object())
    assert unpack(pack(Other("generator"))) == Other("generator")


def test_bfloat16_rounds_as_torch_does():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    assert np.array_equal(array(x, "bfloat16").data, torch.from_numpy(x).bfloat16().float().numpy())


def test_map_arrays_keeps_the_structure():
    doubled = map_arrays(lambda a: array(a.data * 2), (array([1.0]), {"x": [array([2.0]), 3]}))
    assert doubled[0].data.tolist() == [2.0]
    assert doubled[1]["x"][0].data.tolist() == [4.0]
    assert doubled[1]["x"][1] == 3
