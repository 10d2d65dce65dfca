"""The references against slow float64 loops written straight from the formulas, on inputs that hypothesis searches."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.authoring.catalog import load_exercises

from .conftest import ROOT

REFERENCES = {n: e.reference for found in load_exercises(ROOT / "solutions").values() for n, e in found.items()}
sizes = st.integers(1, 4)
numbers = st.floats(-30, 30, width=32)


def floats(*shape):
    return hnp.arrays(np.float64, shape, elements=numbers)


def slow_softmax(row):
    exps = [math.exp(score - max(row)) for score in row]
    return [e / math.fsum(exps) for e in exps]


@settings(deadline=None)
@given(st.data())
def test_softmax_and_temperature(data):
    x = data.draw(
        hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3, max_side=4), elements=st.floats(-1e4, 1e4))
    )
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    temperature = data.draw(st.floats(0.1, 10))
    want = np.apply_along_axis(slow_softmax, axis, x)
    assert np.allclose(REFERENCES["softmax"](x, axis), want, rtol=1e-9, atol=1e-12)
    assert np.allclose(
        REFERENCES["softmax_with_temperature"](x * temperature, temperature, axis), want, rtol=1e-6, atol=1e-9
    )


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda w: sum(w) > 1e-3))
def test_entropy_and_jacobian(parts):
    weights = np.array(parts) / sum(parts)
    assert REFERENCES["entropy"](weights) == pytest.approx(-sum(w * math.log(w) for w in weights if w > 0), abs=1e-12)
    want = [[w * ((i == j) - v) for j, v in enumerate(weights)] for i, w in enumerate(weights)]
    assert np.allclose(REFERENCES["softmax_jacobian"](weights), want, atol=1e-12)


@given(st.floats(1e-6, 1 - 1e-6), st.integers(2, 10_000))
def test_gap_for_weight(weight, n):
    gap = REFERENCES["gap_for_weight"](weight, n)
    assert 1 / (1 + (n - 1) * math.exp(-gap)) == pytest.approx(weight, rel=1e-9)


@settings(deadline=None)
@given(sizes, sizes, sizes, sizes, st.data())
def test_scores_and_projections(n, m, d, e, data):
    x, w = data.draw(floats(n, d)), data.draw(floats(d, e))
    k = data.draw(floats(m, e))
    q = [[math.fsum(x[i, c] * w[c, j] for c in range(d)) for j in range(e)] for i in range(n)]
    want = [[math.fsum(q[i][c] * k[j, c] for c in range(e)) for j in range(m)] for i in range(n)]
    assert np.allclose(REFERENCES["cross_scores"](x, k, w, np.eye(e)), want, atol=1e-9)
    product = [[math.fsum(x[i, c] * w[c, j] for c in range(d)) for j in range(e)] for i in range(n)]
    assert all(np.allclose(p, product, atol=1e-9) for p in REFERENCES["project_qkv"](x, w, w, w))


def slow_attention(q, k, v, mask):
    """Vaswani et al. 2017, equation (1), one number at a time."""
    output, weights = np.zeros((len(q), v.shape[1])), np.zeros((len(q), len(k)))
    for i in range(len(q)):
        allowed = [j for j in range(len(k)) if mask[i, j]]
        if allowed:
            scores = [math.fsum(q[i] * k[j]) / math.sqrt(q.shape[1]) for j in allowed]
            for j, weight in zip(allowed, slow_softmax(scores), strict=True):
                weights[i, j] = weight
        for c in range(v.shape[1]):
            output[i, c] = math.fsum(weights[i, j] * v[j, c] for j in range(len(k)))
    return output, weights


@settings(deadline=None)
@given(sizes, sizes, sizes, sizes, st.data())
def test_attention(n_q, n_k, d_k, d_v, data):
    q, k, v = data.draw(floats(n_q, d_k)), data.draw(floats(n_k, d_k)), data.draw(floats(n_k, d_v))
    mask = data.draw(hnp.arrays(bool, (n_q, n_k)))
    found = REFERENCES["scaled_dot_product_attention"](*map(torch.from_numpy, (q, k, v, mask)))
    for got, want in zip(found, slow_attention(q, k, v, mask), strict=True):
        assert np.allclose(got.numpy(), want, atol=1e-9)


@settings(deadline=None, max_examples=50)
@given(sizes, sizes, st.integers(1, 3), sizes, sizes, st.data())
def test_multi_head_attention(n_q, n_k, heads, d_k, d_v, data):
    d_model, d_kv, d_out = 3, 2, 4
    arrays = [data.draw(floats(*shape)) / 10 for shape in (
        (n_q, d_model), (n_k, d_kv), (d_model, heads * d_k), (d_kv, heads * d_k), (d_kv, heads * d_v), (heads * d_v, d_out))]  # fmt: skip
    x_q, x_kv, w_q, w_k, w_v, w_o = arrays
    mask = data.draw(hnp.arrays(bool, (n_q, n_k)))
    parts = []
    for h in range(heads):
        wide, deep = slice(h * d_k, (h + 1) * d_k), slice(h * d_v, (h + 1) * d_v)
        parts.append(slow_attention(x_q @ w_q[:, wide], x_kv @ w_k[:, wide], x_kv @ w_v[:, deep], mask)[0])
    want = np.concatenate(parts, axis=1) @ w_o
    got = REFERENCES["multi_head_attention"](*map(torch.from_numpy, arrays), heads, torch.from_numpy(mask))
    assert np.allclose(got.numpy(), want, atol=1e-9)


@given(sizes, sizes, sizes, sizes)
def test_split_and_merge_are_inverse(batch, n, heads, d_head):
    x = torch.arange(batch * n * heads * d_head).reshape(batch, n, heads * d_head)
    split = REFERENCES["split_heads"](x, heads)
    assert split.shape == (batch, heads, n, d_head)
    for h in range(heads):
        assert torch.equal(split[:, h], x[:, :, h * d_head : (h + 1) * d_head])
    assert torch.equal(REFERENCES["merge_heads"](split), x)


@given(st.integers(0, 8), st.integers(0, 8))
def test_causal_mask(n, past):
    expected = [[j <= i for j in range(past + n)] for i in range(past, past + n)]
    assert REFERENCES["causal_mask"](n, past + n).tolist() == expected


def test_torch_agrees_in_float32():
    torch.manual_seed(0)
    q, k, v = torch.randn(2, 3, 5, 6), torch.randn(2, 3, 7, 6), torch.randn(2, 3, 7, 4)
    mask = torch.rand(5, 7) > 0.3
    mask[:, 0] = True
    output, _ = REFERENCES["scaled_dot_product_attention"](q, k, v, mask)
    assert (output - torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)).abs().max() <= 1e-6
    theirs = torch.nn.MultiheadAttention(6, 3, bias=False, batch_first=True)
    x, y = torch.randn(2, 5, 6), torch.randn(2, 7, 6)
    w_q, w_k, w_v = (w.T for w in theirs.in_proj_weight.chunk(3))
    ours = REFERENCES["multi_head_attention"](x, y, w_q, w_k, w_v, theirs.out_proj.weight.T, 3, mask)
    assert (ours - theirs(x, y, y, attn_mask=~mask)[0]).abs().max() <= 1e-6
