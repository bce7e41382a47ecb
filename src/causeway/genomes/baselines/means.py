"""The baseline that knows nothing of sequences."""

import numpy as np
from numpy.typing import NDArray

from causeway.genomes.baselines.examples import Examples


class TrainMean:
    """Predicts for every gene the mean of the training genes in each context."""

    def fit(self, train: Examples, valid: Examples) -> None:
        """Take the means; ``valid`` is not used."""
        del valid
        self.mean = train.expression.mean(axis=0, dtype=np.float64)

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return the means, shape (n, K)."""
        return np.tile(self.mean, (len(examples), 1))
