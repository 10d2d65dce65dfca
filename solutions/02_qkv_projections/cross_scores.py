import numpy as np

from autograder.authoring import Array, Exercise


def cross_scores(x, y, w_q, w_k):
    """The scores between two kinds of input: queries are made of x, and keys of y.

    Parameters
    ----------
    x : float array (n_q, d_x), the rows that ask, one token a row.
    y : float array (..., n_k, d_y), the rows that are asked. Leading dimensions are separate
        texts: x asks each of them.
    w_q : float array (d_x, d_k)
    w_k : float array (d_y, d_k). d_x and d_y may differ, as for words that ask parts of a
        picture. All have one dtype, and all sizes are at least 1.

    Returns
    -------
    array (..., n_q, n_k) in the same dtype, half precision too: entry (i, j) is the dot
    product of query i with key j of that text, before any scaling or softmax. The arguments
    are left as they were.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.2.3: queries from the decoder,
    keys from the encoder. Where y is x, this is self-attention.
    """
    queries = x @ w_q  # (n_q, d_k)
    keys = y @ w_k  # (..., n_k, d_k)
    return queries @ np.swapaxes(keys, -2, -1)  # (..., n_q, n_k)


def inputs(draw):
    yield "values", draw(n_q=2, n_k=2, d_x=3, d_y=3, d_k=2), "two tokens ask a text of two"
    yield "values", draw(n_q=3, n_k=3, d_x=3, d_y=3, d_k=3), "as many queries as keys and features"
    yield "values", draw(n_q=2, n_k=4, d_x=3, d_y=5, d_k=2), "two tokens of three features ask four of five features"
    yield "values", draw(n_q=4, n_k=1, d_x=2, d_y=3, d_k=5), "four tokens ask a single one"
    yield "texts", draw(lead=(2,), n_q=3, n_k=4, d_x=5, d_y=2, d_k=6), "two texts are asked"
    yield "texts", draw(lead=(3,), n_q=3, n_k=3, d_x=3, d_y=3, d_k=3), "three texts are asked, all sizes equal"
    yield "texts", draw(lead=(2, 3), n_q=4, n_k=2, d_x=3, d_y=5, d_k=6), "two by three texts are asked"
    yield "dtypes", draw(n_q=3, n_k=2, d_x=4, d_y=4, d_k=3, dtype="float32"), "single precision"


exercise = Exercise(
    cross_scores,
    points={"values": 2, "texts": 2, "dtypes": 0.5, "side effects": 0.5},
    takes={
        "x": Array("n_q d_x"),
        "y": Array("... n_k d_y"),
        "w_q": Array("d_x d_k"),
        "w_k": Array("d_y d_k"),
    },
    gives=("... n_q n_k",),
    inputs=inputs,
    difficulty=2,
    minutes=9,
    hints=(
        "Write down the shapes of all queries and of all keys first. Which length do the two have in common, and where in each "
        "shape does it stand?",
        "For one text the scores are a product of (n_q, d_k) with something of shape (d_k, n_k). Which two dimensions of the keys "
        "have to change places?",
        "For several texts `@` repeats the queries for each of them, so nothing has to be copied. `keys.T` would turn round the "
        "dimension of the texts as well; `np.swapaxes` swaps the last two alone.",
    ),
)


def turned(a):
    return np.swapaxes(a, -2, -1)


@exercise.wrong("keys are made with w_q as well, so the scores use one matrix twice")
def one_matrix(x, y, w_q, w_k):
    return x @ w_q @ turned(y @ w_q)


@exercise.wrong("the two matrices have changed places: w_k makes the queries, and w_q the keys")
def matrices_swapped(x, y, w_q, w_k):
    return x @ w_k @ turned(y @ w_q)


@exercise.wrong("x and y have changed places: y asks, and x is asked")
def roles_swapped(x, y, w_q, w_k):
    return y @ w_q @ turned(x @ w_k)


@exercise.wrong("the result is turned round: a row for each key and a column for each query")
def keys_first(x, y, w_q, w_k):
    return y @ w_k @ turned(x @ w_q)


@exercise.wrong("x asks itself: the keys are made of x, and y is not used")
def y_not_used(x, y, w_q, w_k):
    return x @ w_q @ turned(x @ w_k)


@exercise.wrong("rows of x and y meet as they are, and the matrices are not used")
def raw(x, y, w_q, w_k):
    return x @ turned(y)


@exercise.wrong("the keys are the rows of y as they are: w_k is not used")
def keys_not_projected(x, y, w_q, w_k):
    return x @ w_q @ turned(y)


@exercise.wrong("the queries are the rows of x as they are: w_q is not used")
def queries_not_projected(x, y, w_q, w_k):
    return x @ turned(y @ w_k)


@exercise.wrong("`.T` turns round all dimensions of the keys, which is right for two dimensions only")
def dot_t(x, y, w_q, w_k):
    return x @ w_q @ (y @ w_k).T


@exercise.wrong(
    "exactly three dimensions are written down, as in `transpose(0, 2, 1)` or an einsum with `bkd`; there may be two, or four"
)
def three_dimensions_only(x, y, w_q, w_k):
    return x @ w_q @ np.transpose(y @ w_k, (0, 2, 1))


@exercise.wrong("the first dimension of y is taken for the texts, and there may be no such dimension, or two of them")
def loop_over_texts(x, y, w_q, w_k):
    return np.stack([x @ w_q @ (text @ w_k).T for text in y])


@exercise.wrong("the keys are not turned round before the product")
def not_transposed(x, y, w_q, w_k):
    return x @ w_q @ (y @ w_k)


@exercise.wrong("the keys are reshaped instead of transposed: the shape fits and the numbers are mixed up")
def reshaped(x, y, w_q, w_k):
    keys = y @ w_k
    return x @ w_q @ keys.reshape(*keys.shape[:-2], keys.shape[-1], keys.shape[-2])


@exercise.wrong(
    "`np.dot`, `np.inner` or `tensordot` is used: it puts the dimension of the queries in front of those of the texts"
)
def np_inner(x, y, w_q, w_k):
    return np.inner(x @ w_q, y @ w_k)


@exercise.wrong("the first text is asked in place of every other one")
def first_text(x, y, w_q, w_k):
    keys = np.broadcast_to(y[(0,) * (y.ndim - 2)], y.shape) @ w_k
    return x @ w_q @ turned(keys)


@exercise.wrong("all texts are laid end to end, as if they were one: each should have a table of its own")
def laid_end_to_end(x, y, w_q, w_k):
    return x @ w_q @ (y.reshape(-1, y.shape[-1]) @ w_k).T


@exercise.wrong("the scores of all texts are added up: each should have a table of its own")
def texts_summed(x, y, w_q, w_k):
    scores = x @ w_q @ turned(y @ w_k)
    return scores.sum(axis=tuple(range(scores.ndim - 2)), dtype=x.dtype)


@exercise.wrong("the scores are divided by `√d_k`: that comes in lesson 5, and is not asked for here")
def scaled(x, y, w_q, w_k):
    return (x @ w_q @ turned(y @ w_k) / np.sqrt(w_q.shape[-1])).astype(x.dtype)


@exercise.wrong("softmax is taken: these are weights, and scores are asked for")
def softmax_taken(x, y, w_q, w_k):
    scores = x @ w_q @ turned(y @ w_k)
    exps = np.exp(scores - scores.max(-1, keepdims=True))
    return exps / exps.sum(-1, keepdims=True)


@exercise.wrong("queries and keys are brought to length 1: that is the cosine, and the dot product is asked for")
def cosine(x, y, w_q, w_k):
    queries, keys = x @ w_q, y @ w_k
    unit_q, unit_k = (a / np.linalg.norm(a, axis=-1, keepdims=True) for a in (queries, keys))
    return (unit_q @ turned(unit_k)).astype(x.dtype)


@exercise.wrong("query i meets key i only: every query has to meet every key")
def pair_by_pair(x, y, w_q, w_k):
    return (x @ w_q * (y @ w_k)).sum(axis=-1, dtype=x.dtype)


@exercise.wrong("`squeeze()` removes every dimension of length 1 from the result")
def squeezed(x, y, w_q, w_k):
    return (x @ w_q @ turned(y @ w_k)).squeeze()


@exercise.wrong("the result is always float64, for instance because it was filled into `np.zeros(...)`")
def always_float64(x, y, w_q, w_k):
    return (x @ w_q @ turned(y @ w_k)).astype(np.float64)


@exercise.wrong("the scores have the wrong sign")
def negated(x, y, w_q, w_k):
    return -(x @ w_q @ turned(y @ w_k))


@exercise.wrong("the result is all zeros")
def zeros(x, y, w_q, w_k):
    return np.zeros_like(x @ w_q @ turned(y @ w_k))


@exercise.wrong("nested lists are returned instead of a numpy array")
def returns_list(x, y, w_q, w_k):
    return (x @ w_q @ turned(y @ w_k)).tolist()


@exercise.right
def einsum(x, y, w_q, w_k):
    return np.einsum("qd,...kd->...qk", x @ w_q, y @ w_k)


@exercise.right
def broadcast_by_hand(x, y, w_q, w_k):
    queries = np.broadcast_to(x @ w_q, (*y.shape[:-2], len(x), w_q.shape[1]))
    return np.matmul(queries, turned(np.matmul(y, w_k)))


@exercise.right
def text_by_text(x, y, w_q, w_k):
    out = np.zeros((*y.shape[:-2], len(x), y.shape[-2]), x.dtype)
    for place in np.ndindex(*y.shape[:-2]):
        out[place] = (x @ w_q) @ (y[place] @ w_k).T
    return out


@exercise.right
def keys_first_then_turned(x, y, w_q, w_k):
    return turned(y @ w_k @ (x @ w_q).T)


@exercise.right
def float64_inside(x, y, w_q, w_k):
    x64, y64, q64, k64 = (a.astype(np.float64) for a in (x, y, w_q, w_k))
    return (x64 @ q64 @ turned(y64 @ k64)).astype(x.dtype)
