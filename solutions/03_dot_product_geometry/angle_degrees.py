import numpy as np

from autograder.authoring import Array, Exercise
from autograder.values import array


def angle_degrees(a, b):
    """The angle between two vectors, in degrees from 0 to 180: the angle whose cosine is a·b / (|a| |b|).

    Parameters
    ----------
    a : numpy array (..., d), floats or integers, one vector or many. d is at least 1.
    b : numpy array of the same shape and dtype.

    Returns
    -------
    array (...): the angle of each vector of a to the vector of b in the same place; a number for two single vectors. Floats
    keep their dtype; integers give float64. a and b are left as they were.

    A vector and its own multiple are 0 degrees apart, or 180 where the multiple is negative: never NaN, although a rounded
    cosine can come out a little beyond 1 or -1. In float64 an error of 0.000001 degrees is allowed there.

    Raises
    ------
    ValueError : where a vector of a or b is all zeros. It has no direction.
    """
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)  # (...)
    if (lengths == 0).any():
        raise ValueError("a zero vector has no direction, so no angle")
    cosines = (a * b).sum(axis=-1) / lengths  # (...)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))  # (...)
