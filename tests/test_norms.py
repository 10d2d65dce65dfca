"""What lesson 08 says about norms holds for the numbers that they give on this machine."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from autograder.course.norms import coins, cube, depth, standins
from autograder.course.scaled_dot_product_attention.standins import finds_leak


def standardise(x, dims):
    return (x - x.mean(dims, keepdim=True)) / (x.var(dims, keepdim=True, correction=0) + 1e-5).sqrt()


#: {name: (its function, what it reads: other features, tokens, sequences)}
NORMS = {
    "LayerNorm": (lambda x: standardise(x, 2), (True, False, False)),
    "BatchNorm": (lambda x: standardise(x, (0, 1)), (False, True, True)),
    "InstanceNorm": (lambda x: standardise(x, 1), (False, True, False)),
    "GroupNorm(1)": (lambda x: standardise(x, (1, 2)), (True, True, False)),
    "BatchNorm of places": (lambda x: standardise(x, 0), (False, False, True)),
}


@pytest.mark.parametrize("name", NORMS)
def test_what_a_norm_reads_by_the_test_and_by_the_cube(name):
    norm, (features, tokens, sequences) = NORMS[name]
    assert standins.what_it_reads(norm) == (features, tokens, sequences)
    moved = cube.moved_by(norm, (1, 1, 2))
    elsewhere = [
        moved[:, :, torch.arange(5) != 2].any(),
        moved[:, torch.arange(4) != 1].any(),
        moved[torch.arange(3) != 1].any(),
    ]
    assert [bool(m) for m in elsewhere] == [features, tokens, sequences]


@pytest.mark.parametrize("name", NORMS)
def test_the_leak_test_of_lesson_5_convicts_what_reads_other_tokens(name):
    norm, (_, tokens, _) = NORMS[name]

    def attention(q, k, v):
        return functional.scaled_dot_product_attention(*(norm(x[None])[0] for x in (q, k, v)), is_causal=True)

    assert finds_leak(attention) == tokens


def test_group_norm_foretells_coins_and_layer_norm_does_not():
    leaking, honest = coins.train("GroupNorm", 16, steps=250), coins.train("LayerNorm", 16, steps=50)
    assert max(leaking.evaluation) < 0.9
    assert min(leaking.prefixes) > 1
    assert min(honest.evaluation) > 0.99


def test_warm_up_saves_post_norm_and_clipping_does_not():
    shares = depth.train({"warm-up": {"warmup": 75}, "clipped": {"clip": 1.0}}, norm_first=False)
    assert max(shares["clipped"]) < 0.5
    assert min(shares["warm-up"]) > 0.9


def test_padding_moves_what_a_batch_norm_gives_and_the_place_of_eps_a_gradient():
    x = torch.randn(8, 16, 32, generator=torch.Generator().manual_seed(0))
    norm = NORMS["BatchNorm"][0]
    was, now = norm(x), norm(functional.pad(x, (0, 0, 0, 16)))[:, :16]
    assert (now - was).norm() / was.norm() == pytest.approx(2**0.5 - 1, abs=0.03)
    token = torch.full((8,), 2.0, requires_grad=True)
    centred = token - token.mean()
    (gradient,) = torch.autograd.grad((centred / (centred.square().mean().sqrt() + 1e-5))[0], token)
    assert gradient.isnan().any()


@pytest.mark.parametrize("name", ["layer_norm", "rms_norm", "batch_norm_step", "residual_block"])
def test_stand_ins_are_right(exercises, name):
    reference, own = exercises[name].reference, getattr(standins, name)
    x, (a, b) = torch.randn(2, 3, 4), torch.rand(2, 4) + 0.5
    arguments = {
        "layer_norm": [(x, a, b)],
        "rms_norm": [(x, a)],
        "batch_norm_step": [(x, a, b, True), (x, a, b, False)],
        "residual_block": [(x, torch.sin, torch.tanh, True), (x, torch.sin, torch.tanh, False)],
    }
    for given in arguments[name]:
        torch.testing.assert_close(own(*given), reference(*given))
