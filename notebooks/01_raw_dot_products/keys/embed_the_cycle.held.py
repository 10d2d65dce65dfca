import numpy as np


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
