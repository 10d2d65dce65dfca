"""Pairs of words that stand in the same relation. All of them are in the course's word vectors."""

#: The first pair of each line is the example that the others are solved with.
_LINES = """
man woman, king queen, uncle aunt, brother sister, father mother, son daughter, husband wife, prince princess, actor actress,
 boy girl, nephew niece, grandfather grandmother, waiter waitress, god goddess, duke duchess, emperor empress
france paris, germany berlin, italy rome, spain madrid, england london, russia moscow, japan tokyo, china beijing,
 poland warsaw, greece athens, austria vienna, hungary budapest, sweden stockholm, norway oslo, portugal lisbon, egypt cairo
big bigger, good better, bad worse, small smaller, high higher, low lower, strong stronger, old older, young younger,
 large larger, long longer, short shorter, fast faster, slow slower, great greater, cold colder, hard harder
walk walked, go went, run ran, see saw, take took, give gave, come came, play played, say said, eat ate, sing sang,
 think thought, know knew, make made, write wrote, swim swam
dog dogs, car cars, cat cats, house houses, book books, child children, apple apples, day days, hand hands, eye eyes,
 tree trees, king kings, queen queens, city cities, country countries, word words, bird birds, mouse mice, foot feet,
 tooth teeth, flower flowers, horse horses
"""


def families():
    """{name: pairs}, such as {"man : woman": [("man", "woman"), ("king", "queen"), ...]}. The name is the first pair."""
    found = {}
    for line in _LINES.strip().replace(",\n ", ", ").splitlines():
        pairs = [tuple(pair.split()) for pair in line.split(",")]
        found[" : ".join(pairs[0])] = pairs
    return found


def solve(pairs, vectors, rank):
    """Solves every pair but the first in three ways. Returns the three shares of right answers:

    (the nearest to b - a + c), (the same, leaving out a, b and c), (the nearest to c alone, leaving out a, b and c)

    `vectors` are WordVectors, and `rank(query)` returns their row numbers, the best first; five are enough.
    """
    (a, b), *rest = pairs
    right = [0, 0, 0]
    for c, wanted in rest:
        moved = [vectors.words[row] for row in rank(vectors[b] - vectors[a] + vectors[c])]
        alone = [vectors.words[row] for row in rank(vectors[c])]
        guesses = [moved[0], _first_other(moved, (a, b, c)), _first_other(alone, (a, b, c))]
        right = [count + (guess == wanted) for count, guess in zip(right, guesses, strict=True)]
    return tuple(count / len(rest) for count in right)


def _first_other(words, taken):
    return next(word for word in words if word not in taken)
