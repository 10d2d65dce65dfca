import numpy as np


def of_the_form(result):
    """What is wrong with the form of the result, or "". A result of the right form has three rows and 1 to 64 columns of
    finite integers or floats of at most 1000 in absolute value."""
    if result is None:
        return "nothing came back, as if the `return` were missing"
    if not isinstance(result, np.ndarray):
        return f"it should be a numpy array with a row each for rock, paper and scissors, and is of type {type(result).__name__}"
    if result.dtype.kind not in "iuf":
        return f"it should hold numbers, and has dtype {result.dtype}"
    if result.ndim != 2 or result.shape[0] != 3 or not 1 <= result.shape[1] <= 64:
        return f"it should have shape (3, d) with d from 1 to 64, and has shape {result.shape}"
    if not np.isfinite(result).all():
        return "it holds NaN or an infinity, and every entry should be finite"
    if np.abs(result.astype(np.float64)).max() > 1000:
        return "it holds an entry above 1000 in absolute value"
    return ""


def leads(result):
    """For rock, paper and scissors: the score with the token it beats minus the score with the other, in units of the
    largest of the three scores between two tokens; with what each of them scores, in words."""
    names, beats = ["rock", "paper", "scissors"], [2, 0, 1]
    x = result.astype(np.float64)
    scores = x @ x.T
    unit = max(abs(scores[0, 1]), abs(scores[0, 2]), abs(scores[1, 2]), 1e-300)
    said = np.where(np.abs(scores) < 1e-9 * unit, 0.0, scores)  # what rounding leaves of 0 reads as 0
    found, words = [], []
    for i in range(3):
        other = 3 - i - beats[i]
        found.append((scores[i, beats[i]] - scores[i, other]) / unit)
        words.append(
            f"{names[i]} scores {said[i, beats[i]]:.4g} with {names[beats[i]]} and {said[i, other]:.4g} with {names[other]}"
        )
    return found, words


def attend_right(result, margin, right, ask):
    """Whether two of the three leads reach the margin, said in words."""
    if wrong := of_the_form(result):
        return wrong
    found, words = leads(result)
    count = sum(lead >= margin for lead in found)
    if count >= 2:
        return ""
    return f"{count} of the three {right}, and {ask}: {'; '.join(words)}"


def two_of_three(result):
    """At least two leads of one millionth of the largest score or more."""
    return attend_right(result, 1e-6, "attends right" if _one(result, 1e-6) else "attend right", "two should")


def clear_lead(result):
    """At least two leads of a twentieth of the largest score or more, with room for rounding."""
    if wrong := of_the_form(result):
        return wrong
    found, _ = leads(result)
    if sum(lead >= 0.05 - 1e-9 for lead in found) >= 2:
        return ""
    said = ", ".join(
        f"{name} {0.0 if abs(lead) < 1e-9 else lead:.4g}"
        for name, lead in zip(["rock", "paper", "scissors"], found, strict=True)
    )
    return f"two tokens should attend right with a lead of at least 0.05 times the largest score, and the leads, in units of it, are: {said}"


def _one(result, margin):
    """Whether one lead alone reaches the margin."""
    return not of_the_form(result) and sum(lead >= margin for lead in leads(result)[0]) == 1
