import torch

from autograder.authoring import Exercise, Number


def layer_size(d_model, n_heads, n_kv_heads, bias):
    """How many numbers a layer of attention learns whose query heads share keys and values.

    All of W_Q, W_K, W_V and W_O. There are n_heads heads of queries, and each head is d_head =
    d_model / n_heads wide. There are n_kv_heads heads of keys, and as many of values, of the
    same width d_head: n_heads / n_kv_heads neighbouring query heads use the same keys and
    values (grouped-query attention, Ainslie et al. 2023). Where n_kv_heads is n_heads, nothing
    is shared, and the layer is that of Vaswani et al. 2017, section 3.2.2. Each query head
    gives an output of its own. All these stand side by side before W_O. The layer reads and
    returns d_model features.

    Parameters
    ----------
    d_model : the number of features, a whole number of at least 1.
    n_heads : the number of query heads, a whole number of at least 1.
    n_kv_heads : the number of heads of keys, and of values, a whole number of at least 1.
    bias : True where each of the four products has a bias added to it, one number for each
        column of its matrix.

    Returns
    -------
    a whole number, computed from the arguments. No layer needs to be built: one draws random
    numbers for its entries, and the global random state has to stay as it is.

    Raises
    ------
    ValueError : where d_model is not divisible by n_heads, or n_heads not by n_kv_heads.
    """
    if d_model % n_heads or n_heads % n_kv_heads:
        raise ValueError(
            f"d_model must be divisible by n_heads, and n_heads by n_kv_heads, found {d_model}, {n_heads} and {n_kv_heads}"
        )
    d_kv = d_model // n_heads * n_kv_heads  # columns of W_K, and of W_V
    rows = d_model + 1 if bias else d_model  # a bias is one row more
    return 2 * rows * (d_model + d_kv)


def inputs(draw):
    yield "values", sizes(2, 1, 1), "two features, a single head"
    yield "values", sizes(6, 2, 2), "six features, two heads, nothing shared"
    yield "values", sizes(6, 3, 3), "six features, three heads, nothing shared"
    yield "values", drawn(draw, shared_by=1), "several heads, nothing shared"
    yield "values", sizes(8, 8, 8), "as many heads as features, nothing shared"
    yield "values", sizes(15, 3, 3), "15 features, three heads, nothing shared"
    yield "shared", sizes(4, 2, 1), "two query heads that share keys and values"
    yield "shared", sizes(12, 6, 2), "six query heads, two of keys and values"
    yield "shared", sizes(12, 6, 3), "six query heads, three of keys and values"
    yield "shared", drawn(draw, shared_by=3), "groups of three query heads"
    yield "shared", sizes(4096, 32, 8), "4096 features, 32 query heads, 8 of keys and values"
    yield "bias", sizes(2, 1, 1, bias=True), "two features, a single head, with biases"
    yield "bias", sizes(6, 3, 3, bias=True), "six features, three heads, with biases"
    yield "bias", sizes(12, 6, 2, bias=True), "six query heads, two of keys and values, with biases"
    yield "bias", drawn(draw, shared_by=2, bias=True), "groups of two query heads, with biases"
    yield "errors", sizes(8, 3, 3), "8 features for 3 heads", "ValueError"
    yield "errors", sizes(10, 4, 2), "10 features for 4 heads", "ValueError"
    yield "errors", sizes(4, 8, 2, bias=True), "4 features for 8 heads", "ValueError"
    yield "errors", sizes(15, 3, 2), "3 query heads, 2 of keys and values", "ValueError"
    yield "errors", sizes(12, 4, 3), "4 query heads, 3 of keys and values", "ValueError"
    yield "errors", sizes(12, 2, 4), "2 query heads, 4 of keys and values", "ValueError"


def sizes(d_model, n_heads, n_kv_heads, bias=False):
    return {"d_model": d_model, "n_heads": n_heads, "n_kv_heads": n_kv_heads, "bias": bias}


def drawn(draw, shared_by, bias=False):
    numbers = draw()
    n_heads = shared_by * numbers["n_kv_heads"]
    return sizes(numbers["d_model"] * n_heads, n_heads, numbers["n_kv_heads"], bias)


exercise = Exercise(
    layer_size,
    points={"values": 1, "shared": 1, "bias": 1, "errors": 1},
    takes={
        "d_model": Number(lambda rng: int(rng.choice([5, 7, 10]))),
        "n_heads": None,
        "n_kv_heads": Number(lambda rng: int(rng.choice([2, 3, 4]))),
        "bias": None,
    },
    gives=("",),
    inputs=inputs,
    difficulty=2,
    minutes=5,
    hints=(
        "What shape is W_Q? It holds the columns of all query heads: how many columns has one head, and how many are there in "
        "all?",
        "W_K has d_model rows too, for every head reads all features. It has the columns of fewer heads. How many?",
        "W_O takes the outputs of all heads. How many heads give an output: as many as there are queries, or as there are keys?",
        "W_Q and W_O are d_model by d_model, W_K and W_V are d_model by n_kv_heads · d_head. A bias has one number a column. "
        "Check both divisions first.",
    ),
)


def checked(d_model, n_heads, n_kv_heads):
    """The width of one head."""
    if d_model % n_heads or n_heads % n_kv_heads:
        raise ValueError("sizes must be divisible")
    return d_model // n_heads


def counted(d_model, columns, bias):
    """Numbers of matrices with d_model rows and these numbers of columns, and of their biases."""
    return sum(d_model * c + (c if bias else 0) for c in columns)


# -- what is shared ----------------------------------------------------------------------------------------------------


@exercise.wrong("n_kv_heads is ignored: W_K and W_V are counted as wide as W_Q")
def nothing_shared(d_model, n_heads, n_kv_heads, bias):
    checked(d_model, n_heads, n_kv_heads)
    return counted(d_model, [d_model] * 4, bias)


@exercise.wrong("W_K and W_V are counted for one head only, whatever n_kv_heads is")
def one_pair(d_model, n_heads, n_kv_heads, bias):
    d_head = checked(d_model, n_heads, n_kv_heads)
    return counted(d_model, [d_model, d_head, d_head, d_model], bias)


@exercise.wrong("the keys are shared and the values are not: W_V is counted as wide as W_Q")
def values_not_shared(d_model, n_heads, n_kv_heads, bias):
    d_kv = checked(d_model, n_heads, n_kv_heads) * n_kv_heads
    return counted(d_model, [d_model, d_kv, d_model, d_model], bias)


@exercise.wrong("W_Q or W_O is counted for n_kv_heads heads: there are n_heads heads of queries, and as many outputs")
def small_w_o(d_model, n_heads, n_kv_heads, bias):
    d_kv = checked(d_model, n_heads, n_kv_heads) * n_kv_heads
    return counted(d_model, [d_model, d_kv, d_kv], bias) + d_kv * d_model + (d_model if bias else 0)


@exercise.wrong("all four matrices are counted for n_kv_heads heads: the queries, and what W_O takes, are not shared")
def all_shared(d_model, n_heads, n_kv_heads, bias):
    d_kv = checked(d_model, n_heads, n_kv_heads) * n_kv_heads
    return counted(d_model, [d_kv] * 3, bias) + d_kv * d_model + (d_model if bias else 0)


@exercise.wrong("n_kv_heads is taken for the number of query heads that share a pair: it is the number of pairs")
def number_taken_for_group(d_model, n_heads, n_kv_heads, bias):
    d_head = checked(d_model, n_heads, n_kv_heads)
    d_kv = d_head * (n_heads // n_kv_heads)
    return counted(d_model, [d_model, d_kv, d_kv, d_model], bias)


@exercise.wrong("the width of a head is taken for d_model / n_kv_heads: it is d_model / n_heads for keys and values, too")
def wide_heads(d_model, n_heads, n_kv_heads, bias):
    checked(d_model, n_heads, n_kv_heads)
    wide = d_model // n_kv_heads * n_heads
    return counted(d_model, [wide, d_model, d_model], bias) + wide * d_model + (d_model if bias else 0)


@exercise.wrong("W_K and W_V are counted once for each query head: heads that share them use the same numbers")
def counted_again(d_model, n_heads, n_kv_heads, bias):
    d_kv = checked(d_model, n_heads, n_kv_heads) * n_kv_heads
    return counted(d_model, [d_model, d_model] + 2 * n_heads * [d_kv], bias)


# -- the four matrices -------------------------------------------------------------------------------------------------


@exercise.wrong("every head is given d_model columns of its own, so more heads mean more parameters")
def each_head_full_width(d_model, n_heads, n_kv_heads, bias):
    checked(d_model, n_heads, n_kv_heads)
    columns = [n_heads * d_model, n_kv_heads * d_model, n_kv_heads * d_model]
    return counted(d_model, columns, bias) + n_heads * d_model**2 + (d_model if bias else 0)


@exercise.wrong("W_Q, W_K and W_V are counted with d_model columns for every head, and W_O once")
def only_w_o_once(d_model, n_heads, n_kv_heads, bias):
    checked(d_model, n_heads, n_kv_heads)
    return counted(d_model, [n_heads * d_model, n_kv_heads * d_model, n_kv_heads * d_model, d_model], bias)


@exercise.wrong("one head is counted instead of all of them: d_model times d_head for each matrix")
def one_head(d_model, n_heads, n_kv_heads, bias):
    d_head = checked(d_model, n_heads, n_kv_heads)
    return 4 * d_model * d_head + (3 * d_head + d_model if bias else 0)


@exercise.wrong("W_O is left out: only W_Q, W_K and W_V are counted")
def no_w_o(d_model, n_heads, n_kv_heads, bias):
    d_kv = checked(d_model, n_heads, n_kv_heads) * n_kv_heads
    return counted(d_model, [d_model, d_kv, d_kv], bias)


@exercise.wrong("W_O is taken for d_head by d_model, as if the heads were averaged and not put side by side")
def averaged_heads(d_model, n_heads, n_kv_heads, bias):
    d_head = checked(d_model, n_heads, n_kv_heads)
    d_kv = d_head * n_kv_heads
    return counted(d_model, [d_model, d_kv, d_kv], bias) + d_head * d_model + (d_model if bias else 0)


@exercise.wrong("each head is counted as if it read a slice of d_head features: it reads all d_model of them")
def slices(d_model, n_heads, n_kv_heads, bias):
    d_head = checked(d_model, n_heads, n_kv_heads)
    heads = n_heads + 2 * n_kv_heads
    return heads * (d_head**2 + (d_head if bias else 0)) + counted(d_model, [d_model], bias)


@exercise.wrong("one matrix is counted for keys and values together: each has its own")
def one_matrix_for_both(d_model, n_heads, n_kv_heads, bias):
    d_kv = checked(d_model, n_heads, n_kv_heads) * n_kv_heads
    return counted(d_model, [d_model, d_kv, d_model], bias)


# -- the biases --------------------------------------------------------------------------------------------------------


@exercise.wrong("`bias` is ignored and no bias is counted")
def bias_ignored(d_model, n_heads, n_kv_heads, bias):
    return layer_size(d_model, n_heads, n_kv_heads, False)


@exercise.wrong("biases are counted, asked for or not")
def always_bias(d_model, n_heads, n_kv_heads, bias):
    return layer_size(d_model, n_heads, n_kv_heads, True)


@exercise.wrong("`bias` is read the wrong way round: the biases are counted where it is False")
def bias_inverted(d_model, n_heads, n_kv_heads, bias):
    return layer_size(d_model, n_heads, n_kv_heads, not bias)


def with_biases(number):
    """An answer that is right without biases; number(d_model, n_heads, n_kv_heads, d_head) is what it adds for them."""

    def answer(d_model, n_heads, n_kv_heads, bias):
        d_head = checked(d_model, n_heads, n_kv_heads)
        extra = number(d_model, n_heads, n_kv_heads, d_head) if bias else 0
        return layer_size(d_model, n_heads, n_kv_heads, False) + extra

    return answer


@exercise.wrong(
    "all four biases are counted with d_model numbers: a bias has one a column, and W_K and W_V have fewer columns"
)
def four_wide_biases(d_model, n_heads, n_kv_heads, bias):
    return with_biases(lambda d, h, kv, w: 4 * d)(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("a bias is counted for W_Q, W_K and W_V, and none for W_O")
def no_bias_for_w_o(d_model, n_heads, n_kv_heads, bias):
    return with_biases(lambda d, h, kv, w: d + 2 * kv * w)(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("one bias is counted for the whole layer instead of one for each matrix")
def single_bias(d_model, n_heads, n_kv_heads, bias):
    return with_biases(lambda d, h, kv, w: d)(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("a bias is counted as a single number for each matrix instead of one number a column")
def bias_of_one_number(d_model, n_heads, n_kv_heads, bias):
    return with_biases(lambda d, h, kv, w: 4)(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("the biases of W_Q, W_K and W_V are counted for one head each")
def bias_of_one_head(d_model, n_heads, n_kv_heads, bias):
    return with_biases(lambda d, h, kv, w: 3 * w + d)(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("a bias is counted as one number for each head instead of one number a column")
def bias_of_heads(d_model, n_heads, n_kv_heads, bias):
    return with_biases(lambda d, h, kv, w: h + 2 * kv + d)(d_model, n_heads, n_kv_heads, bias)


# -- errors ------------------------------------------------------------------------------------------------------------


@exercise.wrong("nothing checks the divisions")
def no_check(d_model, n_heads, n_kv_heads, bias):
    d_kv = d_model // n_heads * n_kv_heads
    return counted(d_model, [d_model, d_kv, d_kv, d_model], bias)


@exercise.wrong("n_heads is not checked to be divisible by n_kv_heads")
def groups_not_checked(d_model, n_heads, n_kv_heads, bias):
    if d_model % n_heads:
        raise ValueError("features")
    return no_check(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("d_model is not checked to be divisible by n_heads")
def features_not_checked(d_model, n_heads, n_kv_heads, bias):
    if n_heads % n_kv_heads:
        raise ValueError("groups")
    return no_check(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("d_model is checked to be divisible by n_kv_heads: it is n_heads that is divided into groups")
def features_checked_twice(d_model, n_heads, n_kv_heads, bias):
    if d_model % n_heads or d_model % n_kv_heads:
        raise ValueError("features")
    return no_check(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("an error is raised where there are too few features or query heads, and not where a division leaves a rest")
def too_few_refused(d_model, n_heads, n_kv_heads, bias):
    if d_model < n_heads or n_heads < n_kv_heads:
        raise ValueError("too few")
    return no_check(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("an odd d_model raises an error, though it is divisible by n_heads")
def odd_refused(d_model, n_heads, n_kv_heads, bias):
    if d_model % 2:
        raise ValueError("odd")
    return layer_size(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("the error for sizes that are not divisible is a TypeError: it should be a ValueError")
def other_error(d_model, n_heads, n_kv_heads, bias):
    if d_model % n_heads or n_heads % n_kv_heads:
        raise TypeError("not divisible")
    return no_check(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("`assert` makes the check, and raises AssertionError instead of ValueError")
def asserted(d_model, n_heads, n_kv_heads, bias):
    assert d_model % n_heads == n_heads % n_kv_heads == 0, "not divisible"
    return no_check(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("None is returned for sizes that are not divisible, and nothing is raised")
def returns_none(d_model, n_heads, n_kv_heads, bias):
    return None if d_model % n_heads or n_heads % n_kv_heads else no_check(d_model, n_heads, n_kv_heads, bias)


@exercise.wrong("random numbers are drawn, as when a layer is built to be counted, and the global random state moves")
def layer_built(d_model, n_heads, n_kv_heads, bias):
    torch.rand(1)
    return layer_size(d_model, n_heads, n_kv_heads, bias)


# -- right answers -----------------------------------------------------------------------------------------------------


@exercise.right
def head_by_head(d_model, n_heads, n_kv_heads, bias):
    d_head = checked(d_model, n_heads, n_kv_heads)
    total = 0
    for _ in range(n_heads + 2 * n_kv_heads):
        total += d_model * d_head
        if bias:
            total += d_head
    return total + n_heads * d_head * d_model + bool(bias) * d_model


@exercise.right
def matrix_by_matrix(d_model, n_heads, n_kv_heads, bias):
    if d_model % n_heads != 0:
        raise ValueError("d_model")
    if n_heads % n_kv_heads != 0:
        raise ValueError("n_kv_heads")
    d_kv = n_kv_heads * (d_model // n_heads)
    shapes = [(d_model, d_model), (d_model, d_kv), (d_model, d_kv), (d_model, d_model)]
    return sum(rows * columns + (columns if bias else 0) for rows, columns in shapes)


@exercise.right
def share_of_the_whole(d_model, n_heads, n_kv_heads, bias):
    checked(d_model, n_heads, n_kv_heads)
    whole = 4 * d_model * (d_model + 1 if bias else d_model)
    return whole * (n_heads + n_kv_heads) // (2 * n_heads)


@exercise.right
def counted_on_shapes(d_model, n_heads, n_kv_heads, bias):
    d_kv = checked(d_model, n_heads, n_kv_heads) * n_kv_heads
    rows = d_model + int(bias)
    return sum(torch.empty(rows, columns, device="meta").numel() for columns in (d_model, d_kv, d_kv, d_model))
