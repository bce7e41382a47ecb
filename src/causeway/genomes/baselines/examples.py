"""What baselines learn from, and what they have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Examples:
    """Genes with their sequences and expression.

    Parameters
    ----------
    windows
        Codes of the windows, read from the gene's strand, shape (n, W), uint8.
    expression
        log(1 + TPM), shape (n, K).
    coding
        Codes of each coding sequence from its start codon on; only codon usage needs them.
    """

    windows: NDArray[np.uint8]
    expression: NDArray[np.floating]
    coding: Sequence[NDArray[np.uint8]] | None = None

    def __post_init__(self) -> None:
        """Refuse tables that do not fit together, and values that are missing."""
        sizes = {len(self.windows), len(self.expression)}
        if self.coding is not None:
            sizes.add(len(self.coding))
        if len(sizes) > 1:
            raise ValueError(f"tables of {sorted(sizes)} genes do not fit together")
        if not np.isfinite(self.expression).all():
            raise ValueError("expression has missing values")

    def __len__(self) -> int:
        """Number of genes."""
        return len(self.windows)


class Baseline(Protocol):
    """A predictor of expression that is fitted at once."""

    def fit(self, train: Examples, valid: Examples) -> None:
        """Learn from training genes; whatever has to be chosen is chosen on validation genes."""

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return expression (n, K); that of ``examples`` is not looked at."""
