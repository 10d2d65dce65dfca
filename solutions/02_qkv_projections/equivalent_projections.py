import numpy as np

from autograder.authoring import Array, Exercise, array


def equivalent_projections(w_q, w_k, a):
    """Other projections with the same scores: multiply the queries by a, and find the keys
    that undo it.

    Parameters
    ----------
    w_q : float array (d_model, d_k)
    w_k : float array (d_model, d_k), with the same dtype
    a : float array (d_k, d_k) that has an inverse, with the same dtype. It need not be
        symmetric, nor a rotation.

    Returns
    -------
    new_w_q : array (d_model, d_k): w_q times a.
    new_w_k : array (d_model, d_k), made of w_k and a alone: with it the scores of every x stay
        as they were, whatever w_q is. There is exactly one such matrix.

    Both keep the dtype, single or double precision. The arguments are left as they were.

    Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits": queries
    and keys matter only through W_Q W_Kᵀ.
    """
    new_w_q = w_q @ a  # (d_model, d_k)
    new_w_k = w_k @ np.linalg.inv(a).T  # (d_model, d_k)
    return new_w_q, new_w_k


def invertible(rng, shape):
    """A matrix far from having no inverse and far from symmetric: 2 on the diagonal, smaller eighths beside it."""
    above = rng.integers(1, 5, shape) / 8
    below = -rng.integers(1, 4, shape) / 8
    return 2 * np.eye(shape[-1]) + np.triu(above, 1) + np.tril(below, -1)


def nonzero(rng, shape):
    """Numbers in eighths, none of them 0."""
    drawn = np.round(rng.standard_normal(shape) * 8) / 8
    return np.where(drawn == 0, 0.375, drawn)


def inputs(draw):
    yield "values", draw(d_model=2, d_k=1), "d_k = 1: a is one number"
    yield "values", draw(d_model=3, d_k=2), "three features, d_k = 2"
    yield "values", draw(d_model=3, d_k=3), "d_k = d_model"
    yield "values", draw(d_model=2, d_k=3), "d_k above d_model"
    yield "values", draw(d_model=5, d_k=4), "five features, d_k = 4"
    rotated = draw(d_model=4, d_k=2)
    yield "values", rotated | {"a": array(np.array([[0.0, -1.0], [1.0, 0.0]]))}, "a is a quarter turn"
    uneven = array(np.array([[8.0, 1.0], [0.5, 0.25]]))
    yield "values", draw(d_model=4, d_k=2) | {"a": uneven}, "a makes one direction long and another short"


exercise = Exercise(
    equivalent_projections,
    points={"values": 4, "dtypes": 1, "side effects": 1},
    takes={
        "w_q": Array("d_model d_k", draw=nonzero),
        "w_k": Array("d_model d_k", draw=nonzero),
        "a": Array("d_k d_k", draw=invertible),
    },
    gives=("d_model d_k", "d_model d_k"),
    inputs=inputs,
    difficulty=2,
    minutes=10,
    hints=(
        "Write the scores with both new matrices: X new_w_q new_w_kᵀ Xᵀ. What must new_w_q new_w_kᵀ be equal to?",
        "Call the unknown w_k b. Then new_w_q new_w_kᵀ = w_q a (w_k b)ᵀ = w_q a bᵀ w_kᵀ. Which bᵀ makes a bᵀ the identity?",
        "bᵀ is the inverse of a, so b is that inverse transposed. Both steps matter: an inverse alone will not do.",
    ),
    opts_out={"half": "np.linalg has no half precision"},
)


def inverse(a):
    return np.linalg.inv(a)


@exercise.wrong("w_k is multiplied by the inverse of a without transposing it")
def inverse_not_transposed(w_q, w_k, a):
    return w_q @ a, w_k @ inverse(a)


@exercise.wrong("w_k is multiplied by a transposed where the inverse, transposed, is needed")
def transposed_not_inverted(w_q, w_k, a):
    return w_q @ a, w_k @ a.T


@exercise.wrong("w_k is multiplied by a as well, which keeps the scores only where a is a rotation or reflection")
def a_on_both(w_q, w_k, a):
    return w_q @ a, w_k @ a


@exercise.wrong("w_k is left as it was, so the scores change")
def keys_unchanged(w_q, w_k, a):
    return w_q @ a, w_k.copy()


@exercise.wrong("both matrices are returned unchanged: the scores are the same, but a is not used")
def nothing_done(w_q, w_k, a):
    return w_q.copy(), w_k.copy()


@exercise.wrong("the two changes have changed places: the inverse goes to w_q and a to w_k")
def changed_places(w_q, w_k, a):
    return w_q @ inverse(a), w_k @ a.T


@exercise.wrong("`1 / a` is taken for the inverse: that is the reciprocal of each entry")
def reciprocal(w_q, w_k, a):
    with np.errstate(all="ignore"):
        return w_q @ a, w_k @ (1 / a).T


@exercise.wrong("w_k is divided by a (`w_k / a`), which goes entry by entry: a matrix is undone by its inverse")
def divided(w_q, w_k, a):
    with np.errstate(all="ignore"):
        return w_q @ a, w_k / a


@exercise.wrong("the inverse stands on the left of w_k, where it would mix features of x")
def inverse_from_the_left(w_q, w_k, a):
    return w_q @ a, inverse(a) @ w_k


@exercise.wrong("a stands on the left, `a @ w_q`, where it would mix features of x")
def from_the_left(w_q, w_k, a):
    return a @ w_q, inverse(a).T @ w_k


@exercise.wrong("w_q is multiplied by a transposed")
def a_transposed(w_q, w_k, a):
    return w_q @ a.T, w_k @ inverse(a)


@exercise.wrong("the results are returned in the wrong order: w_k first")
def wrong_order(w_q, w_k, a):
    return w_k @ inverse(a).T, w_q @ a


@exercise.wrong("the new w_k is made from w_q instead of w_k")
def keys_from_w_q(w_q, w_k, a):
    return w_q @ a, w_q @ inverse(a).T


@exercise.wrong("the product W_Q W_Kᵀ is returned instead of two matrices")
def product(w_q, w_k, a):
    return w_q @ w_k.T


@exercise.wrong("the new w_k is returned transposed, as (d_k, d_model)")
def keys_transposed(w_q, w_k, a):
    return w_q @ a, inverse(a) @ w_k.T


@exercise.wrong("only the diagonal of a is inverted")
def diagonal_only(w_q, w_k, a):
    with np.errstate(all="ignore"):
        return w_q @ a, w_k / np.diag(a)


@exercise.wrong("the inverse is rounded")
def rounded(w_q, w_k, a):
    return w_q @ a, w_k @ inverse(a).T.round(2)


@exercise.wrong("w_q is changed in place, and the caller's array with it")
def in_place(w_q, w_k, a):
    w_q[...] = w_q @ a
    return w_q, w_k @ inverse(a).T


@exercise.wrong("the results are always float64, whatever dtype the matrices had")
def always_float64(w_q, w_k, a):
    a = a.astype(np.float64)
    return w_q @ a, w_k @ inverse(a).T


@exercise.wrong(
    "`np.linalg.pinv` is told to take the short directions of a for 0 (a large `rcond`), although a has an inverse"
)
def short_directions_dropped(w_q, w_k, a):
    return w_q @ a, w_k @ np.linalg.pinv(a, rcond=0.1).T


@exercise.wrong("the results are all zeros")
def zeros(w_q, w_k, a):
    return np.zeros_like(w_q), np.zeros_like(w_k)


@exercise.wrong("the keys are found by least squares from the scores or the form: they must not depend on w_q")
def least_squares(w_q, w_k, a):
    return w_q @ a, np.linalg.lstsq(w_q @ a, w_q @ w_k.T, rcond=None)[0].T


@exercise.wrong("a stands on the left of w_q, `a @ w_q`, where it would mix features of x")
def queries_from_the_left(w_q, w_k, a):
    return a @ w_q, w_k @ inverse(a).T


@exercise.right
def solved(w_q, w_k, a):
    return np.matmul(w_q, a), np.linalg.solve(a, w_k.T).T


@exercise.right
def inverse_of_transposed(w_q, w_k, a):
    return np.einsum("md,de->me", w_q, a), np.einsum("md,de->me", w_k, np.linalg.inv(a.T))


@exercise.right
def pseudo_inverse(w_q, w_k, a):
    wide = a.astype(np.float64)
    return [(w_q @ wide).astype(w_q.dtype), (w_k @ np.linalg.pinv(wide).T).astype(w_k.dtype)]


@exercise.right
def row_by_row(w_q, w_k, a):
    queries = np.stack([row @ a for row in w_q])
    keys = np.stack([np.linalg.solve(a, row) for row in w_k])
    return queries, np.asfortranarray(keys)
