import numpy as np

from autograder.authoring import Exercise


def solve_the_cycle():
    """Give W_Q and W_K with which each of rock, paper and scissors attends to the one it
    beats.

    The embeddings are given: X = np.eye(3). Row 0 is rock, row 1 is paper, row 2 is scissors.
    Rock beats scissors, paper beats rock, scissors beats paper. The scores are
    S = (X w_q)(X w_k)ᵀ, row i for token i as the query. Nothing is masked: a token may attend
    to itself.

    Returns
    -------
    w_q : numpy array (3, d_k)
    w_k : numpy array (3, d_k), with any d_k from 2 to 8. Numbers are finite and not above 1000
        in size.

    Checked: "attends" is earned where the largest score of each row is that of the token it
    beats, by more than 0.001; "clear lead" where it leads each other score of the row by at
    least 1 (0.000001 less is let pass).
    """
    w_q = np.roll(np.eye(3), -1, axis=1)  # (3, d_k)
    w_k = np.eye(3)  # (3, d_k)
    return w_q, w_k


def flaw(result):
    """What is wrong with the form of the two matrices, or ""."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return "not two"
    if not all(isinstance(w, np.ndarray) and w.dtype.kind in "iuf" for w in result):
        return "not numbers"
    w_q, w_k = (w.astype(np.float64) for w in result)
    shapes = {"w_q": str(w_q.shape), "w_k": str(w_k.shape)}
    if any(w.ndim != 2 or w.shape[0] != 3 for w in (w_q, w_k)):
        return "rows", shapes
    if w_q.shape != w_k.shape or not 2 <= w_q.shape[1] <= 8:
        return "columns", shapes
    if not (np.isfinite(w_q).all() and np.isfinite(w_k).all()):
        return "not finite"
    if max(np.abs(w_q).max(), np.abs(w_k).max()) > 1000:
        return "large"
    return ""


def scores_and_leads(result):
    """The scores (3, 3), and by how much the score of the token it beats leads the other scores of each row (3,)."""
    w_q, w_k = (w.astype(np.float64) for w in result)
    scores = w_q @ w_k.T
    return scores, [float(scores[i, j] - np.delete(scores[i], j).max()) for i, j in enumerate((2, 0, 1))]


def by_token(row):
    """The scores of a row as texts, with as many digits as it takes to tell different ones apart."""
    for digits in (4, 6, 9, 17):
        texts = [f"{score:.{digits}g}" for score in row]
        if len(set(texts)) == len(set(row.tolist())):
            break
    return dict(zip(("rock", "paper", "scissors"), texts, strict=True))


def attends(result):
    """Each row's largest score is that of the token it beats, by more than 0.001."""
    if wrong := flaw(result):
        return wrong
    scores, leads = scores_and_leads(result)
    if not scores.any():
        return "zeros"
    wrong = [i for i in range(3) if not leads[i] > 0.001]
    if not wrong:
        return ""
    row = ("rock", "paper", "scissors")[wrong[0]], by_token(scores[wrong[0]])
    largest = scores.argmax(axis=1)
    if (largest == (1, 2, 0)).all():
        return [row, "reversed"]
    if np.allclose(scores, scores.T, rtol=0, atol=1e-6):
        return [row, "symmetric"]
    if all(largest[i] == i for i in wrong):
        return [row, "itself"]
    return row


def clear_lead(result):
    """It leads each other score of its row by at least 1, less 0.000001."""
    if wrong := attends(result):
        return wrong
    scores, leads = scores_and_leads(result)
    smallest = int(np.argmin(leads))
    if leads[smallest] >= 1 - 1e-6:
        return ""
    token = ("rock", "paper", "scissors")[smallest]
    return f"{token} leads", {"lead": leads[smallest], **by_token(scores[smallest])}


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
    sentences={
        "not two": "it should be two arrays, w_q and w_k",
        "not numbers": "w_q and w_k should be numpy arrays of numbers",
        "rows": "each matrix needs two dimensions and 3 rows, for d_model is 3; w_q has shape {w_q} and w_k has shape {w_k}",
        "columns": "w_q and w_k need the same number of columns, d_k, from 2 to 8; w_q has shape {w_q} and w_k has "
        "shape {w_k}",
        "not finite": "w_q or w_k holds numbers that are not finite",
        "large": "w_q or w_k holds a number above 1000 in size",
        "zeros": "all scores are 0",
        "rock": "rock should attend to scissors, but its scores are rock {rock}, paper {paper}, scissors {scissors}",
        "paper": "paper should attend to rock, but its scores are rock {rock}, paper {paper}, scissors {scissors}",
        "scissors": "scissors should attend to paper, but its scores are rock {rock}, paper {paper}, scissors {scissors}",
        "reversed": "Each token attends to the one that beats it: the direction is reversed. Only w_q w_kᵀ counts: what "
        "happens when the two trade places?",
        "symmetric": "The scores are symmetric, so going round the cycle cannot work",
        "itself": "It attends to itself",
        "rock leads": "rock attends to the right token, but with the scores rock {rock}, paper {paper}, scissors "
        "{scissors} that leads the next by {lead:.4g} only, and 1 is asked for",
        "paper leads": "paper attends to the right token, but with the scores rock {rock}, paper {paper}, scissors "
        "{scissors} that leads the next by {lead:.4g} only, and 1 is asked for",
        "scissors leads": "scissors attends to the right token, but with the scores rock {rock}, paper {paper}, scissors "
        "{scissors} that leads the next by {lead:.4g} only, and 1 is asked for",
    },
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
