import numpy as np

from autograder.authoring import Array, Exercise, Number, array

from .cosine_similarity import cosine_similarity


def nearest(query, vectors, k, metric):
    """Which k vectors score highest with the query? Call your own `cosine_similarity` for the
    cosine.

    Parameters
    ----------
    query : numpy array (d,), floats or integers.
    vectors : numpy array (n, d), one vector a row, of the same dtype. n is at least 1.
    k : a whole number of at least 1. Where it is above n, all n are returned.
    metric : "dot" for the dot product, or "cosine". For "cosine" a zero vector scores 0.

    Returns
    -------
    integer array (k,), or (n,) where k is above n: row numbers in `vectors`, the best first.
    Of rows with equal scores the one with the lower number comes first. Scores below 0 count
    like any other. If the query is itself a row, it is not left out. query and vectors are
    left as they were.

    Raises
    ------
    ValueError : where metric is neither "dot" nor "cosine".
    """
    if metric == "dot":
        scores = vectors @ query  # (n,)
    elif metric == "cosine":
        scores = cosine_similarity(query, vectors)  # (n,)
    else:
        raise ValueError(f'metric must be "dot" or "cosine", found {metric!r}')
    return np.argsort(-scores, kind="stable")[:k]  # (k,)


def inputs(draw):
    yield "dot", clear(draw, n=3, d=2, k=1) | {"metric": "dot"}, "the nearest of three"
    yield (
        "dot",
        loud_or_near(draw(n=3, d=2)) | {"k": 2, "metric": "dot"},
        "a short vector, a long one and one along the query",
    )
    yield "dot", clear(draw, n=5, d=3, k=3) | {"metric": "dot"}, "the nearest three of five"
    yield "dot", behind(clear(draw, n=4, d=3, k=3)) | {"metric": "dot"}, "every score is below 0"
    yield (
        "cosine",
        loud_or_near(draw(n=3, d=2)) | {"k": 2, "metric": "cosine"},
        "a short vector, a long one and one along the query",
    )
    yield "cosine", clear(draw, n=5, d=3, k=3) | {"metric": "cosine"}, "the nearest three of five"
    yield "cosine", behind(clear(draw, n=4, d=3, k=4)) | {"metric": "cosine"}, "every score is below 0, all four asked for"
    yield "cosine", with_zero(draw(n=4, d=2)) | {"k": 4, "metric": "cosine"}, "one row is a zero vector"
    yield "cosine", itself(draw(n=4, d=3)) | {"k": 2, "metric": "cosine"}, "the query is one of the rows"
    yield "ties and k", alike(clear(draw, n=5, d=2, k=3)) | {"metric": "dot"}, "two rows are the same"
    yield "ties and k", doubled(draw) | {"k": 3, "metric": "cosine"}, "two rows point the same way"
    yield "ties and k", clear(draw, n=3, d=2, k=5) | {"metric": "dot"}, "k above n"
    yield (
        "many ties",
        many_alike(draw) | {"k": 40, "metric": "dot"},
        "forty rows, most of them in ties: only a stable sort keeps these in order",
    )
    yield "errors", loud_or_near(draw(n=3, d=2)) | {"k": 2, "metric": "euclid"}, "a metric that does not exist", "ValueError"
    yield "errors", loud_or_near(draw(n=3, d=2)) | {"k": 2, "metric": "DOT"}, "a metric in capital letters", "ValueError"
    yield "errors", draw(n=1, d=2) | {"k": 1, "metric": ""}, "an empty metric, and a single row", "ValueError"
    yield "dtypes", whole(clear(draw, n=4, d=3, k=2)) | {"metric": "dot"}, "whole numbers"


def clear(draw, n, d, k):
    """Arguments on which the dot product, the cosine, other measures and the plain row numbers all give another result."""
    while True:
        args = draw(n=n, d=d)
        q, rows = args["query"].data, args["vectors"].data
        dots, lengths = rows @ q, np.linalg.norm(rows, axis=-1)
        measures = [dots, dots / lengths, dots / lengths**2, np.abs(dots), -np.linalg.norm(rows - q, axis=-1), -np.arange(n)]
        orders = [tuple(np.argsort(-m, kind="stable")[:k]) for m in measures[: 6 if n > 4 else 2]] + [
            tuple(range(min(k, n)))
        ]
        gaps = [np.diff(np.sort(m)).min() for m in (dots, dots / lengths)]
        if (
            orders[0] != orders[1]
            and orders[-1] not in orders[:2]
            and min(gaps) > 0.01
            and not (n > 4 and orders[3] == orders[0])
        ):
            return {"query": args["query"], "vectors": args["vectors"], "k": k}


def whole(args):
    """The same rows and query, in whole thousandths."""
    return {name: array(np.round(a.data * 1000), "int64") for name, a in args.items() if name != "k"} | {"k": args["k"]}


def loud_or_near(args):
    """Row 0 is short and off the query's direction, row 1 long and farther off, row 2 along it: every measure has its own order."""
    q = args["query"].data
    across = np.array([-q[1], q[0]])
    rows = np.stack([(q + across) / 4, 3 * q + 4 * across, 1.5 * q])
    return {"query": args["query"], "vectors": array(rows)}


def behind(args):
    """Every row lies on the far side of the query."""
    q, rows = args["query"].data, args["vectors"].data
    return args | {"vectors": array(np.where((rows @ q > 0)[:, None], -rows, rows))}


def with_zero(args):
    """Row 2 is zero; rows 0 and 3 score below it, row 1 above."""
    q = args["query"].data
    across = np.array([-q[1], q[0]])
    return {"query": args["query"], "vectors": array(np.stack([-2 * q + across, q + across, 0 * q, across - q / 2]))}


def itself(args):
    rows = args["vectors"].data.copy()
    rows[2] = args["query"].data
    return {"query": args["query"], "vectors": array(rows)}


def alike(args):
    """Rows 1 and 3 are the same, and the best; they and the query are whole numbers, so that their scores tie to the last bit."""
    q, rows = np.round(args["query"].data), args["vectors"].data.copy()
    rows[1] = rows[3] = 4 * q + np.ceil(np.abs(rows @ q).max()) * np.sign(q)
    return {"query": array(q), "vectors": array(rows), "k": args["k"]}


def doubled(draw):
    """Rows 1 and 3 lie along the first axis, one twice as long as the other: their cosines are the same to the last bit."""
    q = np.abs(draw(n=1, d=2)["query"].data) + np.array([8.0, 0.0])
    rows = np.array([[-1.0, 3.0], [4.0, 0.0], [-1.0, -4.0], [2.0, 0.0]])
    return {"query": array(q), "vectors": array(rows)}


def many_alike(draw):
    """Three different rows, over and over: whole numbers, so that equal scores are equal to the last bit."""
    step = int(draw(n=1, d=1)["k"]) + 3
    rows = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]])[np.arange(40) * step % 7 % 3]
    return {"query": array([2.0, 3.0]), "vectors": array(rows)}


def uneven(rng, shape):
    """Draws of three decimals, 1 or more in size: no zero vector, and no two scores alike by chance."""
    return np.round((np.abs(rng.standard_normal(shape)) + 1) * rng.choice([-1.0, 1.0], shape), 3)


def lengthened(rng, shape):
    """The same, rows of very different lengths, so that the dot product and the cosine seldom agree."""
    return uneven(rng, shape) * rng.permutation(2.0 ** np.arange(shape[0]))[:, None]


exercise = Exercise(
    nearest,
    points={"dot": 2, "cosine": 1, "ties and k": 0.5, "many ties": 0.5, "errors": 1, "dtypes": 1, "side effects": 1},
    takes={
        "query": Array("d", draw=uneven),
        "vectors": Array("n d", draw=lengthened),
        "k": Number(lambda rng: int(rng.integers(1, 4))),
        "metric": None,
    },
    gives=("k",),
    inputs=inputs,
    difficulty=2,
    minutes=10,
    needs=("cosine_similarity",),
    hints=(
        'First make one score for each row: a matrix product for "dot", your `cosine_similarity` for "cosine". Any other '
        "metric is a ValueError.",
        "`np.argsort` gives row numbers from the lowest score to the highest. You need the other way round.",
        "Reversing the result with `[::-1]` also reverses ties. Sort the negated scores instead, and ask for a sort that keeps "
        "ties in order: look up `kind=`.",
        "Then cut off the first k. A slice that asks for more than there is gives all there is.",
    ),
    opts_out={"ties": "sums of numbers need not tie to the last bit: `inputs` has ties in whole numbers"}
    | {"half": "in half precision, rounding may put two close scores in the other order"},
)


def scored(query, vectors, metric):
    if metric == "dot":
        return vectors @ query
    if metric == "cosine":
        return cosine_similarity(query, vectors)
    raise ValueError("no such metric")


def ranked(scores):
    return np.argsort(-scores, kind="stable")


@exercise.wrong("the scores are sorted upwards, so the farthest come first")
def upwards(query, vectors, k, metric):
    return np.argsort(scored(query, vectors, metric), kind="stable")[:k]


@exercise.wrong(
    'rows with equal scores are not kept in order: `[::-1]` reverses them, and only a stable sort (`kind="stable"`) keeps them'
)
def reversed_ties(query, vectors, k, metric):
    return np.argsort(scored(query, vectors, metric), kind="stable")[::-1][:k]


@exercise.wrong("the last k of an upward sort are taken: the right rows, with the best one last")
def best_last(query, vectors, k, metric):
    return np.argsort(scored(query, vectors, metric), kind="stable")[-k:]


@exercise.wrong("the metric is ignored and the dot product is always used")
def always_dot(query, vectors, k, metric):
    scored(query, vectors, metric)
    return ranked(vectors @ query)[:k]


@exercise.wrong("the metric is ignored and the cosine is always used")
def always_cosine(query, vectors, k, metric):
    scored(query, vectors, metric)
    return ranked(cosine_similarity(query, vectors))[:k]


@exercise.wrong('the metrics are exchanged: "dot" gives the cosine, and "cosine" the dot product')
def exchanged(query, vectors, k, metric):
    return ranked(scored(query, vectors, {"dot": "cosine", "cosine": "dot"}.get(metric, metric)))[:k]


@exercise.wrong('capital letters are let pass (`metric.lower()`), and "DOT" is neither "dot" nor "cosine"')
def lowered(query, vectors, k, metric):
    return ranked(scored(query, vectors, metric.lower()))[:k]


@exercise.wrong("a single row is returned before the metric is looked at")
def single_row_first(query, vectors, k, metric):
    return np.zeros(1, np.int64) if len(vectors) == 1 else ranked(scored(query, vectors, metric))[:k]


@exercise.wrong('any metric other than "dot" is taken to be the cosine, without an error')
def unknown_is_cosine(query, vectors, k, metric):
    return ranked(scored(query, vectors, "dot" if metric == "dot" else "cosine"))[:k]


@exercise.wrong('any metric other than "cosine" is taken to be the dot product, without an error')
def unknown_is_dot(query, vectors, k, metric):
    return ranked(scored(query, vectors, "cosine" if metric == "cosine" else "dot"))[:k]


@exercise.wrong("None is returned for a metric that does not exist, without an error")
def unknown_is_none(query, vectors, k, metric):
    return ranked(scored(query, vectors, metric))[:k] if metric in ("dot", "cosine") else None


@exercise.wrong("the scores are returned instead of the row numbers")
def scores_returned(query, vectors, k, metric):
    return np.sort(scored(query, vectors, metric))[::-1][:k]


@exercise.wrong("the vectors are returned instead of their row numbers")
def vectors_returned(query, vectors, k, metric):
    return vectors[ranked(scored(query, vectors, metric))[:k]]


@exercise.wrong("k is ignored and all row numbers are returned")
def k_ignored(query, vectors, k, metric):
    return ranked(scored(query, vectors, metric))


@exercise.wrong("one row too few is returned")
def one_too_few(query, vectors, k, metric):
    return ranked(scored(query, vectors, metric))[: k - 1]


@exercise.wrong("the best row is skipped, as if it were always the query itself")
def best_skipped(query, vectors, k, metric):
    return ranked(scored(query, vectors, metric))[1 : k + 1]


@exercise.wrong("the query is left out where it is one of the rows")
def itself_left_out(query, vectors, k, metric):
    order = ranked(scored(query, vectors, metric))
    return order[~(vectors[order] == query).all(axis=-1)][:k]


@exercise.wrong("rows are ranked by the size of the score without its sign, so opposite vectors count as near")
def sign_dropped(query, vectors, k, metric):
    return ranked(np.abs(scored(query, vectors, metric)))[:k]


@exercise.wrong("for the cosine, the scores are divided by the squared lengths of the rows")
def squared_length(query, vectors, k, metric):
    scored(query, vectors, metric)
    lengths = (vectors * vectors).sum(axis=-1)
    return ranked(vectors @ query / np.where((lengths == 0) | (metric == "dot"), 1, lengths))[:k]


@exercise.wrong("rows are ranked by their distance to the query (the length of the difference)")
def distance(query, vectors, k, metric):
    scored(query, vectors, metric)
    return np.argsort(((vectors - query) ** 2).sum(axis=-1), kind="stable")[:k]


@exercise.wrong("for a zero vector 0 is divided by 0, which gives NaN, and NaN is sorted last")
def zero_gives_nan(query, vectors, k, metric):
    scores = scored(query, vectors, metric).astype(np.float64)
    if metric == "cosine":
        scores[~vectors.any(axis=-1)] = np.nan
    return ranked(scores)[:k]


@exercise.wrong("rows that score 0 or less are dropped")
def negatives_dropped(query, vectors, k, metric):
    scores = scored(query, vectors, metric)
    order = ranked(scores)
    return order[scores[order] > 0][:k]


@exercise.wrong("a list is returned instead of an array")
def as_list(query, vectors, k, metric):
    return ranked(scored(query, vectors, metric))[:k].tolist()


@exercise.wrong("the row numbers are returned as floats")
def as_floats(query, vectors, k, metric):
    return ranked(scored(query, vectors, metric))[:k].astype(np.float64)


@exercise.wrong("the k row numbers are in the order of the rows, not of their scores")
def in_row_order(query, vectors, k, metric):
    return np.sort(ranked(scored(query, vectors, metric))[:k])


@exercise.wrong("argsort is taken twice, or read the wrong way: this gives each row's rank, not the rows by rank")
def ranks(query, vectors, k, metric):
    return np.argsort(ranked(scored(query, vectors, metric)), kind="stable")[:k]


@exercise.wrong("a k above n is refused with an error")
def k_above_n(query, vectors, k, metric):
    if k > len(vectors):
        raise ValueError("k is above n")
    return ranked(scored(query, vectors, metric))[:k]


@exercise.wrong("the vectors are brought to length 1 in place, which changes the caller's array")
def in_place(query, vectors, k, metric):
    order = ranked(scored(query, vectors, metric))[:k]
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    vectors /= np.where(lengths == 0, 1, lengths)
    return order


@exercise.wrong("the result is always 0, 1, 2 and so on")
def first_rows(query, vectors, k, metric):
    scored(query, vectors, metric)
    return np.arange(min(k, len(vectors)))


@exercise.right
def python_sort(query, vectors, k, metric):
    scores = scored(query, vectors, metric).tolist()
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    return np.array(order[:k])


@exercise.right
def again_and_again(query, vectors, k, metric):
    scores = scored(query, vectors, metric).astype(np.float64)
    found = np.zeros(min(k, len(vectors)), np.int64)
    for place in range(len(found)):
        found[place] = np.argmax(scores)
        scores[found[place]] = -np.inf
    return found


@exercise.right
def by_two_keys(query, vectors, k, metric):
    scores = scored(query, vectors, metric)
    return np.lexsort((np.arange(len(vectors)), -scores))[:k].astype(np.int32)


@exercise.right
def turned_round_twice(query, vectors, k, metric):
    scores = scored(query, np.asfortranarray(vectors)[::-1], metric)
    return (len(vectors) - 1 - np.argsort(scores, kind="stable"))[::-1][:k]
