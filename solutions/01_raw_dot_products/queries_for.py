import numpy as np

from autograder.authoring import Exercise, array


def queries_for(keys):
    """A query for each key: one that matches this key better than all others.

    Parameters
    ----------
    keys : numpy array (n, d), floats, one key a row. The rows are linearly independent, so n
        is at most d. The rows may differ in length as much as they like.

    Returns
    -------
    numpy array (n, d) of numbers: row i is a query for key i. Its dot product with key i is
    larger than its dot product with each other key, by at least 1 (0.000001 less is let pass).
    There are many such queries, and any will do. Entries are finite and at most 1000 in
    absolute value.

    keys is left as it was.
    """
    n = len(keys)
    scores = keys @ keys.T  # (n, n), of the keys as their own queries
    mixture = np.linalg.solve(scores, np.eye(n))  # (n, n): how much of each key goes into each query
    return mixture @ keys  # (n, d): row i scores 1 with key i and 0 with every other


def right_angles():
    return np.array([[0.0, 3.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, -2.0]])


def slanted():
    return np.array([[2.0, 0.0, 0.0], [4.0, 3.0, 0.0], [1.0, 2.0, 6.0]])


def long_rows():
    return np.array([[1.0, 1.0, 0.0, 2.0, 0.0], [0.0, 6.0, -3.0, 3.0, 1.0], [2.0, 1.0, 1.0, 0.0, 0.5]])


def flaw(result, keys):
    """What is wrong with queries for these keys, or ""."""
    if result is None:
        return "nothing"
    if not isinstance(result, np.ndarray):
        return "type", {"type": type(result).__name__}
    if result.dtype.kind not in "iuf":
        return "dtype", {"dtype": str(result.dtype)}
    if result.shape != keys.shape:
        return "shape", {"shape": str(result.shape), "wanted": str(keys.shape)}
    queries = result.astype(np.float64)
    if not np.isfinite(queries).all():
        return "not finite"
    if np.abs(queries).max() > 1000:
        return "large"
    scores = queries @ keys.T
    scores = np.where(np.abs(scores) < 1e-9, 0.0, scores)  # what rounding leaves of 0 reads as 0
    for i, row in enumerate(scores):
        others = np.where(np.arange(len(row)) == i, -np.inf, row)
        j = int(others.argmax())
        if not row[i] - row[j] >= 1 - 1e-6:
            return "lead", {"i": i, "own": float(row[i]), "j": j, "other": float(row[j])}
    return ""


def find_right_angles(result):
    return flaw(result, right_angles())


def find_slanted(result):
    return flaw(result, slanted())


def find_long_rows(result):
    return flaw(result, long_rows())


def inputs(draw):
    yield "right angles", {"keys": array(right_angles())}, "three keys at right angles, of unequal length"
    yield "slanted keys", {"keys": array(slanted())}, "three keys at other angles, of unequal length"
    yield "long rows", {"keys": array(long_rows())}, "three keys of five features"


exercise = Exercise(
    queries_for,
    points={"right angles": 1, "slanted keys": 2, "long rows": 1},
    takes={"keys": None},
    gives=("n d",),
    inputs=inputs,
    difficulty=2,
    minutes=12,
    verifiers={"right angles": find_right_angles, "slanted keys": find_slanted, "long rows": find_long_rows},
    sentences={
        "nothing": "nothing came back, as if the `return` were missing",
        "type": "it should be a numpy array with a query in each row, and is of type {type}",
        "dtype": "it should hold numbers, and has dtype {dtype}",
        "shape": "there should be one query for each key, of the same length: shape {wanted}; and it has shape {shape}",
        "not finite": "it holds NaN or an infinity, and every entry should be finite",
        "large": "it holds an entry above 1000 in absolute value",
        "lead": "query {i} scores {own:.4g} with its own key {i} and {other:.4g} with key {j}; its own should lead by at least 1 "
        "(keys are counted from 0)",
    },
    hints=(
        "Try the key itself as its query, on paper: with keys (2, 0) and (4, 3), which of the two does (2, 0) score higher? "
        "So the query has to care about the other keys as well.",
        "Be bolder: ask that query i scores 1 with key i and exactly 0 with every other key. Those are n linear equations for "
        "the d entries of one query.",
        "All queries at once: Q Kᵀ should be the identity. For keys in a square table an inverse solves that; "
        "`np.linalg.pinv` does so for longer rows as well. Look at the shape it returns before you return it.",
    ),
)


@exercise.wrong("each key is returned as its own query")
def keys_themselves(keys):
    return keys.copy()


@exercise.wrong("each key, brought to length 1, is returned as its own query")
def unit_keys(keys):
    return keys / np.linalg.norm(keys, axis=1, keepdims=True)


@exercise.wrong("each key is made longer and returned as its own query: all its scores grow, the wrong ones too")
def longer_keys(keys):
    return 10 * keys


@exercise.wrong(
    "each key is divided by its squared length: that makes its own score 1, and leaves what it scores with others"
)
def own_score_one(keys):
    return keys / (keys**2).sum(axis=1, keepdims=True)


@exercise.wrong("the inverse is not transposed: its columns are the queries, and rows are asked for")
def not_transposed(keys):
    return np.linalg.pinv(keys)


@exercise.wrong("an inverse is taken, which square tables alone have: a key may have more features than there are keys")
def square_only(keys):
    return np.linalg.inv(keys).T


@exercise.wrong("the inverse of the square table is not transposed, and `inv` takes square tables alone")
def square_not_transposed(keys):
    return np.linalg.inv(keys)


@exercise.wrong("the queries are one-hot, a 1 in place i, as if entry i of a row belonged to key i")
def one_hot(keys):
    return np.eye(*keys.shape)


@exercise.wrong("the table of scores of the keys among themselves is returned, and not queries")
def scores_returned(keys):
    return keys @ keys.T


@exercise.wrong("the inverse of the table of scores is returned: it still has to be multiplied with the keys")
def gram_inverse(keys):
    return np.linalg.inv(keys @ keys.T)


@exercise.wrong("the mean of all keys is taken away from each key")
def centred(keys):
    return keys - keys.mean(axis=0)


@exercise.wrong("the sum of the other keys is taken away from each key")
def others_taken_away(keys):
    return 2 * keys - keys.sum(axis=0)


@exercise.wrong("each query is at a right angle to the keys above it alone: it can still match those below")
def gram_schmidt(keys):
    q, r = np.linalg.qr(keys.T)
    return 10 * (q * np.sign(np.diag(r))).T


@exercise.wrong("the queries are right in direction, and their lead is 0.01 only")
def small_lead(keys):
    return 0.01 * np.linalg.pinv(keys).T


@exercise.wrong("the sign is turned round: each query scores its own key lowest")
def negated(keys):
    return -np.linalg.pinv(keys).T


@exercise.wrong("the queries are in the reverse order")
def reversed_order(keys):
    return np.linalg.pinv(keys).T[::-1]


@exercise.wrong("the query for the first key alone is returned")
def first_query(keys):
    return np.linalg.pinv(keys)[:, 0]


@exercise.wrong("`1 / keys` is taken for the inverse: that is the reciprocal of each entry")
def reciprocal(keys):
    with np.errstate(all="ignore"):
        return np.nan_to_num(1 / keys, posinf=0, neginf=0)


@exercise.wrong("the result is all zeros")
def zeros(keys):
    return np.zeros_like(keys)


@exercise.wrong("the keys are brought to length 1 in place, which changes the caller's array")
def in_place(keys):
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    return 3 * np.linalg.pinv(keys).T


@exercise.wrong("nested lists are returned instead of a numpy array")
def returns_list(keys):
    return np.linalg.pinv(keys).T.tolist()


@exercise.right
def from_the_scores(keys):
    return np.linalg.solve(keys @ keys.T, keys)


@exercise.right
def least_squares(keys):
    return 5 * np.linalg.lstsq(keys, np.eye(len(keys)), rcond=None)[0].T


@exercise.right
def what_the_others_lack(keys):
    """Row by row: what is left of a key at a right angle to all others, made long enough."""
    rows = []
    for i, key in enumerate(keys):
        others = np.delete(keys, i, axis=0)
        rest = key - others.T @ np.linalg.lstsq(others.T, key, rcond=None)[0]
        rows.append(2 * rest / (rest @ key))
    return np.stack(rows)


@exercise.right
def corrected_step_by_step(keys):
    """From zeros, a step towards its own key and away from the strongest other, for as long as the lead is short."""
    queries = np.zeros(keys.shape)
    for i in range(len(keys)):
        for _ in range(2000):
            scores = keys @ queries[i]
            j = np.where(np.arange(len(keys)) == i, -np.inf, scores).argmax()
            if scores[i] - scores[j] >= 1.1:
                break
            queries[i] += 0.05 * (keys[i] - keys[j])
    return queries


@exercise.right
def below_zero_elsewhere(keys):
    n = len(keys)
    return (2 * np.eye(n) - 1) @ np.linalg.pinv(keys).T


@exercise.right
def in_single_precision(keys):
    return np.asfortranarray(3 * np.linalg.pinv(keys).T).astype(np.float32)
