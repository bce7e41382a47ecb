"""Ridge regressions on what is counted in sequences."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from causeway.genomes.baselines import features
from causeway.genomes.baselines.examples import Examples
from causeway.genomes.baselines.ridge import Ridge

Features = Callable[[Examples], NDArray[np.floating]]


class FeatureRidge:
    """Ridge regression on the best of several sets of features.

    Parameters
    ----------
    candidates
        Functions of examples that give features (n, p). The one whose regression has the least
        error on the validation genes is kept.

    Attributes
    ----------
    chosen
        Place of that one.
    """

    def __init__(self, candidates: Sequence[Features]) -> None:
        self._candidates = candidates

    def fit(self, train: Examples, valid: Examples) -> None:
        """Fit all candidates and keep the best."""
        fitted = []
        for candidate in self._candidates:
            ridge = Ridge()
            ridge.fit(candidate(train), train.expression, candidate(valid), valid.expression)
            fitted.append(ridge)
        self.chosen = int(np.argmin([ridge.loss for ridge in fitted]))
        self.ridge = fitted[self.chosen]

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return expression (n, K)."""
        return self.ridge.predict(self._candidates[self.chosen](examples))


def composition() -> FeatureRidge:
    """Make the regression on GC content and CpG observed over expected."""
    return FeatureRidge([lambda examples: features.composition(examples.windows)])


def kmers(longest: int = 5, both_strands: bool = False) -> FeatureRidge:
    """Make the regression on counts of k-mers, k from 1 to ``longest`` chosen by validation.

    Parameters
    ----------
    longest
        Largest k.
    both_strands
        Whether a word and its reverse complement count as one.
    """
    return FeatureRidge([partial(_words, k=k, merge=both_strands) for k in range(1, longest + 1)])


def binned_kmers(bins: int, k: int = 3) -> FeatureRidge:
    """Make the regression on counts of k-mers in each of several parts of the window."""
    return FeatureRidge([partial(_words, k=k, bins=bins)])


def codons() -> FeatureRidge:
    """Make the regression on codon usage; examples need coding sequences."""
    return FeatureRidge([_codons])


def _words(examples: Examples, k: int, bins: int = 1, merge: bool = False) -> NDArray[np.float32]:
    counts = features.word_counts(examples.windows, k, bins)
    return features.collapsed(counts, k) if merge else counts


def _codons(examples: Examples) -> NDArray[np.float64]:
    if examples.coding is None:
        raise ValueError("codon usage needs coding sequences")
    return features.codon_shares(examples.coding)
