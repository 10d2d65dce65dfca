import numpy as np
import torch

from autograder.authoring import Exercise


def tell_apart():
    """Two tokens that LayerNorm makes the same and RMSNorm does not.

    Both norms are those of this lesson with gain 1, bias 0 and an eps that is next to nothing.

    Returns
    -------
    x, y : a tuple of two float tensors (8,). You choose the numbers; all are finite and none
        is above 1000 or below -1000. In each token the largest number is above the smallest
        by at least 0.1.

    "same" asks that no feature of the two differs by more than 0.001 after LayerNorm, and
    "apart" that some feature of the two differs by at least 0.1 after RMSNorm.
    """
    tokens = torch.arange(16.0).reshape(2, 8)  # (2, d): 0 to 7 and 8 to 15, so y is x + 8
    return tuple(tokens)  # (d,) each


def form(result):
    """Two float tensors (8,) with finite entries of at most 1000 in size, and a spread in each."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return "not two"
    for name, token in zip("xy", result, strict=True):
        if not isinstance(token, torch.Tensor):
            return "type", {"name": name}
        if tuple(token.shape) != (8,):
            return "shape", {"name": name, "shape": str(tuple(token.shape))}
        if not token.is_floating_point():
            return "dtype", {"name": name, "dtype": str(token.dtype).removeprefix("torch.")}
        if not torch.isfinite(token).all():
            return "not finite", {"name": name}
        if token.abs().max() > 1000:
            return "large", {"name": name, "size": token.abs().max().item()}
        if token.max() - token.min() < 0.1:
            return "constant", {"name": name}
    return ""


def largest_difference(result, function):
    x, y = (function(token.detach().double(), (8,), eps=1e-12) for token in result)
    return (x - y).abs().max().item()


def same(result):
    """LayerNorm makes the two the same, up to 0.001."""
    if wrong := form(result):
        return wrong
    found = largest_difference(result, torch.nn.functional.layer_norm)
    return "" if found <= 0.001 else ("differ", {"found": found})


def apart(result):
    """RMSNorm keeps some feature of the two apart by 0.1."""
    if wrong := form(result):
        return wrong
    found = largest_difference(result, torch.nn.functional.rms_norm)
    return "" if found >= 0.1 else ("alike", {"found": found})


def inputs(draw):
    yield "same", {}, "the two tokens after LayerNorm"
    yield "apart", {}, "the two tokens after RMSNorm"


exercise = Exercise(
    tell_apart,
    points={"same": 1, "apart": 1},
    takes={},
    gives=("8", "8"),
    inputs=inputs,
    backend="torch",
    difficulty=1,
    minutes=4,
    verifiers={"same": same, "apart": apart},
    sentences={
        "not two": "two tokens are asked for, x and y, in a tuple",
        "type": "{name} is not a torch tensor",
        "shape": "{name} should have the shape (8,), and has {shape}",
        "dtype": "{name} should hold floats, and has dtype {dtype}",
        "not finite": "{name} has entries that are not finite numbers",
        "large": "{name} has an entry of size {size:.4g}: none may be above 1000 or below -1000",
        "constant": "the numbers of {name} are equal, or nearly: the largest should be above the smallest by 0.1",
        "differ": "after LayerNorm some feature of the two still differs, by {found:.3g}",
        "alike": "after RMSNorm no feature of the two differs by 0.1; the largest difference is {found:.3g}",
    },
    hints=(
        "What can be done to a token that LayerNorm undoes? There are two such things, and RMSNorm undoes one of them.",
        "RMSNorm divides by a size, so a token and three times the token are the same to it. What does it not take off?",
        "Take any token and add the same number to all its features.",
    ),
)


def token():
    return torch.tensor([0.5, -1.0, 2.0, 0.25, 3.0, -0.75, 1.0, -1.5])


def centred():
    return token() - token().mean()


@exercise.wrong("the second token is a multiple of the first: that is the same to both norms")
def scaled():
    return token(), 3 * token()


@exercise.wrong("the second token has the other sign: that differs after both norms")
def sign_turned():
    return token(), -token()


@exercise.wrong("both tokens are the same")
def equal():
    return token(), token()


@exercise.wrong("one feature is changed and the others are not: that differs after both norms")
def one_feature():
    other = token()
    other[0] += 3
    return token(), other


@exercise.wrong("the features stand in another order: each feature then gets the number of another")
def reordered():
    return token(), token().flip(0)


@exercise.wrong("the same number is added to all features, but so small a one that RMSNorm hardly sees it")
def small_shift():
    return token(), token() + 0.01


@exercise.wrong("the token is mirrored about its mean: that turns the sign after LayerNorm")
def mirrored():
    return token(), 2 * token().mean() - token()


@exercise.wrong(
    "the second is the first after LayerNorm, and the first had mean 0: nothing but a scale is left between them"
)
def normalised():
    return centred(), torch.nn.functional.layer_norm(centred(), (8,))


@exercise.wrong("the numbers of each token are all the same: LayerNorm makes 0 of them")
def constants():
    return torch.ones(8), -torch.ones(8)


@exercise.wrong("the number that is added is so large that float32 has no digits left for the token")
def huge_shift():
    return token(), token() + 1e10


@exercise.wrong("one tensor (2, 8) is returned, and a tuple of two tokens (8,) is asked for")
def stacked():
    return torch.stack([token(), token() + 10])


@exercise.wrong("the tokens are whole numbers, and floats are asked for")
def whole_numbers():
    return torch.arange(8), torch.arange(8) + 10


@exercise.wrong("numpy arrays are returned, and torch tensors are asked for")
def in_numpy():
    return np.arange(8.0), np.arange(8.0) + 10


@exercise.wrong("the tokens have another number of features than 8")
def four_features():
    return torch.arange(4.0), torch.arange(4.0) + 10


@exercise.right
def shifted_and_scaled():
    return token(), 2 * token() + 5


@exercise.right
def mean_taken_off():
    far = token() + 7
    return [far.double(), torch.nn.functional.layer_norm(far, (8,))]


@exercise.right
def from_random_numbers():
    x = torch.rand(8)
    return x, x - 2
