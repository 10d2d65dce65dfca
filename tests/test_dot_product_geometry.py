"""The lists of analogies, and what counts as solving one."""

import numpy as np

from autograder.course import word_vectors
from autograder.course.dot_product_geometry import analogies


def test_every_word_of_the_analogies_has_a_vector():
    words = word_vectors.load()
    for name, pairs in analogies.families().items():
        assert len(pairs) > 10, name
        assert [word for pair in pairs for word in pair if word not in words] == []
        assert name == " : ".join(pairs[0])


def test_solve_counts_with_inputs_without_them_and_without_arithmetic():
    rows = {"a": [1, 0, 0], "b": [1, 1, 0], "c": [5, 0, 0], "d": [5, 1, 0], "e": [0, 0, 4], "f": [0, 1, 4]}
    words = word_vectors.WordVectors(rows, np.array(list(rows.values()), np.float32))

    def rank(query):
        return np.argsort(np.linalg.norm(words.vectors - query, axis=1), kind="stable")[:5]

    assert analogies.solve([("a", "b"), ("c", "d"), ("e", "f")], words, rank) == (1.0, 1.0, 1.0)
    assert analogies.solve([("a", "b"), ("c", "f")], words, rank) == (0.0, 0.0, 0.0)
