import numpy as np

from autograder.authoring import Array, Exercise, array


def bilinear_form(w_q, w_k):
    """The one matrix that all scores come from, M with S = X M Xᵀ, and its rank.

    Parameters
    ----------
    w_q : float array (d_model, d_k), in single or double precision
    w_k : float array (d_model, d_k), with the same dtype

    Returns
    -------
    m : array (d_model, d_model), in the dtype of w_q: S = X m Xᵀ are the scores for every X.
    rank : an int (a numpy integer will do): the rank of m itself, as `np.linalg.matrix_rank`
        counts it: by how small its parts are beside its largest one, so a tiny m can have full
        rank.

    The arguments are left as they were.

    Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
    """
    m = w_q @ w_k.T  # (d_model, d_model)
    return m, int(np.linalg.matrix_rank(m))


def square(rng, shape):
    """As many columns as rows, whatever d_k: eighths, none of them 0, with an inverse. `inputs` cuts columns off.

    So a right m with a wrong rule for the rank keeps the points that m earns: d_model, d_k and the rank are the same here.
    """
    while True:
        drawn = np.round(rng.standard_normal((shape[0], shape[0])) * 8) / 8
        drawn = np.where(drawn == 0, 0.375, drawn)
        if np.linalg.cond(drawn) < 50:
            return drawn


def inputs(draw):
    yield "matrix", draw(d_model=2, d_k=2), "two features, d_k = 2"
    yield "matrix", draw(d_model=3, d_k=3), "three features, d_k = 3"
    yield "matrix", draw(d_model=4, d_k=4), "four features, d_k = 4"
    yield "rank", narrow(draw(d_model=2, d_k=1)), "two features, d_k = 1"
    yield "rank", narrow(draw(d_model=3, d_k=2), 2), "three features, d_k = 2"
    yield "rank", narrow(draw(d_model=5, d_k=3), 3), "five features, d_k = 3"
    wide = narrow(draw(d_model=4, d_k=2), 2)
    yield "rank", {name: array(a.data.T) for name, a in wide.items()}, "d_k above d_model"
    yield "rank", repeated(draw(d_model=4, d_k=3), "w_k"), "two columns of w_k are the same"
    yield "rank", repeated(draw(d_model=4, d_k=3), "w_q"), "two columns of w_q are the same"
    yield "rank", repeated(draw(d_model=4, d_k=3), "w_q", "w_k"), "two columns of each are the same"
    yield "rank", crossed(narrow(draw(d_model=4, d_k=3), 3)), "w_q uses columns 0 and 1 only, w_k columns 1 and 2 only"
    yield "rank", at_right_angles(narrow(draw(d_model=4, d_k=2), 2)), "every column of w_q at a right angle to those of w_k"
    yield "rank", narrow(draw(d_model=4, d_k=2), 2) | {"w_k": array(np.zeros((4, 2)))}, "w_k is all zeros"
    yield "rank", narrow(draw(d_model=4, d_k=3, scale=2.0**-20), 3), "small numbers: 0 is judged beside the largest"
    single = {name: array(a.data / 3, "float32") for name, a in narrow(draw(d_model=5, d_k=2), 2).items()}
    yield "rounding", single, "single precision, d_k = 2: rounding is no rank"
    yield "rank", repeated(draw(d_model=4, d_k=3, scale=2.0**26), "w_k"), "large numbers, two columns of w_k are the same"


def narrow(args, d_k=1):
    """The first d_k columns of each."""
    return {name: array(a.data[:, :d_k]) for name, a in args.items()}


def repeated(args, *names):
    """Three columns of each; in those named, column 1 is the same as column 0."""
    args = narrow(args, 3)
    return args | {name: array(args[name].data[:, [0, 0, 2]]) for name in names}


def crossed(args):
    w_q, w_k = args["w_q"].data.copy(), args["w_k"].data.copy()
    w_q[:, 2] = 0
    w_k[:, 0] = 0
    return {"w_q": array(w_q), "w_k": array(w_k)}


def at_right_angles(args):
    """w_q uses the first two features only, w_k the others."""
    w_q, w_k = args["w_q"].data.copy(), args["w_k"].data.copy()
    w_q[2:], w_q[:2] = 0, [[1.0, 0.5], [-0.25, 2.0]]
    w_k[:2], w_k[2:] = 0, [[1.5, 1.0], [-0.5, 0.75]]
    return {"w_q": array(w_q), "w_k": array(w_k)}


exercise = Exercise(
    bilinear_form,
    points={"matrix": 2, "rank": 1.5, "rounding": 0.5, "dtypes": 1, "side effects": 1},
    takes={name: Array("d_model d_k", draw=square) for name in ("w_q", "w_k")},
    gives=("d_model d_model", ""),
    inputs=inputs,
    difficulty=1,
    minutes=7,
    hints=(
        "Write S = Q Kᵀ with Q = X W_Q and K = X W_K. Transposing a product turns its order round: (X W_K)ᵀ = W_Kᵀ Xᵀ. What "
        "stands between X and Xᵀ?",
        "It has d_model rows and d_model columns. The inner dimension, d_k, is summed away.",
        "For the rank, hand that matrix to `np.linalg.matrix_rank`, and make the answer an int.",
    ),
    opts_out={"half": "np.linalg has no half precision"},
)


def rank_of(m):
    return int(np.linalg.matrix_rank(m))


@exercise.wrong("`w_q.T @ w_k` is computed: a (d_k, d_k) matrix in which the features of x are summed away")
def inner_sizes(w_q, w_k):
    return w_q.T @ w_k, rank_of(w_q.T @ w_k)


@exercise.wrong("m is transposed: queries and keys have changed places")
def transposed(w_q, w_k):
    return w_k @ w_q.T, rank_of(w_k @ w_q.T)


@exercise.wrong("w_k is not transposed")
def not_transposed(w_q, w_k):
    return w_q @ w_k, rank_of(w_q @ w_k)


@exercise.wrong("w_k is reshaped to (d_k, d_model) instead of transposed: the shape fits and the numbers are mixed up")
def reshaped(w_q, w_k):
    m = w_q @ w_k.reshape(w_k.shape[::-1])
    return m, rank_of(m)


@exercise.wrong("m is made symmetric, which takes away what two matrices are for")
def symmetric(w_q, w_k):
    m = w_q @ w_k.T
    return (m + m.T) / 2, rank_of((m + m.T) / 2)


@exercise.wrong("w_q is used twice, and w_k is not used")
def one_matrix(w_q, w_k):
    return w_q @ w_q.T, rank_of(w_q @ w_q.T)


@exercise.wrong("m is divided by `√d_k`: scores are asked for as they are")
def scaled(w_q, w_k):
    m = (w_q @ w_k.T / np.sqrt(w_q.shape[1])).astype(w_q.dtype)
    return m, rank_of(m)


@exercise.wrong("d_k is returned as the rank: that is a bound, and the rank can be smaller")
def rank_is_d_k(w_q, w_k):
    return w_q @ w_k.T, w_q.shape[1]


@exercise.wrong("d_model is returned as the rank: only a matrix of full rank has that many")
def rank_is_d_model(w_q, w_k):
    return w_q @ w_k.T, w_q.shape[0]


@exercise.wrong("the smaller of d_model and d_k is returned as the rank: that is a bound, and the rank can be smaller")
def smaller_size(w_q, w_k):
    return w_q @ w_k.T, min(w_q.shape)


@exercise.wrong("the rank of w_q alone is returned")
def rank_of_w_q(w_q, w_k):
    return w_q @ w_k.T, rank_of(w_q)


@exercise.wrong("the rank of w_k alone is returned")
def rank_of_w_k(w_q, w_k):
    return w_q @ w_k.T, rank_of(w_k)


@exercise.wrong("the smaller of the two matrices' ranks is returned: the product can have less")
def smaller_rank(w_q, w_k):
    return w_q @ w_k.T, min(rank_of(w_q), rank_of(w_k))


@exercise.wrong("the number of dimensions of the array (`ndim`, always 2) is returned as the rank")
def ndim(w_q, w_k):
    return w_q @ w_k.T, (w_q @ w_k.T).ndim


@exercise.wrong(
    "what is not exactly zero is counted, rows or singular values: the rank counts independent rows, and rounding leaves no zeros"
)
def rows_counted(w_q, w_k):
    m = w_q @ w_k.T
    return m, int(m.any(axis=1).sum())


@exercise.wrong("singular values are compared with a fixed number: what counts as 0 depends on how large the largest is")
def fixed_threshold(w_q, w_k):
    m = w_q @ w_k.T
    return m, int((np.linalg.svd(m, compute_uv=False) > 1e-6).sum())


@exercise.wrong("the rank is counted in float64, where what float32 rounded in m looks like rank")
def rank_in_float64(w_q, w_k):
    m = w_q @ w_k.T
    return m, rank_of(m.astype(np.float64))


@exercise.wrong("only m is returned")
def no_rank(w_q, w_k):
    return w_q @ w_k.T


@exercise.wrong("the results are returned in the wrong order: the rank first")
def wrong_order(w_q, w_k):
    return rank_of(w_q @ w_k.T), w_q @ w_k.T


@exercise.wrong("m is always float64, whatever dtype w_q had")
def always_float64(w_q, w_k):
    m = w_q.astype(np.float64) @ w_k.T.astype(np.float64)
    return m, rank_of(m)


@exercise.wrong("w_q is normalised in place first, which changes the caller's array and the result")
def normalised_in_place(w_q, w_k):
    w_q /= np.linalg.norm(w_q, axis=0, keepdims=True) + w_q.dtype.type(1e-3)
    return w_q @ w_k.T, rank_of(w_q @ w_k.T)


@exercise.wrong("m is all zeros")
def zeros(w_q, w_k):
    return np.zeros_like(w_q @ w_k.T), 0


@exercise.wrong("the rank of `w_q.T @ w_k` is returned: it is asked of m, which is `w_q @ w_k.T`")
def rank_of_the_inner(w_q, w_k):
    return w_q @ w_k.T, rank_of(w_q.T @ w_k)


@exercise.right
def einsum(w_q, w_k):
    m = np.einsum("id,jd->ij", w_q, w_k)
    return m, np.linalg.matrix_rank(m).item()


@exercise.right
def outer_products(w_q, w_k):
    m = np.zeros((len(w_q), len(w_k)), w_q.dtype)
    for query, key in zip(w_q.T, w_k.T, strict=True):
        m += np.outer(query, key)
    return [m, rank_of(m)]


@exercise.right
def turned_twice(w_q, w_k):
    m = (w_k @ w_q.T).T
    return m, rank_of(m.T)


@exercise.right
def singular_values(w_q, w_k):
    m = np.inner(w_q, w_k)
    values = np.linalg.svd(m, compute_uv=False)
    return m, int((values > values.max() * len(m) * np.finfo(m.dtype).eps).sum())


exercise.equivalent(
    "body line 2: int(np.linalg.matrix_rank(m)) → np.linalg.matrix_rank(m)", because="a numpy integer will do"
)
