import torch

from autograder.authoring import Exercise, Number


def parameter_count(d_model, n_heads, bias):
    """How many numbers a layer of multi-head attention learns: all of W_Q, W_K, W_V and W_O.

    Every head has d_k = d_v = d_head = d_model / n_heads, as in Vaswani et al. 2017, section 3.2.2.
    W_Q, W_K and W_V hold the columns of all heads. The layer reads and returns d_model features.

    Parameters
    ----------
    d_model : the number of features, a whole number of at least 1.
    n_heads : the number of heads, a whole number of at least 1.
    bias : True where each of the four products has a bias added to it, one number for each column
        of its matrix.

    Returns
    -------
    a whole number, computed from the arguments. No layer needs to be built: one draws random
    numbers for its entries, and the global random state has to stay as it is. So
    `torch.nn.MultiheadAttention` does not count.

    Raises
    ------
    ValueError : where d_model is not divisible by n_heads.
    """
    if d_model % n_heads:
        raise ValueError(f"d_model must be divisible by n_heads, found d_model {d_model} and n_heads {n_heads}")
    return 4 * d_model * d_model + (4 * d_model if bias else 0)


def inputs(draw):
    yield "values", sizes(2, 1, bias=False), "two features, a single head"
    yield "values", sizes(6, 2, bias=False), "six features, two heads"
    yield "values", sizes(6, 3, bias=False), "six features, three heads"
    yield "values", drawn(draw, bias=False), "several heads"
    yield "values", drawn(draw, bias=False), "more features"
    yield "values", sizes(8, 8, bias=False), "as many heads as features"
    yield "bias", sizes(2, 1, bias=True), "two features, a single head, with biases"
    yield "bias", sizes(6, 2, bias=True), "six features, two heads, with biases"
    yield "bias", drawn(draw, bias=True), "several heads, with biases"
    yield "bias", sizes(384, 12, bias=True), "384 features, 12 heads, with biases"
    yield "values", sizes(15, 3, bias=False), "15 features, three heads"
    yield "errors", sizes(8, 3, bias=False), "8 features for 3 heads", "ValueError"
    yield "errors", sizes(10, 4, bias=False), "10 features for 4 heads", "ValueError"
    yield "errors", sizes(4, 8, bias=True), "4 features for 8 heads", "ValueError"
    yield "errors", sizes(9, 2, bias=False), "9 features for 2 heads", "ValueError"


def sizes(d_model, n_heads, bias):
    return {"d_model": d_model, "n_heads": n_heads, "bias": bias}


def drawn(draw, bias):
    numbers = draw()
    return sizes(numbers["d_model"] * numbers["n_heads"], numbers["n_heads"], bias)


exercise = Exercise(
    parameter_count,
    points={"values": 2, "bias": 1, "errors": 1},
    takes={
        "d_model": Number(lambda rng: int(rng.choice([5, 6, 7, 10]))),
        "n_heads": Number(lambda rng: int(rng.choice([2, 3, 4]))),
        "bias": None,
    },
    ready_made=("torch.nn.MultiheadAttention",),
    gives=("",),
    inputs=inputs,
    difficulty=1,
    minutes=4,
    hints=(
        "What shape is W_Q? It holds the columns of all heads: how many columns has one head, and how many are there in all?",
        "n_heads heads of d_model / n_heads columns each make d_model columns. What shape has W_O, which takes all heads and "
        "returns d_model features?",
        "All four matrices have the same shape, and so do their biases, one number a column. Check divisibility first.",
    ),
)


def checked(d_model, n_heads):
    """The width of one head."""
    if d_model % n_heads:
        raise ValueError("d_model must be divisible by n_heads")
    return d_model // n_heads


@exercise.wrong("every head is given d_model columns of its own, so more heads mean more parameters")
def each_head_full_width(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * n_heads * d_model**2 + (4 * n_heads * d_model if bias else 0)


@exercise.wrong("W_Q, W_K and W_V are counted at full width for every head, and W_O once")
def only_w_o_shared(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return (3 * n_heads + 1) * d_model**2 + ((3 * n_heads + 1) * d_model if bias else 0)


@exercise.wrong("one head is counted instead of all of them: d_model times d_head for each matrix")
def one_head(d_model, n_heads, bias):
    d_head = checked(d_model, n_heads)
    return 4 * d_model * d_head + (3 * d_head + d_model if bias else 0)


@exercise.wrong("one head's W_Q, W_K and W_V are counted, but the W_O of all heads")
def one_head_and_w_o(d_model, n_heads, bias):
    d_head = checked(d_model, n_heads)
    return 3 * d_model * d_head + d_model**2 + (3 * d_head + d_model if bias else 0)


@exercise.wrong("W_O is left out: only W_Q, W_K and W_V are counted")
def no_w_o(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 3 * d_model**2 + (3 * d_model if bias else 0)


@exercise.wrong("W_O is taken for d_head by d_model, as if the heads were averaged and not put side by side")
def small_w_o(d_model, n_heads, bias):
    d_head = checked(d_model, n_heads)
    return 3 * d_model**2 + d_head * d_model + (4 * d_model if bias else 0)


@exercise.wrong("a single matrix is counted instead of four")
def one_matrix(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return d_model**2 + (d_model if bias else 0)


@exercise.wrong("W_Q, W_K and W_V are counted for one head only, or as if each head read a slice of d_head features")
def slices(d_model, n_heads, bias):
    d_head = checked(d_model, n_heads)
    return 3 * n_heads * d_head**2 + d_model**2 + (4 * d_model if bias else 0)


@exercise.wrong("`bias` is ignored and no bias is counted")
def bias_ignored(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * d_model**2


@exercise.wrong("biases are counted, asked for or not")
def always_bias(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * d_model**2 + 4 * d_model


@exercise.wrong("a bias is counted for W_Q, W_K and W_V, and none for W_O")
def no_bias_for_w_o(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * d_model**2 + (3 * d_model if bias else 0)


@exercise.wrong("one bias is counted for the whole layer instead of one for each matrix")
def single_bias(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * d_model**2 + (d_model if bias else 0)


@exercise.wrong("a bias is counted as a single number for each matrix instead of one number a column")
def bias_of_one_number(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * d_model**2 + (4 if bias else 0)


@exercise.wrong("the biases of W_Q, W_K and W_V are counted for one head only")
def bias_of_one_head(d_model, n_heads, bias):
    d_head = checked(d_model, n_heads)
    return 4 * d_model**2 + (3 * d_head + d_model if bias else 0)


@exercise.wrong("a bias is counted as one number for each head of each matrix instead of one number a column")
def bias_of_heads(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * d_model**2 + (4 * n_heads if bias else 0)


@exercise.wrong("`bias` is read the wrong way round: the biases are counted where it is False")
def bias_inverted(d_model, n_heads, bias):
    return parameter_count(d_model, n_heads, not bias)


@exercise.wrong("the bias is added to d_model before it is squared: it has one number a column, and no column of its own")
def bias_squared(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * (d_model + bool(bias)) ** 2


@exercise.wrong("two matrices are counted instead of four")
def two_matrices(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 2 * d_model**2 + (2 * d_model if bias else 0)


@exercise.wrong("an odd d_model raises an error, though it is divisible by n_heads")
def odd_refused(d_model, n_heads, bias):
    if d_model % 2 or d_model % n_heads:
        raise ValueError("odd")
    return 4 * d_model**2 + (4 * d_model if bias else 0)


@exercise.wrong("an error is raised where d_model is smaller than n_heads, and not where it is merely not divisible")
def too_many_heads_refused(d_model, n_heads, bias):
    if d_model < n_heads:
        raise ValueError("too many heads")
    return 4 * d_model**2 + (4 * d_model if bias else 0)


@exercise.wrong("the error for a d_model that is not divisible by n_heads is a TypeError: it should be a ValueError")
def other_error(d_model, n_heads, bias):
    if d_model % n_heads:
        raise TypeError("not divisible")
    return 4 * d_model**2 + (4 * d_model if bias else 0)


@exercise.wrong("random numbers are drawn, as when a layer is built to be counted, and the global random state moves")
def layer_built(d_model, n_heads, bias):
    torch.rand(1)
    return parameter_count(d_model, n_heads, bias)


@exercise.wrong("nothing checks that d_model is divisible by n_heads")
def no_check(d_model, n_heads, bias):
    return 4 * d_model**2 + (4 * d_model if bias else 0)


@exercise.wrong("`assert` makes the check, and raises AssertionError instead of ValueError")
def asserted(d_model, n_heads, bias):
    assert d_model % n_heads == 0, "d_model must be divisible by n_heads"
    return 4 * d_model**2 + (4 * d_model if bias else 0)


@exercise.wrong("None is returned where d_model is not divisible by n_heads, and nothing is raised")
def returns_none(d_model, n_heads, bias):
    return None if d_model % n_heads else 4 * d_model**2 + (4 * d_model if bias else 0)


@exercise.right
def head_by_head(d_model, n_heads, bias):
    d_head = checked(d_model, n_heads)
    total = 0
    for _ in range(n_heads):
        for _ in "qkv":
            total += d_model * d_head
            if bias:
                total += d_head
    return total + n_heads * d_head * d_model + bool(bias) * d_model


@exercise.right
def factored(d_model, n_heads, bias):
    checked(d_model, n_heads)
    return 4 * d_model * (d_model + int(bias))


@exercise.right
def with_a_row_of_ones(d_model, n_heads, bias):
    d_head = checked(d_model, n_heads)
    rows = d_model + 1 if bias else d_model
    return 3 * rows * n_heads * d_head + rows * d_model


@exercise.right
def counted_on_arrays(d_model, n_heads, bias):
    checked(d_model, n_heads)
    matrix = [1] * d_model * d_model + [1] * (d_model if bias else 0)
    return 4 * sum(matrix)
