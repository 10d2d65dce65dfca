"""Attention sublayers of a real language model, all-MiniLM-L6-v2, and what goes in and comes out for a few sentences."""

import json
from dataclasses import dataclass

import numpy as np

from . import data


def load():
    """The stored sublayers and sentences, as Pretrained. Needs no network."""
    arrays, metadata = data.read("minilm_attention.safetensors")
    content = json.loads(metadata["content"])
    layers = {
        i: Layer(**{name: arrays[f"layer.{i}.{name}"].astype(np.float32) for name in _PARTS}, n_heads=content["n_heads"])
        for i in content["layers"]
    }
    sentences = [
        Sentence(
            **sentence,
            inputs={i: arrays[f"sentence.{number}.input.{i}"] for i in layers},
            outputs={i: arrays[f"sentence.{number}.output.{i}"] for i in layers},
        )
        for number, sentence in enumerate(content["sentences"])
    ]
    return Pretrained(layers, sentences, content["n_heads"])


@dataclass(frozen=True)
class Layer:
    """One attention sublayer, for row vectors: Q = X W_Q + b_q, and so on; then heads W_O + b_o, without residual and LayerNorm.

    w_q, w_k, w_v, w_o : float32 (d_model, d_model) with d_model = 384. Head h has columns 32 h to 32 h + 31 of w_q, w_k and w_v.
    b_q, b_k, b_v, b_o : float32 (d_model,)
    n_heads : 12, so d_k = d_v = 32.
    """

    w_q: np.ndarray
    w_k: np.ndarray
    w_v: np.ndarray
    w_o: np.ndarray
    b_q: np.ndarray
    b_k: np.ndarray
    b_v: np.ndarray
    b_o: np.ndarray
    n_heads: int


_PARTS = [name for name in Layer.__dataclass_fields__ if name != "n_heads"]


@dataclass(frozen=True, repr=False)
class Sentence:
    """A sentence, and what the attention sublayer of each stored layer gets and gives.

    text : str, as it was written.
    tokens : list of n str, lower case, the first [CLS], the last [SEP].
    inputs : {layer: float32 (n, d_model)}, from the model with its own float32 weights.
    outputs : {layer: float32 (n, d_model)}, computed in float64 from these inputs and the stored, rounded weights and biases.
    """

    text: str
    tokens: list
    inputs: dict
    outputs: dict

    def __repr__(self):
        return f"<{self.text!r}, {len(self.tokens)} tokens, layers {', '.join(map(str, self.inputs))}>"


class Pretrained:
    """Attention sublayers of all-MiniLM-L6-v2 with float16 weights, and recorded inputs and outputs. See data/README.md.

    layers : list of the layer numbers that are stored; the model has 0 to 5.
    sentences : list of Sentence.
    n_heads : 12, in every layer.
    """

    def __init__(self, layers, sentences, n_heads):
        self._layers = layers
        self.layers = list(layers)
        self.sentences = sentences
        self.n_heads = n_heads

    def layer(self, number):
        """The attention sublayer of this layer, as Layer. KeyError where it is not stored."""
        if number not in self._layers:
            raise KeyError(f"layer {number!r} is not stored; these are: {', '.join(map(str, self.layers))}")
        return self._layers[number]

    def __repr__(self):
        return f"<layers {', '.join(map(str, self.layers))} of all-MiniLM-L6-v2, {len(self.sentences)} sentences>"
