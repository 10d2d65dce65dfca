import numpy as np

from autograder.authoring import Array, Exercise, array


def raw_scores(x):
    """How well each token matches each token: the dot product of every row of x with every row
    of x.

    Parameters
    ----------
    x : numpy array (..., n, d), floats or integers, one token a row. n and d are at least 1.

    Returns
    -------
    array (..., n, n): entry (i, j) is the dot product of row i and row j of the same text.
    i = j is not left out. Floats keep their dtype, half precision too; integers give integers.
    x itself is left as it was.

    Any leading dimensions are separate texts: tokens of one text never meet those of another.
    """
    return x @ np.swapaxes(x, -2, -1)  # (..., n, n)


def inputs(draw):
    yield "values", {"x": array([[1, 2, 0], [3, -1, 2]], "float64")}, "two tokens of three features"
    yield "values", draw(n=3, d=2), "three tokens of two features"
    yield "values", draw(n=1, d=4), "a single token"
    yield "values", draw(n=3, d=3), "as many tokens as features"
    yield "values", draw(n=5, d=2), "five tokens"
    yield "batches", draw(lead=(2,), n=3, d=4), "two texts"
    yield "batches", draw(lead=(3,), n=3, d=3), "three texts, all sizes equal"
    yield "batches", draw(lead=(2, 3), n=4, d=5), "two by three texts"
    yield "dtypes", {"x": array(np.round(draw(n=3, d=2, scale=4)["x"].data), "int64")}, "whole numbers"
    yield "dtypes", draw(n=3, d=4, dtype="float32"), "single precision"


exercise = Exercise(
    raw_scores,
    points={"values": 2, "batches": 1, "dtypes": 1, "side effects": 1},
    takes={"x": Array("... n d", integers=True)},
    gives=("... n n",),
    inputs=inputs,
    difficulty=1,
    minutes=8,
    hints=(
        "Take two rows: multiply them entry by entry and add up. That is one score. How many scores do n tokens have?",
        "One matrix product gives all of them, if the features of one factor meet the features of the other. So x has to stand "
        "there twice, once turned round.",
        "With leading dimensions `x.T` turns round too much. Look up `np.swapaxes` and swap the last two dimensions only; `@` "
        "works text by text.",
    ),
)


def turned(x):
    return np.swapaxes(x, -2, -1)  # (..., d, n)


@exercise.wrong("the scores are divided by the square root of d: that comes in a later lesson, and is not asked for here")
def scaled(x):
    return (x @ turned(x) / np.sqrt(x.shape[-1])).astype(x.dtype)


@exercise.wrong("the average of the products is taken instead of their sum")
def averaged(x):
    return (x @ turned(x) / x.shape[-1]).astype(x.dtype)


@exercise.wrong("x is turned round on the wrong side: features meet features, and the tokens are summed away")
def features_by_features(x):
    return turned(x) @ x


@exercise.wrong("`x.T` turns round all dimensions of x, which is right for two dimensions only")
def dot_t(x):
    return x @ x.T


@exercise.wrong(
    "exactly three dimensions are written down, as in `np.transpose(x, (0, 2, 1))` or an einsum with `bid`; there may be two, or four"
)
def three_dimensions_only(x):
    return x @ np.transpose(x, (0, 2, 1))


@exercise.wrong(
    "exactly three dimensions are counted from the front, as in `np.swapaxes(x, 1, 2)`; there may be two, or four"
)
def swapped_from_the_front(x):
    return x @ np.swapaxes(x, 1, 2)


@exercise.wrong("x is multiplied with itself without turning one of the two round")
def not_turned(x):
    return x @ x


@exercise.wrong("x is reshaped to (d, n) instead of transposed: the shape fits and the numbers are mixed up")
def reshaped(x):
    return x @ x.reshape(*x.shape[:-2], x.shape[-1], x.shape[-2])


@exercise.wrong("x is squared entry by entry: no token meets another")
def entry_by_entry(x):
    return x * x


@exercise.wrong("each token is compared with itself only, which gives one number a token")
def own_lengths(x):
    return (x * x).sum(axis=-1, dtype=x.dtype)


@exercise.wrong("the products are not added up: there is still a dimension for the features")
def not_summed(x):
    return x[..., :, None, :] * x[..., None, :, :]


@exercise.wrong("every row is brought to length 1 first: that is cosine similarity, which forgets how long a row is")
def cosine(x):
    unit = x / np.linalg.norm(x * 1.0, axis=-1, keepdims=True)
    return (unit @ turned(unit)).astype(x.dtype)


@exercise.wrong("squared distances are computed instead of dot products")
def distances(x):
    return ((x[..., :, None, :] - x[..., None, :, :]) ** 2).sum(-1, dtype=x.dtype)


@exercise.wrong("the mean of the tokens is taken away first: these are covariances")
def centred(x):
    moved = x - x.mean(axis=-2, keepdims=True).astype(x.dtype)
    return moved @ turned(moved)


@exercise.wrong("the score of a token with itself is set to 0, and it is asked for as it is")
def diagonal_of_zeros(x):
    return x @ turned(x) * (1 - np.eye(x.shape[-2])).astype(x.dtype)


@exercise.wrong("the scores below the diagonal are missing: the pair (i, j) has a place, and (j, i) has one too")
def upper_half(x):
    return np.triu(x @ turned(x))


@exercise.wrong("softmax is taken: these are weights, and scores are asked for")
def softmax_taken(x):
    scores = x @ turned(x)
    exps = np.exp(scores - scores.max(-1, keepdims=True))
    return exps / exps.sum(-1, keepdims=True)


@exercise.wrong(
    "`np.dot` (or `tensordot`) pairs every text with every other text: it is not `@` for three dimensions or more"
)
def np_dot(x):
    return np.dot(x, turned(x))


@exercise.wrong("the tokens of every text are compared with those of the first text")
def first_item(x):
    return x @ x[(0,) * (x.ndim - 2)].T


@exercise.wrong("the scores have the wrong sign")
def negated(x):
    return -(x @ turned(x))


@exercise.wrong("`squeeze()` removes every dimension of length 1 from the result")
def squeezed(x):
    return (x @ turned(x)).squeeze()


@exercise.wrong("the result is always float64, for instance because it was filled into `np.zeros(...)`")
def always_float64(x):
    return (x @ turned(x)).astype(np.float64)


@exercise.wrong("the scores are rounded to whole numbers")
def rounded(x):
    return np.round(x @ turned(x))


@exercise.wrong("the result is all zeros")
def zeros(x):
    return np.zeros_like(x @ turned(x))


@exercise.wrong("nested lists are returned instead of a numpy array")
def returns_list(x):
    return (x @ turned(x)).tolist()


@exercise.wrong("the first dimension is taken for the tokens, which is right for one text; here x holds several")
def one_text_loop(x):
    out = np.zeros((len(x), len(x)))
    for i in range(len(x)):
        for j in range(len(x)):
            out[i, j] = x[i] @ x[j]
    return out


@exercise.wrong("the first dimension is taken for the tokens, which is right for one text; here x holds several")
def one_text_list(x):
    return np.array([[a @ b for b in x] for a in x])


@exercise.wrong(
    "the first dimension is taken for the tokens: here x holds several texts, and all entries of two texts are summed"
)
def one_text_sums(x):
    return np.array([[(a * b).sum() for b in x] for a in x])


@exercise.right
def einsum(x):
    return np.einsum("...id,...jd->...ij", x, x)


@exercise.right
def summed(x):
    return (x[..., :, None, :] * x[..., None, :, :]).sum(-1, dtype=x.dtype)


@exercise.right
def loop(x):
    n = x.shape[-2]
    out = np.zeros((*x.shape[:-1], n), x.dtype)
    for place in np.ndindex(*x.shape[:-2]):
        for i in range(n):
            for j in range(n):
                out[(*place, i, j)] = sum(a * b for a, b in zip(x[place][i], x[place][j], strict=True))
    return out


@exercise.right
def other_memory_layout(x):
    return turned(np.asfortranarray(x) @ turned(x))


@exercise.right
def float64_inside(x):
    wide = x.astype(np.float64)
    return (wide @ turned(wide)).astype(x.dtype)


@exercise.right
def one_row_at_a_time(x):
    rows = [(x * x[..., i : i + 1, :]).sum(axis=-1, dtype=x.dtype) for i in range(x.shape[-2])]
    return np.stack(rows, axis=-2)
