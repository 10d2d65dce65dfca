import numpy as np


def right_angles():
    return np.array([[0.0, 3.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, -2.0]])


def slanted():
    return np.array([[2.0, 0.0, 0.0], [4.0, 3.0, 0.0], [1.0, 2.0, 6.0]])


def long_rows():
    return np.array([[1.0, 1.0, 0.0, 2.0, 0.0], [0.0, 6.0, -3.0, 3.0, 1.0], [2.0, 1.0, 1.0, 0.0, 0.5]])


def flaw(result, keys):
    """What is wrong with queries for these keys, or ""."""
    if result is None:
        return "nothing"
    if not isinstance(result, np.ndarray):
        return "type", {"type": type(result).__name__}
    if result.dtype.kind not in "iuf":
        return "dtype", {"dtype": str(result.dtype)}
    if result.shape != keys.shape:
        return "shape", {"shape": str(result.shape), "wanted": str(keys.shape)}
    queries = result.astype(np.float64)
    if not np.isfinite(queries).all():
        return "not finite"
    if np.abs(queries).max() > 1000:
        return "large"
    scores = queries @ keys.T
    scores = np.where(np.abs(scores) < 1e-9, 0.0, scores)  # what rounding leaves of 0 reads as 0
    for i, row in enumerate(scores):
        others = np.where(np.arange(len(row)) == i, -np.inf, row)
        j = int(others.argmax())
        if not row[i] - row[j] >= 1 - 1e-6:
            return "lead", {"i": i, "own": float(row[i]), "j": j, "other": float(row[j])}
    return ""


def find_right_angles(result):
    return flaw(result, right_angles())


def find_slanted(result):
    return flaw(result, slanted())


def find_long_rows(result):
    return flaw(result, long_rows())
