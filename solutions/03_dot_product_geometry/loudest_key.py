import numpy as np

from autograder.authoring import Exercise, array


def loudest_key(keys):
    """Make a key that, added to `keys`, gets the highest score of all for at least 40 % of the
    queries. You do not see the queries.

    Parameters
    ----------
    keys : numpy float array (n, d), the other keys. None of them is all zeros. n is at least
        20, d at least 16.

    Returns
    -------
    numpy array (d,) of numbers: the new key. Every entry is finite and at most 1e12 in size.
    `keys` is left as it was.

    How it is checked: there are 1000 queries, 500 random directions and their 500 opposites,
    always the same. The new key wins a query where its dot product with it is above that of
    every key in `keys` (by more than rounding). It must win at least 400 of the 1000. Three
    sets of keys are tried: 50 of them with d = 16, 30 with d = 64, and 20 with d = 32 that are
    a thousand times as long.
    """
    return keys.sum(axis=0) * len(keys)  # (d,), some direction, hundreds of times as long as a key of `keys`


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


def inputs(draw):
    yield "50 keys", {"keys": array(fixed_keys(50, 16, 1))}, "50 keys with 16 entries"
    yield "other sizes", {"keys": array(fixed_keys(30, 64, 1))}, "30 keys with 64 entries"
    yield "long keys", {"keys": array(fixed_keys(20, 32, 1000))}, "20 keys, a thousand times as long"


exercise = Exercise(
    loudest_key,
    points={"50 keys": 2, "other sizes": 1, "long keys": 1, "side effects": 1},
    takes={"keys": None},
    gives=("d",),
    inputs=inputs,
    difficulty=1,
    minutes=6,
    hints=(
        "q·k = |q| |k| cos θ. You do not know the queries, so you cannot aim at them. Which factor is left to you?",
        "Take any direction. The queries on its side give a positive cosine, and that is half of them. How do you make a small "
        "positive cosine beat the best of the other keys?",
        "Lengthen it until the other keys no longer matter. How long that is depends on how long they are, so start from "
        "one of `keys`. Ten times will do, and there is no reason to stop there.",
    ),
    verifiers={"50 keys": wins_fifty, "other sizes": wins_other_sizes, "long keys": wins_long_keys},
    sentences={
        "type": "it should be a numpy array of shape ({d},), one key, and is of type {type}",
        "shape": "it should have shape ({d},), one key, and has shape {shape}",
        "entries": "every entry should be a finite number of at most 1e12 in size",
        "wins": "your key wins {wins} of the 1000 queries, and at least 400 are asked for",
        "length": "It is {ratio:.1f} times as long as the average one of `keys`",
        "length beside long keys": "It is {ratio:.1f} times as long as the average one of `keys`, which are a thousand times "
        "as long here as in the other sets",
    },
)


@exercise.wrong("the zero vector is returned: it scores 0 with every query, and some other key always scores more")
def zeros(keys):
    return np.zeros(keys.shape[-1])


@exercise.wrong("the average of the keys is returned: their directions nearly cancel, and it is shorter than any of them")
def mean_key(keys):
    return keys.mean(axis=0)


@exercise.wrong("the sum of the keys is returned: longer than each of them, but not long enough")
def sum_key(keys):
    return keys.sum(axis=0)


@exercise.wrong("the longest of the keys is returned as it is: its copy among the keys always scores the same")
def longest_key(keys):
    return keys[np.linalg.norm(keys, axis=-1).argmax()].copy()


@exercise.wrong("the key has length 1: the direction is there, the length is not")
def unit_key(keys):
    return keys[0] / np.linalg.norm(keys[0])


@exercise.wrong("the key is twice as long as another: louder, but not enough")
def doubled(keys):
    return 2 * keys[0]


@exercise.wrong("the key is five times as long as another: it wins more than a third of the queries, which is not enough")
def five_times(keys):
    return 5 * keys[0]


@exercise.wrong("the largest entry of each column is taken, which makes a key of about twice the usual length")
def largest_entries(keys):
    return keys.max(axis=0)


@exercise.wrong("the length is a fixed number, which is long beside short keys only")
def fixed_length(keys):
    return 300 * keys[0] / np.linalg.norm(keys[0])


@exercise.wrong("every entry is a fixed number: the key must get longer where `keys` are longer")
def fixed_entries(keys):
    return np.full(keys.shape[-1], 1000.0)


@exercise.wrong("one entry is fixed at a large number, which is large beside short keys only")
def one_large_entry(keys):
    key = np.zeros(keys.shape[-1])
    key[0] = 250.0
    return key


@exercise.wrong("the number of entries is fixed, and does not follow that of `keys`")
def fixed_size(keys):
    return np.full(16, 1e6)


@exercise.wrong("the keys are returned together with the new one, and not the new one alone")
def all_keys(keys):
    return np.concatenate([keys, 1000 * keys[:1]])


@exercise.wrong("the key has a leading axis of length 1")
def extra_axis(keys):
    return 1000 * keys[:1]


@exercise.wrong("all keys are returned, a thousand times as long")
def all_louder(keys):
    return 1000 * keys


@exercise.wrong("one number for each key is returned, and not one key")
def one_number_a_key(keys):
    return 1000 * np.linalg.norm(keys, axis=-1)


@exercise.wrong("the row number of a key is returned, and not a key")
def row_number(keys):
    return int(np.linalg.norm(keys, axis=-1).argmax())


@exercise.wrong("the entries are infinite, which makes scores of NaN")
def infinite(keys):
    return np.full(keys.shape[-1], np.inf)


@exercise.wrong("a list is returned instead of an array")
def as_list(keys):
    return (1000 * keys[0]).tolist()


@exercise.wrong("a row of `keys` is lengthened in place, which changes the caller's array")
def in_place(keys):
    keys[0] *= 1000
    return keys[0].copy() * 1000


@exercise.right
def the_other_way(keys):
    return -500 * keys[-1]


@exercise.right
def all_ones(keys):
    return np.full(keys.shape[-1], 100 * np.abs(keys).max())


@exercise.right
def one_axis(keys):
    key = np.zeros(keys.shape[1], np.float32)
    key[-1] = 1e3 * np.linalg.norm(keys)
    return key


@exercise.right
def whole_numbers(keys):
    return np.round(1e6 * keys[0]).astype(np.int64)


@exercise.right
def random_direction(keys):
    direction = np.random.default_rng(5).uniform(-1, 1, keys.shape[1])
    return direction / np.linalg.norm(direction) * np.linalg.norm(keys, axis=1).max() * 50
