import numpy as np

from autograder.authoring import Array, Exercise, array


def strongest_match(scores, mask_self):
    """Whom each query matches best: the position of the largest score in each row.

    Parameters
    ----------
    scores : numpy array (..., n_q, n_k), floats or signed integers, all finite (integers of at
        most 2**53 in size): entry (i, j) is the score of query i and key j. n_q and n_k are at
        least 1. The scores need not be symmetric.
    mask_self : True or False. True leaves the diagonal out, however large or small the other
        scores are: no token may match itself. Then n_q = n_k. With False every key counts.

    Returns
    -------
    array of integers (..., n_q): for each row the index j of its largest score, counted
    from 0. Where several share the largest score, the lowest index. scores is left as it was.

    Raises
    ------
    ValueError : where mask_self is True and there is one token only, for it has no other to
        match.
    """
    if mask_self:
        n = scores.shape[-1]
        if n == 1:
            raise ValueError("a single token has no other token to match")
        scores = np.where(np.eye(n) == 1, -np.inf, scores)  # (..., n, n)
    return scores.argmax(axis=-1)  # (..., n_q)


def inputs(draw):
    free, masked = {"mask_self": False}, {"mask_self": True}
    yield "values", table([[1, 4, 2], [0, -1, -3]]) | free, "two queries, three keys"
    yield "values", table([[7, 4, 2], [5, 0, 6], [3, -1, 2]]) | free, "three tokens, each may match itself"
    yield "values", draw(n_q=4, n_k=5) | free, "four queries, five keys"
    yield "values", draw(n_q=1, n_k=6) | free, "a single query"
    yield "self masked", table([[5, 1], [3, 4]]) | masked, "two tokens, self masked"
    yield "self masked", table([[9, 1, 3], [4, 9, 2], [5, 7, 9]]) | masked, "three tokens, self masked"
    yield "self masked", table([[-1, -9, -4], [-8, -1, -6], [-3, -5, -1]]) | masked, "all scores below 0, self masked"
    low = [[0, -3000, -2000], [-2500, 0, -4000], [-1500, -1200, 0]]
    yield "low scores", table(low) | masked, "all scores far below 0, self masked"
    huge = [[0, -3e12, -2e12], [-2e12, 0, -4e12], [-2e12, -1e12, 0]]
    yield "low scores", table(huge) | masked, "all scores below minus a million million, self masked"
    rounded = [[-2e17, -3e17], [-3e17, -2e17]]
    yield "low scores", table(rounded) | masked, "scores so far below 0 that 1 less is rounded away, self masked"
    yield "self masked", table([[9, 1, 3], [4, 2, 8], [5, 7, 6]]) | masked, "self is the strongest in one row only"
    yield "self masked", draw(n_q=6, n_k=6) | masked, "six tokens, self masked"
    yield "batches", draw(lead=(2,), n_q=3, n_k=4) | free, "two texts"
    yield "batches", draw(lead=(2,), n_q=4, n_k=4) | masked, "two texts, self masked"
    yield "batches", draw(lead=(3,), n_q=3, n_k=3) | masked, "three texts, all sizes equal, self masked"
    yield "batches", draw(lead=(2, 3), n_q=3, n_k=5) | free, "two by three texts"
    yield "ties", table([[2, 7, 7, 1], [4, 4, 4, 4], [-5, 0, -5, 0]]) | free, "equal scores"
    tied = [[9, 2, 2, 2], [3, 9, 1, 3], [5, 5, 9, 5], [0, 6, 6, 9]]
    yield "ties", table(tied) | masked, "equal scores, self masked"
    yield "dtypes", {"scores": array([[9, 1, 3], [4, 9, 2], [-5, -7, 9]], "int64")} | masked, "whole numbers, self masked"
    half = array([[-9, -1, -3], [-4, -9, -2], [-5, -7, 9]], "float16")
    yield "dtypes", {"scores": half} | masked, "half precision, self masked"
    coarse = array([[-4096, -8192], [-8192, -4096]], "float16")
    yield "low scores", {"scores": coarse} | masked, "half precision, where 1 less is rounded away, self masked"
    yield "errors", table([[-7.0]]) | free, "a single token, which may match itself"
    yield "errors", table([[3.0]]) | masked, "a single token, self masked", "ValueError"


def table(rows):
    return {"scores": array(rows, "float64")}


def distinct(rng, shape):
    """Halves around 0, no two alike, so that ties stand only where they are meant to."""
    n = int(np.prod(shape))
    return (rng.permutation(n).reshape(shape) - n // 2) / 2


exercise = Exercise(
    strongest_match,
    points={
        "values": 2,
        "self masked": 2,
        "batches": 1,
        "low scores": 0.5,
        "ties": 0.5,
        "errors": 1,
        "dtypes": 0.5,
        "side effects": 0.5,
    },
    takes={"scores": Array("... n_q n_k", draw=distinct, integers=True, free=True), "mask_self": None},
    gives=("... n_q",),
    inputs=inputs,
    difficulty=2,
    minutes=9,
    opts_out={"ones": "a single token is among `inputs`, for the errors"},
    hints=(
        "Without masking it is one numpy call. Look for one that gives the position of the largest entry, and choose the axis "
        "along which the keys lie.",
        "For mask_self, make the diagonal lose whatever the other scores are. 0 is not low enough: the others may lie below 0.",
        "Only minus infinity is below every finite score. Integers cannot hold it, and `scores` itself must stay as it is, so "
        "build a new array: `np.where` chooses between two values, and `np.eye(n)` says where the diagonal is.",
        "A row with a masked diagonal and n = 1 has nothing left. Test for that first and raise ValueError.",
    ),
)


def masked_with(scores, low):
    """A copy with `low` on the diagonal."""
    if scores.shape[-1] == 1:
        raise ValueError
    return np.where(np.eye(scores.shape[-1]) == 1, low, scores)


@exercise.wrong("the largest score of each column is found, not of each row")
def down_the_columns(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax(axis=-2)


@exercise.wrong("`axis=0` is written: it runs over the queries, and finds the largest score of each column")
def axis_zero(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax(axis=0)


@exercise.wrong("one position in the whole flattened array is returned, because `axis` is missing")
def no_axis(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax()


@exercise.wrong("`axis=1` is written, which is the axis of the keys for two dimensions only")
def axis_one(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax(axis=1)


@exercise.wrong("the largest scores are returned instead of their positions")
def values_returned(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).max(axis=-1)


@exercise.wrong("the smallest score of each row is found, not the largest")
def smallest(scores, mask_self):
    return (masked_with(scores, np.inf) if mask_self else scores).argmin(axis=-1)


@exercise.wrong("the scores are compared without their sign: a score far below 0 counts as a strong match")
def absolute(scores, mask_self):
    return (masked_with(np.abs(scores), -np.inf) if mask_self else np.abs(scores)).argmax(axis=-1)


@exercise.wrong("`mask_self` is ignored: a token may match itself although it should not")
def mask_ignored(scores, mask_self):
    if mask_self and scores.shape[-1] == 1:
        raise ValueError
    return scores.argmax(axis=-1)


@exercise.wrong("the diagonal is always left out, also where `mask_self` is False")
def always_masked(scores, mask_self):
    if mask_self and scores.shape[-1] == 1:
        raise ValueError
    return np.where(np.eye(*scores.shape[-2:]) == 1, -np.inf, scores).argmax(axis=-1)


@exercise.wrong("`mask_self` is read the wrong way round: the diagonal is left out where it is False")
def mask_inverted(scores, mask_self):
    if mask_self and scores.shape[-1] == 1:
        raise ValueError
    return (
        scores.argmax(axis=-1) if mask_self else np.where(np.eye(*scores.shape[-2:]) == 1, -np.inf, scores).argmax(axis=-1)
    )


@exercise.wrong("the diagonal is set to 0 (or multiplied by 0), and 0 wins where all other scores are below it")
def masked_by_zero(scores, mask_self):
    return (masked_with(scores, 0) if mask_self else scores).argmax(axis=-1)


@exercise.wrong("the diagonal is set to a fixed number such as -1000, and other scores may lie lower")
def not_low_enough(scores, mask_self):
    return (masked_with(scores, -1000) if mask_self else scores).argmax(axis=-1)


@exercise.wrong("the diagonal is set to a very low number such as -1e9, and other scores may lie lower still")
def a_billion_below(scores, mask_self):
    return (masked_with(scores, -1e9) if mask_self else scores).argmax(axis=-1)


@exercise.wrong(
    "the diagonal is set to one below the smallest score, and where scores are large, rounding takes the 1 away again"
)
def one_below_the_smallest(scores, mask_self):
    return (masked_with(scores, scores.min() - scores.dtype.type(1)) if mask_self else scores).argmax(axis=-1)


@exercise.wrong(
    'equal scores are not kept in order by `np.argsort`: in a long row only a stable sort (`kind="stable"`) keeps them'
)
def unstable_sort(scores, mask_self):
    found = masked_with(scores, -np.inf) if mask_self else scores
    kind = "stable" if found.shape[-1] <= 16 else "heapsort"  # as numpy's default sorts, on every machine
    return np.argsort(-found, axis=-1, kind=kind)[..., 0]


@exercise.wrong("the diagonal is set to plus infinity, so every token matches itself")
def diagonal_wins(scores, mask_self):
    return (masked_with(scores, np.inf) if mask_self else scores).argmax(axis=-1)


@exercise.wrong("the diagonal is deleted, and every position to the right of it is then one too low")
def deleted_and_not_moved_back(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1)
    n = scores.shape[-1]
    if n == 1:
        raise ValueError
    kept = scores[..., ~np.eye(n, dtype=bool)].reshape(*scores.shape[:-1], n - 1)
    return kept.argmax(axis=-1)


@exercise.wrong("the second largest score is taken when self is masked, although self is not always the largest")
def second_largest(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1)
    if scores.shape[-1] == 1:
        raise ValueError
    return np.argsort(-scores, axis=-1, kind="stable")[..., 1]


@exercise.wrong("the largest entry of the diagonal is left out, not each token's own")
def self_only_where_strongest(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1)
    masked = masked_with(scores, -np.inf)
    own = np.diagonal(scores, axis1=-2, axis2=-1)
    hit = (own == own.max(axis=-1, keepdims=True))[..., None]
    return np.where(hit, masked, scores).argmax(axis=-1)


@exercise.wrong("of equal scores the last one is taken; the lowest index is asked for")
def last_of_ties(scores, mask_self):
    found = masked_with(scores, -np.inf) if mask_self else scores
    return found.shape[-1] - 1 - found[..., ::-1].argmax(axis=-1)


@exercise.wrong("positions are counted from 1")
def counted_from_one(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax(axis=-1) + 1


@exercise.wrong("minus infinity is written into the caller's own array")
def in_place(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1)
    n = scores.shape[-1]
    if n == 1:
        raise ValueError
    scores[..., np.arange(n), np.arange(n)] = -np.inf if scores.dtype.kind == "f" else np.iinfo(scores.dtype).min
    return scores.argmax(axis=-1)


@exercise.wrong("minus infinity is written into an array of integers: whole-number scores cannot hold infinity")
def infinity_in_integers(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1)
    n = scores.shape[-1]
    if n == 1:
        raise ValueError
    scores = scores.copy()
    scores[..., np.arange(n), np.arange(n)] = -np.inf
    return scores.argmax(axis=-1)


@exercise.wrong("`np.fill_diagonal` is used, which fills one line through all dimensions and not the diagonal of each text")
def one_line_through_all(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1)
    if scores.shape[-1] == 1:
        raise ValueError
    scores = scores.astype(np.float64)
    np.fill_diagonal(scores, -np.inf)
    return scores.argmax(axis=-1)


@exercise.wrong("`np.fill_diagonal` is used on a copy: it fills one line through all dimensions, and refuses integers")
def one_line_in_a_copy(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1)
    if scores.shape[-1] == 1:
        raise ValueError
    scores = scores.copy()
    np.fill_diagonal(scores, -np.inf)
    return scores.argmax(axis=-1)


@exercise.wrong(
    "the diagonal is named by the first two dimensions, as in `scores[np.eye(n, dtype=bool)]`, not by the last two"
)
def first_two_dimensions(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1)
    n = scores.shape[-1]
    if n == 1:
        raise ValueError
    scores = scores.astype(np.float64)
    scores[np.eye(n, dtype=bool)] = -np.inf
    return scores.argmax(axis=-1)


@exercise.wrong("a single token with self masked is answered without an error")
def no_error(scores, mask_self):
    return (np.where(np.eye(scores.shape[-1]) == 1, -np.inf, scores) if mask_self else scores).argmax(axis=-1)


@exercise.wrong("a single token is refused also where `mask_self` is False")
def refuses_single_token(scores, mask_self):
    if scores.shape[-1] == 1:
        raise ValueError
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax(axis=-1)


@exercise.wrong("the positions come as floats")
def float_positions(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax(axis=-1).astype(np.float64)


@exercise.wrong("a table with a 1 at the strongest match is returned instead of its position")
def one_hot_table(scores, mask_self):
    found = masked_with(scores, -np.inf) if mask_self else scores
    return np.eye(found.shape[-1], dtype=np.int64)[found.argmax(axis=-1)]


@exercise.wrong("the keys' dimension is kept with length 1 instead of being gone")
def dimension_kept(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax(axis=-1, keepdims=True)


@exercise.wrong("a list is returned instead of a numpy array")
def returns_list(scores, mask_self):
    return (masked_with(scores, -np.inf) if mask_self else scores).argmax(axis=-1).tolist()


@exercise.wrong("every token is sent to the first one")
def always_first(scores, mask_self):
    masked_with(scores, 0) if mask_self else None
    return np.zeros(scores.shape[:-1], np.int64)


@exercise.wrong("the first dimension is taken for the queries, which is right for one text; here there are several")
def one_text_rows(scores, mask_self):
    if mask_self and len(scores) == 1:
        raise ValueError
    rows = [row.astype(np.float64) for row in scores]
    for i, row in enumerate(rows):
        if mask_self:
            row[i] = -np.inf
    return np.array([row.argmax() for row in rows])


@exercise.right
def loop(scores, mask_self):
    if mask_self and scores.shape[-1] == 1:
        raise ValueError("no other token")
    out = np.zeros(scores.shape[:-1], dtype=int)
    for place in np.ndindex(*out.shape):
        allowed = [j for j in range(scores.shape[-1]) if not (mask_self and j == place[-1])]
        out[place] = max(allowed, key=lambda j: scores[place][j])
    return out


@exercise.right
def copied_and_filled(scores, mask_self):
    work = np.array(scores, dtype=np.float64)
    if mask_self:
        n = work.shape[-1]
        if n < 2:
            raise ValueError("n must be at least 2")
        work[..., range(n), range(n)] = -np.inf
    return np.argmax(work, -1)


@exercise.right
def one_boolean_for_the_last_two(scores, mask_self):
    scores = scores * 1.0
    if mask_self:
        if scores.shape[-2:] == (1, 1):
            raise ValueError("a single token")
        scores[..., np.eye(scores.shape[-1], dtype=bool)] = float("-inf")
    return np.argmax(scores, axis=scores.ndim - 1)


@exercise.right
def masked_array(scores, mask_self):
    n_q, n_k = scores.shape[-2:]
    if mask_self and n_k == 1:
        raise ValueError("nothing left")
    out = np.broadcast_to(np.eye(n_q, n_k, dtype=bool) & mask_self, scores.shape)
    return np.ma.masked_array(scores, out).argmax(axis=-1, fill_value=-np.inf if scores.dtype.kind == "f" else -(2**62))


@exercise.right
def stable_sort(scores, mask_self):
    order = np.argsort(-scores, axis=-1, kind="stable")
    if not mask_self:
        return order[..., 0]
    if scores.shape[-1] == 1:
        raise ValueError("one token")
    own = np.arange(scores.shape[-1])
    return np.where(order[..., 0] == own, order[..., 1], order[..., 0])


@exercise.right
def deleted_and_moved_back(scores, mask_self):
    if not mask_self:
        return scores.argmax(axis=-1).astype(np.int32)
    n = scores.shape[-1]
    kept = scores[..., ~np.eye(n, dtype=bool)].reshape(*scores.shape[:-1], n - 1)
    found = kept.argmax(axis=-1)  # of an empty row: ValueError
    return found + (found >= np.arange(n))


exercise.equivalent("body line 2: -1 → -2", because="with mask_self the scores are square")
