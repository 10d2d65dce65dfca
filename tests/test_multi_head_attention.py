"""What lesson 06 says about its experiments holds for the numbers that they give on this machine."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.course.multi_head_attention import experiments, standins


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


def test_the_number_of_threads_is_left_as_it_was():
    before = torch.get_num_threads()
    run = experiments.train_relations(n_heads=1)
    assert torch.get_num_threads() == before
    assert run.weights.shape == (experiments.MODELS, 1, experiments.LENGTH, experiments.LENGTH)
