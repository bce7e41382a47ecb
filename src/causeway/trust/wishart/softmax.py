"""Gradients of softmax regression, whose share of each example is a matrix of rank one."""

import numpy as np


def residuals(features: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Predicted probabilities minus the one-hot labels, shape (n, classes).

    The gradient of example i's cross-entropy by the weights is the outer product of its features
    and its residual.

    Parameters
    ----------
    features
        Shape (n, d).
    labels
        Class numbers, shape (n,).
    weights
        Shape (d, classes).
    """
    found = features @ weights
    found -= found.max(axis=1, keepdims=True)
    np.exp(found, out=found)
    found /= found.sum(axis=1, keepdims=True)
    found[np.arange(len(labels)), labels] -= 1
    return found


def accuracy(features: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Share of examples whose largest logit is their class."""
    return float(np.mean(np.argmax(features @ weights, axis=1) == labels))
