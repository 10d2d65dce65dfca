from autograder.authoring import OPAQUE, Array, Exercise, returned


def running(counts, cache=None):
    """The sum of these counts and of all that came in the calls before.

    Parameters
    ----------
    counts : numpy array (n,) of numbers.
    cache : what an earlier call returned as its second result; None at the beginning. It is
        yours: nobody looks into it. An earlier one may be used again, so it stays as it was.

    Returns
    -------
    total, cache : a number, and what the next call is to be given.
    """
    total = counts.sum() + (0.0 if cache is None else cache)
    return total, total


def few(rng, shape):
    """Whole numbers from 1 to 9."""
    return rng.integers(1, 10, size=shape).astype(float)


def inputs(draw):
    two, three, four = (draw(n=n)["counts"] for n in (2, 3, 4))
    first, second = returned(0, 1), returned(1, 1)
    yield "at once", {"counts": two}, "two counts"
    yield "in a row", [{"counts": two}, {"counts": three, "cache": first}], "two calls"
    yield "in a row", [{"counts": two}, {"counts": three, "cache": first}, {"counts": four, "cache": second}], "three calls"
    yield (
        "used again",
        [{"counts": two}, {"counts": three, "cache": first}, {"counts": four, "cache": first}],
        "one cache again",
    )


exercise = Exercise(
    running,
    points={"at once": 1, "in a row": 2, "used again": 1, "dtypes": 1, "side effects": 1},
    takes={"counts": Array("n", draw=few), "cache": None},
    gives=("", OPAQUE),
    inputs=inputs,
    difficulty=2,
    minutes=4,
    optional=True,
    hints=("What does the next call need to know?", "Return the total twice: as the result, and as the cache."),
)


@exercise.wrong("the cache is not used")
def unused(counts, cache=None):
    return counts.sum(), 0.0


@exercise.wrong("nothing is handed to the next call")
def nothing_handed_on(counts, cache=None):
    return running(counts, cache)[0], None


@exercise.wrong("the cache holds the counts of one call, not all that came before")
def only_the_last(counts, cache=None):
    return running(counts, cache)[0], counts.sum()


@exercise.wrong("the cache stays that of the first call")
def stays_the_first(counts, cache=None):
    return running(counts, cache)[0], counts.sum() if cache is None else cache


@exercise.wrong("an earlier cache is changed")
def changed_in_place(counts, cache=None):
    cache = [0.0] if cache is None else cache
    cache[0] += counts.sum()
    return cache[0], cache


@exercise.wrong("the last count is left out")
def last_left_out(counts, cache=None):
    return running(counts[:-1], cache)


@exercise.wrong("the cache is added twice")
def added_twice(counts, cache=None):
    total = counts.sum() + (0.0 if cache is None else 2 * cache)
    return total, total


@exercise.wrong("the results are the wrong way round: the cache is first")
def other_way_round(counts, cache=None):
    total, cache = running(counts, cache)
    return [cache], total


@exercise.right
def keeps_all_counts(counts, cache=None):
    everything = [*(cache or []), counts]
    return sum(some.sum() for some in everything), everything
