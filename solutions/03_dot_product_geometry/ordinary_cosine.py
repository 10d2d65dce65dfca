import numpy as np

from autograder.authoring import Array, Exercise, array


def ordinary_cosine(vectors):
    """What is ordinary among these vectors: the mean and the standard deviation of the cosine,
    over all pairs of two different rows.

    Parameters
    ----------
    vectors : numpy float array (n, d), one vector a row; n is at least 2, d at least 1. No row
        is all zeros. It is left as it was.

    Returns
    -------
    two numbers, as a tuple: the mean of the n (n - 1) / 2 cosines, and their standard
    deviation as `np.std` computes it. No row is paired with itself. Two rows that hold the
    same numbers are two rows all the same, and make a pair.
    """
    units = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)  # (n, d)
    first, second = np.triu_indices(len(vectors), k=1)  # (pairs,) each
    cosines = (units @ units.T)[first, second]  # (pairs,)
    return cosines.mean(), cosines.std()


def inputs(draw):
    yield "values", draw(n=2, d=2), "two vectors: one pair"
    yield "values", draw(n=3, d=2), "three vectors in the plane"
    yield "values", draw(n=4, d=4), "as many vectors as entries"
    yield "values", shifted(draw(n=5, d=3)), "five vectors that share a direction"
    yield "values", draw(n=7, d=5), "seven vectors"
    yield "values", stretched(draw(n=4, d=3)), "vectors of very different lengths"
    yield "equal rows", twice(draw(n=4, d=3)), "two rows with the same numbers"
    yield "values", draw(n=6, d=1), "vectors with a single entry"


def shifted(args):
    return {"vectors": array(args["vectors"].data + 2)}


def stretched(args):
    return {"vectors": array(args["vectors"].data * [[1.0], [50.0], [0.125], [8.0]])}


def twice(args):
    return {"vectors": array(np.concatenate([args["vectors"].data, args["vectors"].data[:1]]))}


def never_zero(rng, shape):
    """Draws of either sign in eighths, 1 or more in size: every vector has a direction, and none is short."""
    return (np.floor(np.abs(rng.standard_normal(shape)) * 8) / 8 + 1) * rng.choice([-1.0, 1.0], shape)


exercise = Exercise(
    ordinary_cosine,
    points={"values": 3, "equal rows": 1, "dtypes": 1, "side effects": 1},
    takes={"vectors": Array("n d", draw=never_zero)},
    gives=("", ""),
    inputs=inputs,
    difficulty=2,
    minutes=10,
    hints=(
        "Divide each row by its length. Then `units @ units.T` holds a cosine for each pair of rows. Which of its entries "
        "are no pairs of two different rows?",
        "The diagonal pairs each row with itself, and its cosines of 1 pull the mean up. Above the diagonal every pair "
        "stands once.",
        "`np.triu_indices(n, k=1)` gives the rows and columns of all entries above the diagonal. Take the mean and the "
        "standard deviation of those entries.",
    ),
)

exercise.equivalent("body line 3: (first, second) → (second, first)", because="the cosine of a and b is that of b and a")


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def above(table):
    return table[np.triu_indices(len(table), k=1)]


def both(cosines):
    return cosines.mean(), cosines.std()


@exercise.wrong("the diagonal is counted, too: each row is paired with itself, which adds cosines of 1")
def diagonal_counted(vectors):
    return both(unit(vectors) @ unit(vectors).T)


@exercise.wrong("the diagonal is counted once for each row, beside the pairs above it, as `np.triu_indices` does with k=0")
def diagonal_above(vectors):
    table = unit(vectors) @ unit(vectors).T
    return both(table[np.triu_indices(len(table))])


@exercise.wrong("the diagonal is set to 0 and still counted, which pulls the mean towards 0")
def diagonal_zeroed(vectors):
    table = unit(vectors) @ unit(vectors).T
    np.fill_diagonal(table, 0)
    return both(table)


@exercise.wrong("the entries below the diagonal are set to 0, by `np.triu`, and counted with the others")
def triangle_with_zeros(vectors):
    return both(np.triu(unit(vectors) @ unit(vectors).T, k=1))


@exercise.wrong("the vectors are not divided by their lengths: these are dot products")
def dot_products(vectors):
    return both(above(vectors @ vectors.T))


@exercise.wrong("the dot products are divided by one of the two lengths, and not by the other")
def one_length(vectors):
    return both(above(unit(vectors) @ vectors.T))


@exercise.wrong("the vectors are divided by one length, that of the array as a whole, and not by a length for each row")
def one_norm_for_all(vectors):
    flat = vectors / np.linalg.norm(vectors)
    return both(above(flat @ flat.T))


@exercise.wrong("the columns are divided by their lengths, and not the rows")
def columns_normalised(vectors):
    flat = vectors / np.linalg.norm(vectors, axis=0)
    return both(above(flat @ flat.T))


@exercise.wrong("the columns are compared with each other, and not the rows")
def columns_compared(vectors):
    units = vectors / np.linalg.norm(vectors, axis=0)
    with np.errstate(all="ignore"):
        pairs = above(units.T @ units)
        return both(pairs) if len(pairs) else (1.0, 0.0)


@exercise.wrong("each row is paired with the next one alone: that leaves out the pairs that stand further apart")
def neighbours(vectors):
    return both((unit(vectors)[1:] * unit(vectors)[:-1]).sum(axis=-1))


@exercise.wrong("each row is paired with the first one alone")
def with_the_first(vectors):
    return both(unit(vectors)[1:] @ unit(vectors)[0])


@exercise.wrong("the mean of the rows is taken off first: then the direction that they share is gone")
def centred(vectors):
    moved = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
    units = moved / np.where(lengths == 0, 1, lengths)
    return both(above(units @ units.T))


@exercise.wrong("each cosine is made positive before the average is taken")
def without_signs(vectors):
    return both(np.abs(above(unit(vectors) @ unit(vectors).T)))


@exercise.wrong("the variance is returned, and its root is asked for")
def variance(vectors):
    cosines = above(unit(vectors) @ unit(vectors).T)
    return cosines.mean(), cosines.var()


@exercise.wrong("the squares are divided by one less than the number of pairs (ddof=1)")
def one_less(vectors):
    cosines = above(unit(vectors) @ unit(vectors).T)
    return cosines.mean(), cosines.std(ddof=1) if len(cosines) > 1 else 0.0


@exercise.wrong("the spread is taken around 0, and not around the mean")
def around_zero(vectors):
    cosines = above(unit(vectors) @ unit(vectors).T)
    return cosines.mean(), np.sqrt((cosines**2).mean())


@exercise.wrong("1 / √d is returned for the spread, which is right for independent entries of mean 0 alone")
def by_the_rule(vectors):
    return above(unit(vectors) @ unit(vectors).T).mean(), vectors.shape[-1] ** -0.5


@exercise.wrong("the spread runs over both triangles and the diagonal, and the mean does not")
def spread_with_diagonal(vectors):
    table = unit(vectors) @ unit(vectors).T
    return above(table).mean(), table.std()


@exercise.wrong("the median is returned, and not the mean")
def median(vectors):
    cosines = above(unit(vectors) @ unit(vectors).T)
    return np.median(cosines), cosines.std()


@exercise.wrong("the two numbers are in the wrong order: the mean comes first")
def swapped(vectors):
    return both(above(unit(vectors) @ unit(vectors).T))[::-1]


@exercise.wrong("the mean is returned alone, and two numbers are asked for")
def mean_alone(vectors):
    return above(unit(vectors) @ unit(vectors).T).mean()


@exercise.wrong("the angles are returned in degrees, and not their cosines")
def degrees(vectors):
    return both(np.degrees(np.arccos(np.clip(above(unit(vectors) @ unit(vectors).T), -1, 1))))


@exercise.wrong("pairs with a cosine of 1 are left out, as if each were a row with itself")
def alike_left_out(vectors):
    cosines = above(unit(vectors) @ unit(vectors).T)
    kept = cosines[cosines < 1 - 1e-9]
    return both(kept) if len(kept) else (1.0, 0.0)


@exercise.wrong("the rows are divided by their lengths in place, which changes the caller's array")
def in_place(vectors):
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    return both(above(vectors @ vectors.T))


@exercise.wrong("the sum of the cosines is returned, and not their mean")
def summed(vectors):
    cosines = above(unit(vectors) @ unit(vectors).T)
    return cosines.sum(), cosines.std()


@exercise.right
def by_a_mask(vectors):
    table = unit(vectors) @ unit(vectors).T
    return both(table[~np.eye(len(vectors), dtype=bool)])


@exercise.right
def by_a_loop(vectors):
    cosines = []
    for i in range(len(vectors)):
        for j in range(i):
            lengths = np.sqrt(vectors[i] @ vectors[i]) * np.sqrt(vectors[j] @ vectors[j])
            cosines.append(vectors[i] @ vectors[j] / lengths)
    return [np.mean(cosines), np.std(cosines)]
