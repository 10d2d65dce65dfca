import numpy as np

from autograder.authoring import Array, Exercise


def project_qkv(x, w_q, w_k, w_v):
    """Make queries, keys and values from x: one matrix product for each.

    Parameters
    ----------
    x : float array (..., n, d_model), one position a row, with any number of leading
        dimensions.
    w_q : array (d_model, d_k)
    w_k : array (d_model, d_k)
    w_v : array (d_model, d_v). d_v may differ from d_k; all sizes are at least 1.

    Returns
    -------
    q : array (..., n, d_k)
    k : array (..., n, d_k)
    v : array (..., n, d_v)

    All three keep the dtype of x. Positions do not mix: row i of q, k and v depends on row i
    of x only. There is no bias. The arguments are left as they were.
    """
    q = x @ w_q  # (..., n, d_k)
    k = x @ w_k  # (..., n, d_k)
    v = x @ w_v  # (..., n, d_v)
    return q, k, v


def inputs(draw):
    yield "values", draw(n=1, d_model=2, d_k=2, d_v=1), "one position of two features"
    yield "values", draw(n=2, d_model=3, d_k=4, d_v=5), "two positions"
    yield "values", draw(n=3, d_model=3, d_k=3, d_v=3), "all sizes equal"
    yield "values", draw(n=4, d_model=4, d_k=4, d_v=2), "four positions, d_k = d_model"
    yield "values", draw(n=4, d_model=6, d_k=3, d_v=2), "four positions"
    yield "batches", draw(lead=(2,), n=3, d_model=4, d_k=5, d_v=2), "two items"
    yield "batches", draw(lead=(2, 3), n=4, d_model=5, d_k=3, d_v=6), "two by three items"
    yield "dtypes", draw(n=3, d_model=4, d_k=2, d_v=5, dtype="float32"), "single precision"


exercise = Exercise(
    project_qkv,
    points={"values": 3, "batches": 1, "dtypes": 1, "side effects": 1},
    takes={
        "x": Array("... n d_model"),
        "w_q": Array("d_model d_k"),
        "w_k": Array("d_model d_k"),
        "w_v": Array("d_model d_v"),
    },
    gives=("... n d_k", "... n d_k", "... n d_v"),
    inputs=inputs,
    difficulty=1,
    minutes=6,
    hints=(
        "Write the shapes side by side: x is (n, d_model), w_q is (d_model, d_k), and q should be (n, d_k). In which order "
        "do they multiply?",
        "Each position is a row of x, so x stands on the left and nothing is transposed. `@` takes care of leading "
        "dimensions.",
        "Three matrix products, all of x itself, each with a matrix of its own. Return all three, in the order q, k, v.",
    ),
)


@exercise.wrong("one matrix, w_q, makes queries, keys and values")
def one_matrix(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_q, x @ w_q


@exercise.wrong("the keys are made with w_q instead of w_k")
def keys_from_w_q(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_q, x @ w_v


@exercise.wrong("the values are made with w_k instead of w_v")
def values_from_w_k(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_k, x @ w_k


@exercise.wrong("queries and keys are swapped")
def swapped(x, w_q, w_k, w_v):
    return x @ w_k, x @ w_q, x @ w_v


@exercise.wrong("the results are returned in another order: v, k, q instead of q, k, v")
def wrong_order(x, w_q, w_k, w_v):
    return x @ w_v, x @ w_k, x @ w_q


@exercise.wrong("the matrices are transposed: `x @ w_q.T` instead of `x @ w_q`")
def transposed(x, w_q, w_k, w_v):
    return x @ w_q.T, x @ w_k.T, x @ w_v.T


@exercise.wrong("the matrices stand on the left, `w_q @ x`, as for positions in columns")
def matrix_on_the_left(x, w_q, w_k, w_v):
    return w_q @ x, w_k @ x, w_v @ x


@exercise.wrong("each projection takes the result of the one before: k is made from q, and v from k")
def chained(x, w_q, w_k, w_v):
    q = x @ w_q
    k = q @ w_k
    return q, k, k @ w_v


@exercise.wrong("the values are x itself, and w_v is not used")
def values_not_projected(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_k, x


@exercise.wrong("nothing is projected: x is returned three times")
def nothing_projected(x, w_q, w_k, w_v):
    return x, x, x


@exercise.wrong("x is multiplied with the matrices entry by entry (`*`) instead of by a matrix product (`@`)")
def entry_by_entry(x, w_q, w_k, w_v):
    return x * w_q, x * w_k, x * w_v


@exercise.wrong("the queries are divided by `√d_k` already: that belongs to the scores")
def queries_scaled(x, w_q, w_k, w_v):
    return (x @ w_q / np.sqrt(w_q.shape[-1])).astype(x.dtype), x @ w_k, x @ w_v


@exercise.wrong("a non-linear function is applied: a projection is a matrix product and nothing else")
def relu_applied(x, w_q, w_k, w_v):
    return np.maximum(x @ w_q, 0), np.maximum(x @ w_k, 0), np.maximum(x @ w_v, 0)


@exercise.wrong("q, k and v are returned joined in one array instead of three")
def joined(x, w_q, w_k, w_v):
    return np.concatenate([x @ w_q, x @ w_k, x @ w_v], axis=-1)


@exercise.wrong("`np.array([q, k, v])` is returned: the three need not have one shape, so they do not fit into one array")
def stacked(x, w_q, w_k, w_v):
    return np.array([x @ w_q, x @ w_k, x @ w_v])


@exercise.wrong("only q and k are returned")
def two_results(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_k


@exercise.wrong("the items are joined: positions of all items stand in one long list")
def items_joined(x, w_q, w_k, w_v):
    rows = x.reshape(-1, x.shape[-1])
    return rows @ w_q, rows @ w_k, rows @ w_v


@exercise.wrong("only the first item is projected")
def first_item_only(x, w_q, w_k, w_v):
    first = x[(0,) * (x.ndim - 2)]
    return first @ w_q, first @ w_k, first @ w_v


@exercise.wrong("`squeeze()` removes every dimension of length 1 from the results")
def squeezed(x, w_q, w_k, w_v):
    return (x @ w_q).squeeze(), (x @ w_k).squeeze(), (x @ w_v).squeeze()


@exercise.wrong("the results are always float64, whatever dtype x had")
def always_float64(x, w_q, w_k, w_v):
    x = x.astype(np.float64)
    return x @ w_q, x @ w_k, x @ w_v


@exercise.wrong("x is centred in place first, which changes the caller's array and the result")
def centred_in_place(x, w_q, w_k, w_v):
    x -= x.mean(-1, keepdims=True)
    return x @ w_q, x @ w_k, x @ w_v


@exercise.wrong("the results are all zeros")
def zeros(x, w_q, w_k, w_v):
    return np.zeros_like(x @ w_q), np.zeros_like(x @ w_k), np.zeros_like(x @ w_v)


ONE_SENTENCE = "it is written for one sentence only: x may have more dimensions in front"


@exercise.wrong(ONE_SENTENCE)
def one_sentence_einsum(x, w_q, w_k, w_v):
    return tuple(np.einsum("nd,dk->nk", x, w) for w in (w_q, w_k, w_v))


@exercise.wrong(ONE_SENTENCE)
def one_sentence_loop(x, w_q, w_k, w_v):
    def projected(w):
        out = np.zeros((x.shape[0], w.shape[1]))
        for i in range(x.shape[0]):
            for j in range(w.shape[1]):
                out[i, j] = x[i] @ w[:, j]
        return out

    return projected(w_q), projected(w_k), projected(w_v)


@exercise.wrong(ONE_SENTENCE)
def one_sentence_list(x, w_q, w_k, w_v):
    def projected(w):
        return np.array([[row @ w[:, j] for j in range(w.shape[1])] for row in x])

    return projected(w_q), projected(w_k), projected(w_v)


@exercise.wrong("queries, values, keys are returned in this order, and q, k, v is asked for")
def values_second(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_v, x @ w_k


@exercise.wrong("the values are made with w_q instead of w_v")
def values_from_w_q(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_k, x @ w_q


@exercise.wrong("exactly three dimensions are written down, as in an einsum with `bnd`; there may be two, or four")
def three_dimensions_only(x, w_q, w_k, w_v):
    return tuple(np.einsum("bnd,dk->bnk", x, w) for w in (w_q, w_k, w_v))


@exercise.right
def one_product(x, w_q, w_k, w_v):
    joined_weights = np.concatenate([w_q, w_k, w_v], axis=-1)
    cuts = [w_q.shape[-1], w_q.shape[-1] + w_k.shape[-1]]
    return tuple(np.split(x @ joined_weights, cuts, axis=-1))


@exercise.right
def einsum(x, w_q, w_k, w_v):
    return tuple(np.einsum("...nm,md->...nd", x, w) for w in (w_q, w_k, w_v))


@exercise.right
def tensordot(x, w_q, w_k, w_v):
    return [np.tensordot(x, w, axes=1) for w in (w_q, w_k, w_v)]


@exercise.right
def from_the_left(x, w_q, w_k, w_v):
    columns = np.swapaxes(x, -2, -1)
    return tuple(np.swapaxes(w.T @ columns, -2, -1) for w in (w_q, w_k, w_v))


@exercise.right
def row_by_row(x, w_q, w_k, w_v):
    def projected(w):
        out = np.zeros((*x.shape[:-1], w.shape[-1]), x.dtype)
        for place in np.ndindex(*x.shape[:-1]):
            out[place] = (x[place][:, None].astype(np.float64) * w).sum(0)
        return out

    return projected(w_q), projected(w_k), projected(w_v)
