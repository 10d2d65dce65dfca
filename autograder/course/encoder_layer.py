"""A whole encoder layer of all-MiniLM-L6-v2: its attention, its feed-forward layer and its two LayerNorms, with recorded outputs."""

from dataclasses import dataclass

import torch

from . import data, pretrained

EPS = 1e-12  # of both norms


@dataclass(frozen=True, repr=False)
class EncoderLayer:
    """Everything that one layer has learned, for row vectors. It is post-norm.

    attention : pretrained.Layer, the attention sublayer.
    w_1, b_1, w_2, b_2 : float32 tensors (384, 1536), (1536,), (1536, 384), (384,): the feed-forward layer, GELU inside.
    gain_1, bias_1 : float32 tensors (384,), of the LayerNorm after attention; gain_2, bias_2 of the one after the feed-forward layer.
    """

    attention: pretrained.Layer
    w_1: torch.Tensor
    b_1: torch.Tensor
    w_2: torch.Tensor
    b_2: torch.Tensor
    gain_1: torch.Tensor
    bias_1: torch.Tensor
    gain_2: torch.Tensor
    bias_2: torch.Tensor


PARTS = [name for name in EncoderLayer.__dataclass_fields__ if name != "attention"]


@dataclass(frozen=True, repr=False)
class Example:
    """A sentence: its text, its tokens, and what the layer gets and gives, float32 tensors (n, 384)."""

    text: str
    tokens: list
    x: torch.Tensor
    output: torch.Tensor


def load():
    """Layer 0 as it is stored, EncoderLayer, and a list of Example. Needs no network.

    The weights were rounded to float16, and the outputs computed in float64 from these rounded weights and the inputs.
    """
    arrays, _ = data.read("minilm_layer.safetensors")
    model = pretrained.load()
    layer = EncoderLayer(model.layer(0), **{name: torch.from_numpy(arrays[name]).float() for name in PARTS})
    examples = [
        Example(s.text, s.tokens, torch.from_numpy(s.inputs[0]), torch.from_numpy(arrays[f"sentence.{i}.output"]))
        for i, s in enumerate(model.sentences)
    ]
    return layer, examples
