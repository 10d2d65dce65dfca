from autograder.authoring import Exercise, Held, array


def tally(shelf, n):
    """Adds up the n counts on a shelf and writes their sum on it. Each count is read once.

    Parameters
    ----------
    shelf : `shelf.read(i)` gives count number i, from 0; `shelf.write(total)` writes the sum
        down.
    n : how many counts there are.

    Nothing is returned: what is written on the shelf in the end counts, and how much was read.
    """
    shelf.write(sum(shelf.read(i) for i in range(n)))


class Shelf:
    def __init__(self, counts, watched):
        self.counts, self.watched = counts, watched
        self.total, self.read_so_far = None, 0

    def read(self, i):
        if not 0 <= i < len(self.counts):
            raise ValueError("no such count", {"i": i, "n": len(self.counts)})
        self.read_so_far += 1
        return float(self.counts[i])

    def write(self, total):
        self.total = float(total)

    def _outcome(self):
        return {"total": self.total, "read": self.read_so_far}[self.watched]


def inputs(draw):
    for n in (1, 3, 5):
        counts = array(draw.rng.integers(1, 1000, n))
        yield "total", {"shelf": Held("Shelf", {"counts": counts, "watched": "total"}), "n": n}, f"the sum of {n}"
        yield "each once", {"shelf": Held("Shelf", {"counts": counts, "watched": "read"}), "n": n}, f"how often {n} are read"


exercise = Exercise(
    tally,
    points={"total": 2, "each once": 1},
    takes={"shelf": None, "n": None},
    gives=("",),
    inputs=inputs,
    difficulty=1,
    minutes=3,
    held=(Shelf,),
    sentences={"no such count": "there is no count number {i}: there are {n}, from number 0 on"},
    hints=("Which numbers do the counts have?", "Read numbers 0 to n − 1 in a loop, add them up, and write once."),
)


@exercise.wrong("nothing is written on the shelf. Is the sum returned instead?")
def returned_instead(shelf, n):
    return sum(shelf.read(i) for i in range(n))


@exercise.wrong("every count is read twice")
def read_twice(shelf, n):
    shelf.write(sum(shelf.read(i) + shelf.read(i) for i in range(n)) / 2)


@exercise.wrong("the last count is left out")
def last_left_out(shelf, n):
    shelf.write(sum(shelf.read(i) for i in range(n - 1)))


@exercise.wrong("the first count is left out")
def first_left_out(shelf, n):
    shelf.write(sum(shelf.read(i) for i in range(1, n)))


@exercise.wrong("the counts are numbered from 1, so that the last one is asked for and is not there")
def from_one(shelf, n):
    shelf.write(sum(shelf.read(i) for i in range(1, n + 1)))


@exercise.wrong("the mean is written, not the sum")
def mean(shelf, n):
    shelf.write(sum(shelf.read(i) for i in range(n)) / n)


@exercise.wrong("the number of counts is written, and none is read")
def number(shelf, n):
    shelf.write(n)


@exercise.wrong("the sum is written after each step without what came before")
def only_the_last(shelf, n):
    for i in range(n):
        shelf.write(shelf.read(i))


@exercise.right
def in_one_message(shelf, n):
    shelf.write(sum(shelf.read.many([(i,) for i in range(n)])))
