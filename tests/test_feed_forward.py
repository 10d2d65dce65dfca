"""What lesson 7 says of stacks, read-outs, memories and deep networks, each measured once more."""

import pytest
import torch

from autograder.course import pretrained
from autograder.course.feed_forward import experiments, standins


def norm(x):
    return torch.nn.functional.layer_norm(x, x.shape[-1:])


def stacked(rule, blocks, seed=0):
    x = experiments.random_tokens(seed)
    for attention, feed_forward in experiments.random_layers(
        blocks, seed, standins.multi_head_attention, standins.feed_forward
    ):
        x = rule(x, attention, feed_forward)
    return x


def with_residuals(x, attention, feed_forward):
    x = x + attention(x)
    return x + feed_forward(x)


def norms_first(x, attention, feed_forward):
    x = x + attention(norm(x))
    return x + feed_forward(norm(x))


@pytest.mark.parametrize("seed", range(5))
def test_attention_alone_makes_all_tokens_equal_in_four_layers(seed):
    apart = []
    for layers in (3, 4):
        x = stacked(lambda x, attention, _: attention(x), layers, seed)
        apart.append(((x - x[0]).abs().max() / x.abs().max()).item())
    assert apart[0] > 1e-12 > apart[1]


def test_feed_forward_layers_do_not_stop_it_residuals_delay_it_and_norms_before_them_keep_tokens_apart():
    spreads = [
        standins.spread(stacked(rule, 48))
        for rule in (lambda x, attention, feed_forward: feed_forward(attention(x)), with_residuals, norms_first)
    ]
    assert spreads[0] < 1e-12
    assert 1e-8 < spreads[1] < 1e-4
    assert 0.2 < spreads[2] < 0.5


def test_the_stream_grows_by_a_factor_without_norms_and_in_step_with_depth_with_them():
    assert stacked(with_residuals, 48).square().mean() > 1e20
    assert 50 < stacked(norms_first, 48).square().mean() < 200


def test_attention_in_a_trained_model_gives_what_is_more_alike_than_what_it_reads():
    model = pretrained.load()
    for number in model.layers:
        for sentence in model.sentences:
            x, out = (torch.from_numpy(part[number]) for part in (sentence.inputs, sentence.outputs))
            assert standins.spread(out) < standins.spread(x + out) < standins.spread(x)


def test_a_linear_read_out_compares_and_cannot_tell_equal_kinds():
    a, b, _ = experiments.pairs()
    assert (experiments.read_out((a > b).long()) == 1).all()
    assert (experiments.read_out((a == b).long()) == 56 / 64).all()
    assert (experiments.read_out((a == b).long(), width=16) == 1).all()


def test_no_neuron_of_a_roomy_memory_is_missed():
    for memory in experiments.train_memory(256, width=64):
        w_1, b_1, w_2, b_2 = memory.weights
        for neuron in range(64):
            left = w_2.clone()
            left[neuron] = 0
            answers = standins.feed_forward(memory.keys, w_1, b_1, left, b_2).argmax(1)
            assert torch.equal(answers, memory.labels)


def test_the_long_gradient_learns_and_the_short_one_does_not():
    plain, added = (experiments.train_stack(residual, rate=3e-3, steps=60) for residual in (False, True))
    assert plain.gradient.max() < 1 < 1000 < added.gradient.min()
    assert plain.right.max() < 0.6 < 0.8 < added.right.min()


def test_two_texts_of_a_batch_meet_where_torch_takes_the_first_dimension_for_positions():
    torch.manual_seed(0)
    x = torch.randn(2, 5, 64)
    other = torch.stack([x[0], x[1] + 1])
    moved = {}
    for first in (False, True):
        layer = torch.nn.TransformerEncoderLayer(64, 4, batch_first=first).eval()
        assert layer.linear1.out_features == 2048
        moved[first] = (layer(other) - layer(x))[0].abs().max().item()
    assert moved[False] > 0.1
    assert moved[True] == pytest.approx(0, abs=1e-5)
