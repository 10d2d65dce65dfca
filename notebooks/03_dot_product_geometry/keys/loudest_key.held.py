import numpy as np


def fixed_keys(n, d, factor):
    return np.random.default_rng(3).normal(size=(n, d)) * factor


def flaw(key, n, d, factor):
    """What is wrong with `key`, "" where nothing is."""
    if not isinstance(key, np.ndarray):
        return f"it should be a numpy array of shape ({d},), one key, and is of type {type(key).__name__}"
    if key.shape != (d,):
        return f"it should have shape ({d},), one key, and has shape {key.shape}"
    if key.dtype.kind not in "fiu" or not np.isfinite(key).all() or np.abs(key.astype(np.float64)).max() > 1e12:
        return "every entry should be a finite number of at most 1e12 in size"
    queries = np.random.default_rng(8).normal(size=(500, d))
    queries = np.concatenate([queries, -queries])
    best = (queries @ fixed_keys(n, d, factor).T).max(axis=1)
    won = int((queries @ key.astype(np.float64) > best + 1e-9 * np.abs(best)).sum())
    if won >= 400:
        return ""
    times = np.linalg.norm(key.astype(np.float64)) / np.linalg.norm(fixed_keys(n, d, factor), axis=1).mean()
    size = "the average one of `keys`" + (
        ", which are a thousand times as long here as in the other sets" if factor > 1 else ""
    )
    return (
        f"your key wins {won} of the 1000 queries, and at least 400 are asked for. It is {times:.1f} times as long as {size}"
    )


def wins_fifty(key):
    return flaw(key, 50, 16, 1)


def wins_other_sizes(key):
    return flaw(key, 30, 64, 1)


def wins_long_keys(key):
    return flaw(key, 20, 32, 1000)
