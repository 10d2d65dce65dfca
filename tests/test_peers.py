"""The references pass a public peer's tests: the conformance cases of the ONNX standard, operators Softmax and Attention.

An adapter turns each case into calls of our functions: shared keys and values of grouped queries are repeated, earlier keys
are put in front, and a scale of the case's own goes into the queries. Left out is what our interfaces do not have: masks to
be added, soft caps, windows, and lengths in place of a mask.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from onnx.helper import get_attribute_value

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it makes the cases of every operator, overflowing casts among them
    from onnx.backend.test.case.node import collect_testcases

    CASES = {
        c.name: c
        for c in collect_testcases(None)
        if c.name.startswith(("test_softmax_", "test_attention_"))
        and not c.name.endswith("expanded")
        and "_ver" not in c.name
    }

KNOWN = {"scale", "is_causal", "q_num_heads", "kv_num_heads", "qk_matmul_output_mode", "softmax_precision"}
TOLERANCE = {"float32": 1e-6, "float16": 2e-3, "bfloat16": 2e-2}  # a few last bits of outputs of size 1


def parts(case):
    """(inputs by name, attributes, outputs) of a case."""
    node = case.model.graph.node[0]
    arrays, outputs = case.data_sets[0]
    names = [n for n in node.input if n]
    return (
        dict(zip(names, arrays, strict=True)),
        {a.name: get_attribute_value(a) for a in node.attribute},
        dict(zip(node.output, outputs, strict=False)),
    )


def fits(case) -> bool:
    """Whether a case asks for nothing that our attention does not have."""
    inputs, how, outputs = parts(case)
    mask = inputs.get("attn_mask")
    return (
        {"Q", "K", "V"} <= set(inputs)
        and "nonpad_kv_seqlen" not in inputs
        and (mask is None or mask.dtype == bool)
        and set(how) <= KNOWN
        and ("qk_matmul_output" not in outputs or how.get("qk_matmul_output_mode") == 3)
    )


SOFTMAX = [n for n, c in CASES.items() if c.model.graph.node[0].op_type == "Softmax"]
ATTENTION = [n for n, c in CASES.items() if c.model.graph.node[0].op_type == "Attention" and fits(c)]


def tensor(array) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.float32)).to(getattr(torch, str(array.dtype)))


def attend(exercises, inputs, how):
    """(output, weights) of a case, by the references of the course."""
    call = {name: e.reference for name, e in exercises.items()}
    q, k, v = (tensor(inputs[n]) for n in "QKV")
    if q.ndim == 3:
        q = call["split_heads"](q, how["q_num_heads"])
        k, v = (call["split_heads"](x, how["kv_num_heads"]) for x in (k, v))
    past = 0
    if "past_key" in inputs:
        past = inputs["past_key"].shape[-2]
        k, v = (torch.cat([tensor(inputs[n]), x], -2) for n, x in (("past_key", k), ("past_value", v)))
    k, v = (x.repeat_interleave(q.shape[-3] // k.shape[-3], -3) for x in (k, v))
    if "scale" in how:
        q = q * (how["scale"] * q.shape[-1] ** 0.5)
    mask = (
        torch.from_numpy(inputs["attn_mask"]) if "attn_mask" in inputs else torch.ones(q.shape[-2], k.shape[-2], dtype=bool)
    )
    if how.get("is_causal"):
        n_q, n_k = q.shape[-2], k.shape[-2]
        n = max(past + n_q, n_k)
        mask = mask & call["causal_mask"](n, n)[past : past + n_q, :n_k]
    output, weights = call["scaled_dot_product_attention"](q, k, v, mask)
    return (call["merge_heads"](output) if inputs["Q"].ndim == 3 else output), weights


def test_there_are_cases_of_every_kind():
    assert len(SOFTMAX) >= 7
    assert len(ATTENTION) >= 20
    for kind in ("3d", "fp16", "bf16", "gqa", "causal", "bool", "diff_heads", "past", "scaled", "fullymasked"):
        assert any(kind in name for name in ATTENTION), kind


@pytest.mark.parametrize("name", SOFTMAX)
def test_softmax(name, exercises):
    inputs, how, outputs = parts(CASES[name])
    found = exercises["softmax"].reference(inputs["x"], axis=how.get("axis", -1))
    np.testing.assert_allclose(found, outputs["y"], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ATTENTION)
def test_attention(name, exercises):
    inputs, how, outputs = parts(CASES[name])
    output, weights = attend(exercises, inputs, how)
    near = TOLERANCE[str(inputs["Q"].dtype)]
    np.testing.assert_allclose(output.float(), outputs["Y"].astype(np.float32), rtol=near, atol=near)
    assert str(output.dtype) == f"torch.{inputs['Q'].dtype}"
    if "qk_matmul_output" in outputs:
        np.testing.assert_allclose(weights.float(), outputs["qk_matmul_output"].astype(np.float32), rtol=near, atol=near)
