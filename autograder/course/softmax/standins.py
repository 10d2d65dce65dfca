"""Functions that demos use until the student's own passes its check.

They are meant to be used, not read: each leans on a library call instead of the steps that a lesson teaches.
While the exercise of its name is checked, it refuses.
"""

import numpy as np

from autograder import stand_in


@stand_in
def softmax(x, axis=-1):
    x = np.asarray(x, np.float64)
    return np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True))


@stand_in
def softmax_with_temperature(x, temperature, axis=-1):
    return softmax(np.true_divide(x, temperature), axis)


@stand_in
def entropy(weights, axis=-1):
    weights = np.asarray(weights, np.float64)
    surprise = np.log(np.reciprocal(weights, where=weights > 0, out=np.ones_like(weights)))
    return np.multiply(weights, surprise).sum(axis)


@stand_in
def softmax_jacobian(weights):
    return np.atleast_2d(np.cov(np.eye(len(weights)), aweights=weights, bias=True))


@stand_in
def cross_entropy_gradient(scores, target):
    x = np.asarray(scores, np.float64)
    x = x - x.max(axis=-1, keepdims=True)  # (..., n)
    stepped = x[..., None, :] + 1e-30j * np.eye(x.shape[-1])  # (..., n, n): an imaginary step of each score
    right = np.broadcast_to(np.asarray(target)[..., None, None], (*x.shape[:-1], x.shape[-1], 1))  # (..., n, 1)
    losses = np.log(np.exp(stepped).sum(axis=-1)) - np.take_along_axis(stepped, right, axis=-1)[..., 0]  # (..., n)
    return losses.imag / 1e-30


@stand_in
def gap_for_weight(weight, n):
    return float(np.log(n - 1) - np.log(np.expm1(-np.log(weight))))
