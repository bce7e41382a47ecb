"""The handwritten digits that scikit-learn carries: 1797 images of 8 x 8 pixels."""

import numpy as np
from sklearn.datasets import load_digits

CLASSES = 10


def load() -> tuple[np.ndarray, np.ndarray]:
    """Pixels from 0 to 1, shape (1797, 64), and classes 0 to 9, shape (1797,)."""
    pixels, labels = load_digits(return_X_y=True)
    return pixels / 16.0, labels.astype(int)
