"""Search by meaning: thirty sentences and a query, through all six layers of the model in `minilm`."""

import functools

import numpy as np

from .. import minilm

SENTENCES = (
    "She fished from the bank until the sun went down.",
    "The bank charges three euros for every transfer.",
    "A bat hung upside down from the ceiling of the cave.",
    "He swung the bat and missed the ball.",
    "The bark of the old oak is rough.",
    "The bark of the dog woke the whole street.",
    "A mouse ate the cheese in the cellar.",
    "Move the mouse and click on the icon.",
    "The crane lifted the steel beams onto the roof.",
    "A crane stood on one leg in the shallow water.",
    "In spring the cherry trees blossom.",
    "The spring in the mattress is broken.",
    "He ate an apple.",
    "Bake the bread for forty minutes in a hot oven.",
    "Add a pinch of salt to the soup.",
    "My laptop will not start any more.",
    "The program stops with an error when the file is empty.",
    "All flights are delayed because of the storm.",
    "The train to Berlin leaves at nine.",
    "Our hotel is five minutes from the beach.",
    "The doctor told her to rest for a week.",
    "He broke his leg while skiing.",
    "The baby has had a fever since last night.",
    "Prices rose faster than wages last year.",
    "The company fired two hundred people.",
    "The court found him guilty of theft.",
    "She plays the violin in an orchestra.",
    "The team lost the final on penalties.",
    "The telescope showed four moons of Jupiter.",
    "Plants turn sunlight into sugar.",
)

# The first five numbers of its embedding from sentence-transformers 6.2.0.
_SENTENCE, _RECORDED = "He ate an apple.", [0.0883985, 0.0723565, 0.0184832, 0.0774245, -0.0620026]


_load = functools.cache(minilm.load)


def run(text, multi_head_attention):
    """A sentence of one's own on its way through all six layers, as minilm.Run. ImportError where the optional packages are missing."""
    return _load().run(text, multi_head_attention)


def installed():
    """Whether the optional packages are here; where they are not, a line says how to get them."""
    try:
        _load()
    except ImportError:
        print(f"The whole model is not installed (85 MB, once). To get it, run: {' && '.join(minilm.COMMANDS)}")
        return False
    return True


def compare(multi_head_attention):
    """Prints by how much an embedding made with this function differs from the one that sentence-transformers makes."""
    made = run(_SENTENCE, multi_head_attention).embedding[: len(_RECORDED)]
    print(f"{_SENTENCE!r}: largest difference from the recorded embedding {np.abs(made - _RECORDED).max():.0e}\n")


def find(query, multi_head_attention, best=3):
    """Prints the sentences nearest to the query, with the cosine; then those that the vectors before layer 0 would have found.

    multi_head_attention(x_q, x_kv, w_q, w_k, w_v, w_o, n_heads) is the attention of all six layers, for every sentence.
    """
    runs = [run(text, multi_head_attention) for text in (query, *SENTENCES)]
    print(f"{query!r}")
    _print_nearest("after layer 5", [run.embedding for run in runs], best)
    _print_nearest("before layer 0", [run.inputs[0].mean(axis=0) for run in runs], best)


def _print_nearest(where, vectors, best):
    """vectors : one (d,) each, that of the query first."""
    query, *others = (vector / np.linalg.norm(vector) for vector in vectors)
    cosines = np.array(others) @ query  # (sentences,)
    for place in cosines.argsort()[::-1][:best]:
        print(f"  {where:14} {cosines[place]:.2f}  {SENTENCES[place]}")
