import numpy as np

from autograder.authoring import Array, Exercise, array


def realisable(targets):
    """Can symmetric scores, self masked, make every token i attend to targets[i]?

    Parameters
    ----------
    targets : numpy array (n,) of integers, n at least 2: token i should attend to token
        targets[i], each between 0 and n - 1. Several tokens may have the same target, and some
        may be nobody's target.

    Returns
    -------
    True or False. Follow i → targets[i] → targets[targets[i]] → … : sooner or later the walk
    goes round in a cycle. The answer is True exactly when no cycle, from whichever token one
    starts, is longer than 2. Two tokens that attend to each other are a cycle of 2. Steps on
    the way into a cycle are no part of it. targets is left as it was.

    Raises
    ------
    ValueError : where a token is its own target, targets[i] = i, for self is masked.
    """
    places = np.arange(len(targets))  # (n,)
    if (targets == places).any():
        raise ValueError("a token cannot be its own target: self is masked")
    for _ in range(len(targets)):
        places = targets[places]  # (n,), one step on; after n steps every walk is in its cycle
    return not (targets[targets[places]] != places).any()


def ring(rng, shape):
    """All tokens in one cycle, in random order."""
    (n,) = shape
    order = np.concatenate([[0], 1 + rng.permutation(n - 1)])
    targets = np.empty(n, np.int64)
    targets[order] = np.roll(order, -1)
    return targets


def renamed(draw, plain):
    """The same wishes with other numbers for the tokens; token 0 stays 0."""
    cycle, order = draw(n=len(plain), dtype="int64")["targets"].data, [0]
    while len(order) < len(plain):
        order.append(cycle[order[-1]])
    targets = np.empty(len(plain), np.int64)
    targets[order] = np.array(order)[plain]
    return {"targets": array(targets, "int64")}


def inputs(draw):
    def wishes(*plain):
        return {"targets": array(plain, "int64")}

    yield "values", wishes(1, 0), "two tokens that attend to each other"
    yield "values", wishes(1, 2, 0), "three in a ring"
    yield "values", wishes(2, 0, 1), "rock, paper, scissors: a ring of three the other way"
    yield "values", wishes(1, 0, 1), "a pair, and a third that attends to one of them"
    yield "values", renamed(draw, [1, 0, 3, 2]), "two pairs"
    yield "values", renamed(draw, [1, 2, 3, 0]), "a ring of four"
    yield "values", renamed(draw, [1, 2, 3, 2]), "a way of two steps into a pair"
    yield "values", renamed(draw, [1, 2, 3, 4, 3]), "a way of three steps into a pair"
    yield "values", renamed(draw, [1, 2, 3, 1]), "a step into a ring of three"
    yield "values", renamed(draw, [1, 0, 3, 4, 2]), "a pair, and a ring of three beside it"
    yield "values", renamed(draw, [1, 2, 0, 4, 3]), "a ring of three, and a pair beside it"
    yield "values", renamed(draw, [1, 2, 3, 4, 0]), "a ring of five"
    yield "values", renamed(draw, [1, 0, 1, 1, 1, 1]), "a pair, and everybody else attends to one of them"
    yield "values", renamed(draw, [1, 0, 0, 2, 5, 4, 5]), "two pairs with tokens that attend to them"
    yield "values", renamed(draw, [1, 0, 3, 2, 5, 4, 7, 6]), "four pairs"
    yield "values", renamed(draw, [1, 2, 3, 4, 5, 6, 7, 6]), "a way of six steps into a pair"
    yield "values", renamed(draw, [*range(1, 32), 30]), "a way of thirty steps into a pair"
    yield "values", renamed(draw, [1, 0, 1, 4, 5, 6, 3]), "a pair, and a ring of four beside it"
    yield "errors", wishes(1, 1), "a token that is its own target", "ValueError"
    yield "errors", renamed(draw, [1, 2, 0, 3, 4]), "two tokens that are their own targets", "ValueError"
    yield "dtypes", {"targets": array([2, 0, 1], "int32")}, "integers of another width"
    yield "dtypes", {"targets": array([1, 0, 1], "int16")}, "short integers"


exercise = Exercise(
    realisable,
    points={"values": 4, "errors": 1, "dtypes": 0.5, "side effects": 0.5},
    takes={"targets": Array("n", draw=ring)},
    gives=("",),
    inputs=inputs,
    difficulty=3,
    minutes=14,
    optional=True,
    hints=(
        "Draw the wishes as arrows. Each token has one arrow out. What do you see if you follow the arrows for long enough?",
        "After n steps a walk is in its cycle, wherever it began. From a token in a cycle of 2, two more steps lead back to it.",
        "Keep the places of all n walks in one array and move all of them at once: `targets[places]` is one step. Then compare "
        "each place with the place two steps on.",
    ),
    opts_out={
        probe: "targets are positions, whole numbers from 0 to n - 1"
        for probe in ("float32", "half", "strided", "read-only", "extremes")
    }
    | {"ones": "a single token has no other to attend to"},
)


def cycle_of(targets, start):
    """The length of the cycle that the walk from `start` ends in, and how many steps lead into it."""
    seen, place = {}, int(start)
    while place not in seen:
        seen[place] = len(seen)
        place = int(targets[place])
    return len(seen) - seen[place], seen[place]


def cycles(targets, self_is_an_error=True):
    """(length of the cycle, steps into it) for every token."""
    if self_is_an_error and any(int(t) == i for i, t in enumerate(targets)):
        raise ValueError
    return [cycle_of(targets, i) for i in range(len(targets))]


PAIRS_ONLY = (
    "a third token that attends to one of a pair is refused, though it does no harm: not every token has to be in the pair"
)


@exercise.wrong(PAIRS_ONLY)
def pairs_only(targets):
    return all(length <= 2 and steps == 0 for length, steps in cycles(targets))


@exercise.wrong("only the walk from token 0 is looked at")
def from_token_zero(targets):
    return cycles(targets)[0][0] <= 2


@exercise.wrong("only rings of exactly three are found")
def threes_only(targets):
    return all(length != 3 for length, _ in cycles(targets))


@exercise.wrong("rings of even length are let through: four tokens in a ring fail for the same reason as three")
def odd_only(targets):
    return all(length % 2 == 0 for length, _ in cycles(targets))


@exercise.wrong("every cycle is refused, also a pair of tokens that attend to each other")
def pairs_refused(targets):
    cycles(targets)
    return False


@exercise.wrong("everything is said to be possible")
def always_possible(targets):
    cycles(targets)
    return True


@exercise.wrong("the steps that lead into a cycle are counted as part of it")
def way_counted(targets):
    return all(length + steps <= 2 for length, steps in cycles(targets)) or (
        len(targets) == 3 and cycles(targets)[0][0] == 2
    )


@exercise.wrong("the walks are stopped after two steps, when some are still on their way into a cycle")
def two_steps_only(targets):
    cycles(targets)
    places = targets[targets]
    return bool((targets[targets[places]] == places).all())


@exercise.wrong("the walks are stopped after one step, when some are still on their way into a cycle")
def one_step_only(targets):
    cycles(targets)
    return bool((targets[targets[targets]] == targets).all())


@exercise.wrong("a single pair anywhere is taken to be enough")
def one_pair_is_enough(targets):
    return any(length <= 2 for length, _ in cycles(targets))


@exercise.wrong(PAIRS_ONLY)
def pairs_without_an_error(targets):
    return bool((targets[targets] == np.arange(len(targets))).all())


@exercise.wrong("one cycle in all is asked for: two pairs side by side are refused")
def one_cycle_only(targets):
    found = cycles(targets)
    members = sum(steps == 0 for _, steps in found)
    return all(length <= 2 for length, _ in found) and members == 2


@exercise.wrong("cycles of 3 are let through as well")
def three_allowed(targets):
    return all(length <= 3 for length, _ in cycles(targets))


@exercise.wrong("the answer is the wrong way round: True stands for impossible")
def inverted(targets):
    return any(length > 2 for length, _ in cycles(targets))


@exercise.wrong("a token that is its own target is accepted without an error")
def self_accepted(targets):
    return all(length <= 2 for length, _ in cycles(targets, self_is_an_error=False))


@exercise.wrong("a token that is its own target gives False, and an error is asked for")
def self_is_false(targets):
    found = cycles(targets, self_is_an_error=False)
    return all(length == 2 for length, _ in found)


@exercise.wrong("the length of the longest cycle is returned instead of True or False")
def longest(targets):
    return max(length for length, _ in cycles(targets))


@exercise.wrong("an answer for each token is returned instead of one for all")
def each_token(targets):
    return np.array([length <= 2 for length, _ in cycles(targets)])


@exercise.wrong("1 and 0 are returned instead of True and False")
def whole_number(targets):
    return int(all(length <= 2 for length, _ in cycles(targets)))


@exercise.wrong("visited tokens are marked in `targets` itself")
def marks_in_place(targets):
    answer = all(length <= 2 for length, _ in cycles(targets))
    targets[:] = -1
    return answer


@exercise.wrong("self is checked on the way, after an answer may have been returned: look at all tokens before you answer")
def checked_on_the_way(targets):
    for i in range(len(targets)):
        if targets[i] == i:
            raise ValueError
        if cycle_of(targets, i)[0] > 2:
            return False
    return True


@exercise.wrong("the walks are stopped after three steps or so, when some are still on their way into a cycle")
def three_steps_only(targets):
    cycles(targets)
    places = targets[targets[targets]]
    return bool((targets[targets[places]] == places).all())


@exercise.wrong("the walks are stopped after ten steps or so, when some are still on their way into a cycle")
def ten_steps_only(targets):
    cycles(targets)
    places = np.arange(len(targets))
    for _ in range(10):
        places = targets[places]
    return bool((targets[targets[places]] == places).all())


@exercise.right
def walks(targets):
    for i, target in enumerate(targets):
        if i == target:
            raise ValueError(f"token {i} is its own target")
    for i in range(len(targets)):
        trail = [i]
        while targets[trail[-1]] not in trail:
            trail.append(targets[trail[-1]])
        if len(trail) - trail.index(targets[trail[-1]]) > 2:
            return False
    return True


@exercise.right
def leaves_removed(targets):
    targets = [int(t) for t in targets]
    left = set(range(len(targets)))
    if any(targets[i] == i for i in left):
        raise ValueError("self")
    while left != {targets[i] for i in left}:
        left = {targets[i] for i in left}
    return all(targets[targets[i]] == i for i in left)


@exercise.right
def scores_made(targets):
    n = len(targets)
    if (np.asarray(targets) == np.arange(n)).any():
        raise ValueError("self is masked")
    pairs = {frozenset((i, j)): 0 for i in range(n) for j in range(i)}
    pairs = {pair: number for number, pair in enumerate(pairs)}
    larger = np.eye(len(pairs), dtype=bool)  # larger[a, b]: the walk of pairs leads from pair a up to pair b
    for i in range(n):
        best = pairs[frozenset((i, int(targets[i])))]
        for j in range(n):
            if j != i:
                larger[pairs[frozenset((i, j))], best] = True
    for k in range(len(pairs)):
        larger |= larger[:, [k]] & larger[[k], :]
    return not (larger & larger.T & ~np.eye(len(pairs), dtype=bool)).any()


@exercise.right
def numpy_boolean(targets):
    n = targets.shape[0]
    step = np.zeros((n, n), dtype=np.int64)
    step[np.arange(n), targets] = 1
    if np.trace(step):
        raise ValueError("a token attends to itself")
    far = np.linalg.matrix_power(step, n)
    return np.all(far @ step @ step == far)
