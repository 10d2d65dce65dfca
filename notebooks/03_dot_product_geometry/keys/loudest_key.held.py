import numpy as np


def fixed_keys(n, d, factor):
    return np.random.default_rng(3).normal(size=(n, d)) * factor


def flaw(key, n, d, factor):
    """What is wrong with `key`, "" where nothing is."""
    if not isinstance(key, np.ndarray):
        return "type", {"d": d, "type": type(key).__name__}
    if key.shape != (d,):
        return "shape", {"d": d, "shape": str(key.shape)}
    if key.dtype.kind not in "fiu" or not np.isfinite(key).all() or np.abs(key.astype(np.float64)).max() > 1e12:
        return "entries"
    key, keys = key.astype(np.float64), fixed_keys(n, d, factor)
    queries = np.random.default_rng(8).normal(size=(500, d))
    queries = np.concatenate([queries, -queries])
    best = (queries @ keys.T).max(axis=1)
    wins = int((queries @ key > best + 1e-9 * np.abs(best)).sum())
    if wins >= 400:
        return ""
    ratio = float(np.linalg.norm(key) / np.linalg.norm(keys, axis=1).mean())
    return [("wins", {"wins": wins}), ("length beside long keys" if factor > 1 else "length", {"ratio": ratio})]


def wins_fifty(key):
    return flaw(key, 50, 16, 1)


def wins_other_sizes(key):
    return flaw(key, 30, 64, 1)


def wins_long_keys(key):
    return flaw(key, 20, 32, 1000)
