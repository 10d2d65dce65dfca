import numpy as np

from autograder.authoring import Exercise


def solve_the_cycle():
    """Give W_Q and W_K with which each of rock, paper and scissors attends to the one it beats.

    The embeddings are given: X = np.eye(3). Row 0 is rock, row 1 is paper, row 2 is scissors. Rock
    beats scissors, paper beats rock, scissors beats paper. The scores are S = (X w_q)(X w_k)ᵀ, row
    i for token i as the query. Nothing is masked: a token may attend to itself.

    Returns
    -------
    w_q : numpy array (3, d_k)
    w_k : numpy array (3, d_k), with any d_k from 2 to 8. Numbers are finite and not above 1000 in
        size.

    Checked: "attends" is earned where the largest score of each row is that of the token it beats,
    by more than 0.001; "clear lead" where it leads each other score of the row by at least 1
    (0.000001 less is let pass).
    """
    w_q = np.roll(np.eye(3), -1, axis=1)  # (3, d_k)
    w_k = np.eye(3)  # (3, d_k)
    return w_q, w_k


def scores_of(result):
    """The scores that two matrices give, or in words why there are none."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return "it should be two arrays, w_q and w_k"
    if not all(isinstance(w, np.ndarray) and w.dtype.kind in "iuf" for w in result):
        return "w_q and w_k should be numpy arrays of numbers"
    shapes = f"w_q has shape {result[0].shape} and w_k has shape {result[1].shape}"
    if any(w.ndim != 2 or w.shape[0] != 3 for w in result):
        return f"each matrix needs two dimensions and 3 rows, for d_model is 3; {shapes}"
    if result[0].shape != result[1].shape or not 2 <= result[0].shape[1] <= 8:
        return f"w_q and w_k need the same number of columns, d_k, from 2 to 8; {shapes}"
    w_q, w_k = (w.astype(np.float64) for w in result)
    if not (np.isfinite(w_q).all() and np.isfinite(w_k).all()):
        return "w_q or w_k holds numbers that are not finite"
    if max(np.abs(w_q).max(), np.abs(w_k).max()) > 1000:
        return "w_q or w_k holds a number above 1000 in size"
    return w_q @ w_k.T


def row_of(scores, i):
    """Row i in words, with as many digits as it takes to tell different scores apart."""
    for digits in (4, 6, 9, 17):
        texts = [f"{score:.{digits}g}" for score in scores[i]]
        if len(set(texts)) == len(set(scores[i].tolist())):
            break
    return ", ".join(f"{name} {text}" for name, text in zip(("rock", "paper", "scissors"), texts, strict=True))


def attends(result):
    """Each row's largest score is that of the token it beats, by more than 0.001."""
    scores = scores_of(result)
    if isinstance(scores, str):
        return scores
    if np.abs(scores).max() == 0:
        return "all scores are 0"
    names, beats = ("rock", "paper", "scissors"), (2, 0, 1)
    leads = [scores[i, j] - np.delete(scores[i], j).max() for i, j in enumerate(beats)]
    wrong = [i for i in range(3) if not leads[i] > 0.001]
    if not wrong:
        return ""
    i = wrong[0]
    top = int(scores[i].argmax())
    said = f"{names[i]} should attend to {names[beats[i]]}, but its scores are {row_of(scores, i)}"
    if len(wrong) == 3 and all(scores[i].argmax() == beats.index(i) for i in range(3)):
        return (
            said
            + ". Each token attends to the one that beats it: the direction is reversed. Only w_q w_kᵀ counts: what happens when the two trade places?"
        )
    if np.allclose(scores, scores.T, rtol=0, atol=1e-6):
        return said + ". The scores are symmetric, so going round the cycle cannot work"
    if top == i and all(scores[j].argmax() == j for j in wrong):
        return said + ". It attends to itself"
    return said


def clear_lead(result):
    """It leads each other score of its row by at least 1, less 0.000001."""
    said = attends(result)
    if said:
        return said
    scores = scores_of(result)
    leads = [scores[i, j] - np.delete(scores[i], j).max() for i, j in enumerate((2, 0, 1))]
    smallest = int(np.argmin(leads))
    if leads[smallest] >= 1 - 1e-6:
        return ""
    name = ("rock", "paper", "scissors")[smallest]
    return (
        f"{name} attends to the right token, but with the scores {row_of(scores, smallest)} that leads the next by "
        f"{leads[smallest]:.4g} only, and 1 is asked for"
    )


def inputs(draw):
    yield "attends", {}, "the scores of rock, paper and scissors"
    yield "clear lead", {}, "by how much the right scores lead"


exercise = Exercise(
    solve_the_cycle,
    points={"attends": 4, "clear lead": 1},
    takes={},
    gives=(),
    inputs=inputs,
    difficulty=2,
    minutes=10,
    hints=(
        "X is the identity, so row i of w_q is the query of token i, and row j of w_k is the key of token j. The rows are yours "
        "to choose.",
        "Give the three keys directions that have nothing to do with each other: then a query can match one of them alone.",
        "With w_k the identity, the scores are w_q itself. Which entry of each row must be the largest?",
    ),
    verifiers={"attends": attends, "clear lead": clear_lead},
)


@exercise.wrong("one matrix serves for queries and keys, so the scores are symmetric")
def one_matrix():
    w = np.array([[1.0, 0.0, 2.0], [2.0, 1.0, 0.0], [0.0, 2.0, 1.0]])
    return w, w


@exercise.wrong("both matrices are the identity, so each token attends to itself alone")
def identity():
    return np.eye(3), np.eye(3)


@exercise.wrong("each token attends to the one that beats it: the direction of the cycle is reversed")
def reversed_direction():
    return np.roll(np.eye(3), 1, axis=1), np.eye(3)


@exercise.wrong("queries and keys are swapped, which reverses the cycle")
def swapped():
    return 2 * np.eye(3), np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@exercise.wrong("rock and scissors both look for paper, so only two of the three are right")
def two_of_three():
    return np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])


@exercise.wrong("the right scores lead, but by less than 1")
def small_lead():
    return 0.1 * np.roll(np.eye(3), -1, axis=1), np.eye(3)


@exercise.wrong("both matrices are all zeros")
def zeros():
    return np.zeros((3, 3)), np.zeros((3, 3))


@exercise.wrong("every entry is the same, so all scores of a row tie")
def ones():
    return np.ones((3, 2)), np.ones((3, 2))


@exercise.wrong("only one matrix is returned")
def one_result():
    return np.roll(np.eye(3), -1, axis=1)


@exercise.wrong("the scores are returned instead of the two matrices that give them")
def scores_returned():
    return [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


@exercise.wrong("nested lists are returned instead of numpy arrays")
def lists():
    return [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


@exercise.wrong("w_k is given as (d_k, 3), already transposed")
def transposed_keys():
    return np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.array([[0.0, -1.0, 1.0], [1.0, -1.0, 0.0]])


@exercise.wrong("queries and keys have different lengths")
def different_d_k():
    return np.roll(np.eye(3), -1, axis=1), np.eye(3)[:, :2]


@exercise.wrong("d_k is 1: with one number each, only the largest and the smallest key can ever have the largest score")
def one_column():
    return np.array([[1.0], [-1.0], [0.5]]), np.array([[-2.0], [0.0], [2.0]])


@exercise.wrong("the lead is forced by numbers as large as 10⁹")
def huge():
    return 1e9 * np.roll(np.eye(3), -1, axis=1), np.eye(3)


@exercise.right
def keys_chosen_instead():
    return np.eye(3), 5 * np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])


@exercise.right
def two_dimensions():
    angles = 2 * np.pi * np.arange(3) / 3
    circle = 3 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return circle[[2, 0, 1]], circle


@exercise.right
def whole_numbers():
    return [np.array([[-3, 3, 3], [3, -3, 3], [3, 3, -3]])[[2, 0, 1]], -np.eye(3, dtype=int)]


@exercise.right
def single_precision():
    w_q = np.asfortranarray(np.array([[0, 0, 2], [2, 0, 0], [0, 2, 0]], np.float32))
    return w_q, np.eye(3, dtype=np.float32)


@exercise.right
def from_a_wish():
    wish = np.array([[-1.0, 0.0, 4.0], [4.0, -1.0, 0.0], [0.0, 4.0, -1.0]])
    left, values, right = np.linalg.svd(wish)
    return left * values, right.T
