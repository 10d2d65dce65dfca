import numpy as np


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
