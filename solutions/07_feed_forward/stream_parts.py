import torch

from autograder.authoring import Array, Exercise, Held, array


def stream_parts(x, sublayers):
    """What a residual stream is the sum of: X, and what each sublayer adds to it.

    The stream starts as X. Each sublayer in turn reads the stream as it then is, and what it
    returns is added to the stream.

    Parameters
    ----------
    x : float tensor (..., n, d).
    sublayers : a list of functions, perhaps empty. Each takes a tensor like x and returns one
        of the same shape. Call each of them once.

    Returns
    -------
    tensor (1 + number of sublayers, ..., n, d): X first, then what each sublayer returned, in
    their order. Their sum is the stream at the end. x is left as it was.
    """
    parts, stream = [x], x
    for sublayer in sublayers:
        parts.append(sublayer(stream))  # (..., n, d)
        stream = stream + parts[-1]  # (..., n, d)
    return torch.stack(parts)  # (1 + len(sublayers), ..., n, d)


# -- what the judge holds: sublayers ------------------------------------------------------------------------------------


class Sublayer:
    """Bends each number and adds the one beside it. It has another result each time that it is called."""

    def __init__(self, size, shift):
        self.size, self.shift, self.calls = size, shift, 0

    def __call__(self, x):
        self.calls += 1
        return torch.tanh(x * self.size) + x.roll(1, -1) * self.shift * self.calls


def inputs(draw):
    def of(count):
        sizes = draw.rng.permutation([0.25, 0.5, 1.0, 2.0])[:count]
        return [Held("Sublayer", {"size": float(size), "shift": (i + 1) / 2}) for i, size in enumerate(sizes)]

    one = {"x": array([[1.0, -2.0]], backend="torch"), "sublayers": of(1)}
    yield "values", one, "one sublayer, one token"
    yield "values", draw(n=2, d=2) | {"sublayers": of(2)}, "two sublayers"
    yield "values", draw(n=3, d=2) | {"sublayers": of(3)}, "three sublayers"
    yield "values", draw(n=2, d=4) | {"sublayers": of(4)}, "four sublayers"
    yield "batches", draw(lead=(2,), n=3, d=2) | {"sublayers": of(2)}, "two items, two sublayers"
    yield "no sublayers", draw(n=2, d=3) | {"sublayers": []}, "no sublayer: the stream is X"


exercise = Exercise(
    stream_parts,
    points={"values": 3, "batches": 1, "no sublayers": 1, "dtypes": 1, "side effects": 1},
    takes={"x": Array("... n d"), "sublayers": None},
    gives=("... n d",),
    inputs=inputs,
    held=(Sublayer,),
    backend="torch",
    difficulty=2,
    minutes=7,
    opts_out={"gradients": "what is held is asked with plain numbers, and no gradient comes back"},
    hints=(
        "Keep two things as you go: the list of parts, and the stream, which is their sum so far. What are both before the first "
        "sublayer?",
        "In each round: call the sublayer on the stream, keep what it returns, then add it to the stream.",
        "Make a new tensor for the sum (`stream = stream + part`). With `+=` the first part, which is x itself, would change as "
        "well. `torch.stack` makes one tensor of the list.",
    ),
)


@exercise.wrong("each sublayer reads X, and not the stream as it is by then")
def all_read_x(x, sublayers):
    return torch.stack([x, *(sublayer(x) for sublayer in sublayers)])


@exercise.wrong("each sublayer reads what the one before it returned, and not the sum so far")
def last_part_read(x, sublayers):
    parts = [x]
    for sublayer in sublayers:
        parts.append(sublayer(parts[-1]))
    return torch.stack(parts)


@exercise.wrong("the stream after each sublayer is returned, where what the sublayer added is asked for")
def running_sums(x, sublayers):
    stream = [x]
    for sublayer in sublayers:
        stream.append(stream[-1] + sublayer(stream[-1]))
    return torch.stack(stream)


@exercise.wrong("X is missing among the parts")
def without_x(x, sublayers):
    parts = stream_parts(x, sublayers)[1:]
    return parts if len(parts) else x.new_zeros(0, *x.shape)


@exercise.wrong("the stream at the end is returned, where its parts are asked for")
def total_only(x, sublayers):
    return stream_parts(x, sublayers).sum(0)


@exercise.wrong("the parts have the stream at the end beside them")
def total_beside(x, sublayers):
    parts = stream_parts(x, sublayers)
    return torch.cat([parts, parts.sum(0, keepdim=True)])


@exercise.wrong(
    "each sublayer is called twice, once for the list and once for the stream: it may return something else then"
)
def called_twice(x, sublayers):
    parts, stream = [x], x
    for sublayer in sublayers:
        parts.append(sublayer(stream))
        stream = stream + sublayer(stream)
    return torch.stack(parts)


@exercise.wrong("the sublayers take their turns from the last to the first")
def from_the_end(x, sublayers):
    return stream_parts(x, sublayers[::-1])


@exercise.wrong("the parts come out from the last to the first, X at the end")
def parts_reversed(x, sublayers):
    return stream_parts(x, sublayers).flip(0)


@exercise.wrong("`stream += …` changes the first part and the caller's x, which are one tensor")
def aliased(x, sublayers):
    parts, stream = [x], x
    for sublayer in sublayers:
        parts.append(sublayer(stream))
        stream += parts[-1]
    return torch.stack(parts)


@exercise.wrong("`stream += …` changes the first part, which is the same tensor: it is the stream at the end")
def aliased_copy(x, sublayers):
    return aliased(x.clone(), sublayers)


@exercise.wrong("X counts twice: the stream starts as X, and X is added once more")
def x_twice(x, sublayers):
    parts, stream = [x], x + x
    for sublayer in sublayers:
        parts.append(sublayer(stream))
        stream = stream + parts[-1]
    return torch.stack(parts)


@exercise.wrong("the last sublayer is left out")
def last_left_out(x, sublayers):
    return stream_parts(x, sublayers[:-1])


@exercise.wrong(
    "the parts stand along the tokens' dimension, joined by `torch.cat`, where a new first dimension is asked for"
)
def joined(x, sublayers):
    return torch.cat(list(stream_parts(x, sublayers)), dim=-2)


@exercise.wrong("the parts stand along a new last dimension")
def stacked_last(x, sublayers):
    return stream_parts(x, sublayers).movedim(0, -1)


@exercise.wrong("a list is returned, where one tensor is asked for")
def as_list(x, sublayers):
    return list(stream_parts(x, sublayers))


@exercise.wrong("nothing is returned where there are no sublayers")
def nothing_for_none(x, sublayers):
    return stream_parts(x, sublayers) if sublayers else None


@exercise.wrong("x itself is returned where there are no sublayers, without a first dimension of length 1")
def bare_for_none(x, sublayers):
    return stream_parts(x, sublayers) if sublayers else x.clone()


@exercise.wrong("the parts are multiplied into the stream, where they are added to it")
def multiplied(x, sublayers):
    parts, stream = [x], x
    for sublayer in sublayers:
        parts.append(sublayer(stream))
        stream = stream * parts[-1]
    return torch.stack(parts)


@exercise.right
def sum_of_the_list(x, sublayers):
    parts = [x.clone()]
    for sublayer in sublayers:
        parts.append(sublayer(sum(parts)))
    return torch.stack(parts, dim=0)


@exercise.right
def written_in_place(x, sublayers):
    parts = x.new_zeros(1 + len(sublayers), *x.shape)
    parts[0] = x
    for i, sublayer in enumerate(sublayers, start=1):
        parts[i] = sublayer(parts[:i].sum(0))
    return parts
