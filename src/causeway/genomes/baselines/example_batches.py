"""Examples in memory as batches for training."""

import numpy as np
import torch

from causeway.genomes.baselines.examples import Examples
from causeway.genomes.batches import Rows
from causeway.genomes.dataset import Batch, BatchSet, WindowData


class ExampleSet(BatchSet):
    """Windows that lie in memory, with their labels.

    Parameters
    ----------
    examples
        Windows and expression.
    """

    def __init__(self, examples: Examples) -> None:
        self._windows = np.ascontiguousarray(examples.windows)
        self._labels = np.ascontiguousarray(examples.expression, dtype=np.float32)

    def __len__(self) -> int:
        """Number of windows."""
        return len(self._windows)

    def __getitem__(self, batch: Rows) -> Batch:
        """Return the windows of a batch."""
        rows = np.asarray(batch.rows, dtype=np.int64)
        arrays = self._windows[rows], self._labels[rows], rows
        return Batch(*(torch.from_numpy(array) for array in arrays))


def example_batches(train: Examples, valid: Examples, batch: int, seed: int) -> WindowData:
    """Make shuffled batches of training examples, and those of validation in their order."""
    return WindowData(ExampleSet(train), ExampleSet(valid), batch=batch, seed=seed)
