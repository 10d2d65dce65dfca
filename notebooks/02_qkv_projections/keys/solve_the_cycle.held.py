import numpy as np


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
