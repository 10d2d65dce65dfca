"""What is on the map that course_map.py draws: pieces with what flows into them, frames, lessons, symbols.

To extend the map, add rows. Texts are plain: d_k is drawn as a d with a subscript. Places are points (1/72 inch) from the
top left of a picture that is 576 wide and as high as its lowest piece asks.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """An arrow that ends at a piece: the id of the piece it comes from, and the shape of what it carries."""

    source: str
    shape: str


@dataclass(frozen=True)
class Piece:
    """A box: its text of one or two lines, a colour of style.py by name, where its middle is, which lessons treat it."""

    id: str
    label: str
    colour: str
    place: tuple[float, float]
    lessons: tuple[int, ...]
    inflow: tuple[Flow, ...] = ()
    width: float = 64


@dataclass(frozen=True)
class Frame:
    """A dashed line around pieces that belong together, with its text at the bottom left."""

    label: str
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Lesson:
    """A lesson, where on its map "you are here" is written, and what to see there."""

    number: int
    title: str
    here: tuple[float, float]
    caption: str


X, Q, K, V = 40, 136, 222, 508  # columns: the input and what is added to it, then one for each projection
ROWS = (22, 72, 122, 172, 240, 298, 376, 446, 516, 586)

PIECES = (
    Piece("x", "input X", "INK", (X, ROWS[0]), (1,)),
    Piece("w_q", "W_Q", "Q", (Q, ROWS[1]), (2,), (Flow("x", "(n, d_model)"),)),
    Piece("w_k", "W_K", "K", (K, ROWS[1]), (2,), (Flow("x", "(n, d_model)"),)),
    Piece("w_v", "W_V", "V", (V, ROWS[1]), (2,), (Flow("x", "(n, d_model)"),)),
    Piece("q", "queries Q", "Q", (Q, ROWS[2]), (2,), (Flow("w_q", "(n, h·d_k)"),), 72),
    Piece("k", "keys K", "K", (K, ROWS[2]), (2,), (Flow("w_k", "(n, h·d_k)"),), 72),
    Piece("v", "values V", "V", (V, ROWS[2]), (2,), (Flow("w_v", "(n, h·d_v)"),), 72),
    Piece("split_q", "split", "Q", (Q, ROWS[3]), (6,), (Flow("q", "(n, h·d_k)"),)),
    Piece("split_k", "split", "K", (K, ROWS[3]), (6,), (Flow("k", "(n, h·d_k)"),)),
    Piece("split_v", "split", "V", (V, ROWS[3]), (6,), (Flow("v", "(n, h·d_v)"),)),
    Piece("scores", "scores Q Kᵀ", "SCORES", ((Q + K) / 2, ROWS[4]), (1, 3, 5),
          (Flow("split_q", "(h, n, d_k)"), Flow("split_k", "(h, n, d_k)")), 158),
    Piece("scale", "÷ √d_k\nmask", "SCORES", (Q, ROWS[5]), (5,), (Flow("scores", "(h, n_q, n_k)"),)),
    Piece("softmax", "softmax", "WEIGHTS", (257, ROWS[5]), (4, 5), (Flow("scale", "(h, n_q, n_k)"),)),
    Piece("weights", "weights", "WEIGHTS", (378, ROWS[5]), (1, 4, 5), (Flow("softmax", "(h, n_q, n_k)"),)),
    Piece("output", "output\nweights · V", "V", (V, ROWS[5]), (1, 5),
          (Flow("weights", "(h, n_q, n_k)"), Flow("split_v", "(h, n, d_v)")), 80),
    Piece("merge", "merge heads", "INK", (V, ROWS[6]), (6,), (Flow("output", "(h, n, d_v)"),), 86),
    Piece("w_o", "W_O", "INK", (257, ROWS[6]), (6,), (Flow("merge", "(n, h·d_v)"),)),
    Piece("add", "residual\n+ X", "INK", (X, ROWS[6]), (6, 7), (Flow("w_o", "(n, d_model)"), Flow("x", "(n, d_model)"))),
    Piece("stream", "residual\nstream", "INK", (X, ROWS[7]), (7,), (Flow("add", "(n, d_model)"),)),
    Piece("feed_forward", "feed-forward", "OTHER", (257, ROWS[8]), (7,), (Flow("stream", "(n, d_model)"),), 92),
    Piece("add_again", "residual\n+ stream", "INK", (X, ROWS[8]), (7,),
          (Flow("feed_forward", "(n, d_model)"), Flow("stream", "(n, d_model)")), 70),
    Piece("norm", "norm", "OTHER", (X, ROWS[9]), (8,), (Flow("add_again", "(n, d_model)"),)),
)  # fmt: skip

FRAMES = (Frame("scaled dot-product attention, in each head", ("scores", "scale", "softmax", "weights", "output")),)

LESSONS = (
    Lesson(1, "raw dot products", (304, ROWS[4]), "No matrices yet: Q, K and V are all X itself, and the raw scores are X Xᵀ."),
    Lesson(2, "QKV projections", (304, 66), "Three matrices make three views of one input."),
    Lesson(3, "dot-product geometry", (304, ROWS[4]), "What a score measures: an angle and two lengths."),
    Lesson(4, "softmax", (318, 268), "Any numbers go in as scores. Out come weights: shares of 1."),
    Lesson(5, "scaled dot-product attention", (304, ROWS[4]), "From scores to output: attention in one head."),
    Lesson(6, "multi-head attention", (304, ROWS[3]), "Q, K and V are split into heads; their outputs are merged."),
    Lesson(7, "feed forward", (420, ROWS[8]), "What is added to the stream, and the layer that takes one token at a time."),
    Lesson(8, "norms", (136, ROWS[9]), "Each token by itself is brought to mean 0 and variance 1, beside every residual."),
)  # fmt: skip

SYMBOLS_AT = (318, 92)  # the first one's right end
SYMBOLS = {
    "n": "tokens (n_q queries, n_k keys)",
    "d_model": "numbers for each token",
    "h": "heads, one until lesson 6",
    "d_k": "numbers in a query or key",
    "d_v": "numbers in a value",
}
