"""Real word vectors: the commonest English words as the language model all-MiniLM-L6-v2 takes them in."""

from difflib import get_close_matches

import numpy as np

from . import data


def load():
    """The word vectors of the course, as WordVectors: 3000 words, 128 numbers each. Needs no network."""
    arrays, metadata = data.read("word_vectors.safetensors")
    return WordVectors(metadata["words"].split(), arrays["vectors"].astype(np.float32))


class WordVectors:
    """Words and their vectors. `vectors["king"]` is one vector, `"king" in vectors` asks whether there is one.

    words : list of n_words str, lower case; words frequent in the model's vocabulary come first.
    vectors : float32 array (n_words, d), row i is for words[i]. No unit; lengths and mean are those of the model, not normalised.

    Source: the input embeddings of all-MiniLM-L6-v2, 384 numbers a word, turned so that the first directions hold the most and
    cut after d = 128 of them. See data/README.md.
    """

    def __init__(self, words, vectors):
        self.words = list(words)
        self.vectors = vectors
        self._row = {word: i for i, word in enumerate(self.words)}

    def __getitem__(self, word):
        """The vector of a word: float32 (d,), a copy. KeyError where there is none."""
        return self.vectors[self.index(word)].copy()

    def index(self, word):
        """The row of a word: an int. KeyError where there is none."""
        if not isinstance(word, str):
            raise TypeError(f"a word is needed, such as 'king', not {type(word).__name__}; rows by number are in .vectors")
        if word not in self._row:
            close = get_close_matches(word.lower(), self.words, n=3, cutoff=0.7)
            raise KeyError(
                f"no vector for {word!r}; " + (f"close: {', '.join(close)}" if close else "nothing is spelt like it")
            )
        return self._row[word]

    def __contains__(self, word):
        return word in self._row

    def __iter__(self):
        return iter(self.words)

    def __len__(self):
        return len(self.words)

    def __repr__(self):
        return f"<{len(self)} words, {self.vectors.shape[1]} numbers each>"
