import numpy as np

from autograder.authoring import Exercise


def embed_the_cycle():
    """Embeddings of rock, paper and scissors with which at least two of the three attend to
    the token they beat.

    Rock beats scissors, paper beats rock, scissors beats paper. A token may not attend to
    itself. Of the two others it attends to the one whose dot product with it is larger.

    Returns
    -------
    numpy array (3, d) of numbers, floats or integers: rows 0, 1 and 2 embed rock, paper and
    scissors. d is yours to choose, from 1 to 64. Every entry is finite and no larger than 1000
    in absolute value.

    "two of three" counts the tokens whose score for the one they beat is above their score for
    the other. A lead below one millionth of the largest of the three scores in absolute value
    counts as a tie, and a tie is not right. "clear lead" asks for two such tokens with a lead
    of at least a twentieth of that largest score each.
    """
    rock, paper = np.eye(2)  # (2,) each: at right angles, so their score is 0
    scissors = rock + paper + paper  # (2,), its score is 1 with rock and 2 with paper
    return np.stack([rock, paper, scissors])  # (3, 2)


def flaw(result):
    """What is wrong with the form of the result, or "". A result of the right form has three rows and 1 to 64 columns of
    finite integers or floats of at most 1000 in absolute value."""
    if result is None:
        return "nothing"
    if not isinstance(result, np.ndarray):
        return "type", {"type": type(result).__name__}
    if result.dtype.kind not in "iuf":
        return "dtype", {"dtype": str(result.dtype)}
    if result.ndim != 2 or result.shape[0] != 3 or not 1 <= result.shape[1] <= 64:
        return "shape", {"shape": str(result.shape)}
    if not np.isfinite(result).all():
        return "not finite"
    if np.abs(result.astype(np.float64)).max() > 1000:
        return "large"
    return ""


def scores_and_leads(result):
    """The scores of rock with paper, rock with scissors and paper with scissors, and the leads of rock, paper and scissors:
    the score with the token it beats minus the score with the other, in units of the largest of the three."""
    x = result.astype(np.float64)
    scores = (x @ x.T)[[0, 0, 1], [1, 2, 2]]
    rock_paper, rock_scissors, paper_scissors = scores
    unit = max(np.abs(scores).max(), 1e-300)
    leads = np.array([rock_scissors - rock_paper, rock_paper - paper_scissors, paper_scissors - rock_scissors]) / unit
    return np.where(np.abs(scores) < 1e-9 * unit, 0.0, scores), leads  # what rounding leaves of 0 reads as 0


def two_of_three(result):
    """At least two leads of one millionth of the largest score or more."""
    if wrong := flaw(result):
        return wrong
    scores, leads = scores_and_leads(result)
    count = (leads >= 1e-6).sum()
    if count >= 2:
        return ""
    pairs = ("rock_paper", "rock_scissors", "paper_scissors")
    return ["one right" if count else "none right", ("scores", dict(zip(pairs, scores.tolist(), strict=True)))]


def clear_lead(result):
    """At least two leads of a twentieth of the largest score or more, with room for rounding."""
    if wrong := flaw(result):
        return wrong
    _, leads = scores_and_leads(result)
    if (leads >= 0.05 - 1e-9).sum() >= 2:
        return ""
    shown = np.where(np.abs(leads) < 1e-9, 0.0, leads).tolist()
    return "leads", dict(zip(("rock", "paper", "scissors"), shown, strict=True))


def inputs(draw):
    yield "two of three", {}, "who attends to whom"
    yield "clear lead", {}, "by how much"


exercise = Exercise(
    embed_the_cycle,
    points={"two of three": 3, "clear lead": 1},
    takes={},
    gives=("3 d",),
    inputs=inputs,
    difficulty=2,
    minutes=8,
    verifiers={"two of three": two_of_three, "clear lead": clear_lead},
    sentences={
        "nothing": "nothing came back, as if the `return` were missing",
        "type": "it should be a numpy array with a row each for rock, paper and scissors, and is of type {type}",
        "dtype": "it should hold numbers, and has dtype {dtype}",
        "shape": "it should have shape (3, d) with d from 1 to 64, and has shape {shape}",
        "not finite": "it holds NaN or an infinity, and every entry should be finite",
        "large": "it holds an entry above 1000 in absolute value",
        "none right": "0 of the three attend right, and two should",
        "one right": "1 of the three attends right, and two should",
        "scores": "Rock scores {rock_scissors:.4g} with scissors and {rock_paper:.4g} with paper; "
        "paper scores {rock_paper:.4g} with rock and {paper_scissors:.4g} with scissors; "
        "scissors scores {paper_scissors:.4g} with paper and {rock_scissors:.4g} with rock",
        "leads": "two tokens should attend right with a lead of at least 0.05 times the largest score, and the leads, in "
        "units of it, are: rock {rock:.4g}, paper {paper:.4g}, scissors {scissors:.4g}",
    },
    hints=(
        "There are three pairs and so three scores: rock with paper, rock with scissors, paper with scissors. Choose which two "
        "tokens shall attend right, and write down which scores must be larger than which.",
        "Two wishes chain the three scores: one is the smallest, one in the middle, one the largest. Find three arrows on paper "
        "whose scores come out in that order. Two dimensions are enough, and even one is.",
        "Take two arrows at right angles: their score is 0, the smallest. Put the third between them, not in the middle, and "
        "think about which of the two it should lean to.",
    ),
)


@exercise.wrong("three tokens stand at right angles (one-hot): every score between two of them is 0, a tie")
def one_hot():
    return np.eye(3)


@exercise.wrong("three arrows stand 120° apart: all three scores are equal, and nobody has a favourite")
def evenly_round():
    angles = 2 * np.pi * np.arange(3) / 3
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


@exercise.wrong("the wanted choices are returned, a 1 for whom each token should attend to, and not embeddings")
def wanted_choices():
    return np.eye(3)[[2, 0, 1]]


@exercise.wrong("the wanted choices are returned in whole numbers, and not embeddings")
def wanted_choices_whole():
    return np.eye(3, dtype=np.int64)[[2, 0, 1]]


@exercise.wrong("three rows of zeros are returned")
def all_zeros():
    return np.zeros((3, 2))


@exercise.wrong("all three rows are the same, so all scores are equal")
def all_ones():
    return np.ones((3, 2))


@exercise.wrong("scissors leans towards rock, the token that beats it: two tokens look at who beats them")
def leans_to_the_wrong_one():
    return np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])


@exercise.wrong("scissors is halfway between rock and paper: a tie, so one token only attends right")
def halfway():
    return np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


@exercise.wrong("the tokens are turned round: there should be a row for each token, and there is a column")
def columns_for_tokens():
    return embed_the_cycle().T


@exercise.wrong("the rows are in the order rock, scissors, paper")
def other_order():
    return embed_the_cycle()[[0, 2, 1]]


@exercise.wrong("the numbers 0, 1, 2 are the embeddings: whoever has 0 scores 0 with everyone")
def counted_from_zero():
    return np.arange(3.0)[:, None]


@exercise.wrong("the three scores are returned and not the embeddings")
def the_scores():
    x = embed_the_cycle()
    return (x @ x.T)[[0, 0, 1], [1, 2, 2]]


@exercise.wrong("an entry is infinite, which makes scores that are not numbers")
def infinite():
    return np.array([[1.0, 0.0], [0.0, np.inf], [1.0, 2.0]])


@exercise.wrong("the lead is tiny, so that a little rounding undoes it")
def tiny_lead():
    return np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.01]])


@exercise.wrong("nested lists are returned instead of a numpy array")
def returns_list():
    return embed_the_cycle().tolist()


@exercise.right
def numbers_on_a_line():
    return np.array([[1], [2], [3]])


@exercise.right
def self_may_be_allowed():
    return np.array([[1.0, 0.0], [0.0, 10.0], [2.0, 2.0]], dtype=np.float32)


@exercise.right
def all_scores_below_zero():
    scores = np.array([[9.0, -3.0, -2.0], [-3.0, 9.0, -1.0], [-2.0, -1.0, 9.0]])
    return np.linalg.cholesky(scores)


@exercise.right
def searched():
    rng = np.random.default_rng(0)
    while True:
        x = rng.normal(size=(3, 64))
        if not clear_lead(x):
            return x


@exercise.right
def arrows_of_length_one():
    angles = np.radians([0.0, 140.0, 90.0])
    return np.column_stack([np.cos(angles), np.sin(angles)])


@exercise.right
def another_pair():
    return np.array([[2.0, 1.0, 0.0], [1.0, 0.0, 3.0], [0.0, 0.5, 0.2]])
