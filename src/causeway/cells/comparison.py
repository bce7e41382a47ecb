"""All metrics of predicted against observed cells of one perturbation."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from causeway.cells import distances, expression, summaries

HIGHER_IS_BETTER = ("pearson", "de", "top", "discrimination")
"""First words of the metrics that are to be large; all others are distances and errors."""
TOP_RANKS = (20, 100)
"""Numbers of genes whose recovery is scored as a ranking."""


class Comparison:
    """Observed cells of one perturbation, to be compared with predictions.

    Parameters
    ----------
    observed
        Shape (cells, genes), as all that follow in the same genes and units.
    control
        Control cells, against which differential expression is tested.
    reference
        Mean of the means of the training perturbations, shape (genes,), see
        :func:`causeway.cells.summaries.pearson`.
    significance
        False discovery rate of differential expression.
    top_ranks
        Numbers of genes whose recovery is scored as a ranking; those that are not below the
        number of genes are left out.
    """

    def __init__(
        self,
        observed: np.ndarray,
        control: np.ndarray,
        reference: np.ndarray,
        significance: float = 0.05,
        top_ranks: Sequence[int] = TOP_RANKS,
    ) -> None:
        self.observed = distances.Cloud(observed)
        self.control = control
        self.reference = reference
        self.significance = significance
        self.top_ranks = [k for k in top_ranks if k < observed.shape[1]]

    @cached_property
    def test(self) -> expression.RankTest:
        """Observed against control cells."""
        return expression.mann_whitney(self.observed.cells, self.control)

    @cached_property
    def shift(self) -> np.ndarray:
        """Observed difference of mean expression from control, shape (genes,)."""
        return self.observed.cells.mean(axis=0) - self._origin

    @cached_property
    def _origin(self) -> np.ndarray:
        return self.control.mean(axis=0, dtype=np.float64)

    def of(self, predicted: np.ndarray | distances.Cloud) -> dict[str, float]:
        """Compare predicted cells, shape (cells, genes).

        Returns
        -------
        dict
            ``energy-distance``, ``mmd``, ``wasserstein``, ``rmse`` and ``mae``, infinite where
            cells are not finite; ``pearson-delta`` and ``pearson-systema``; ``de-precision``,
            ``de-recall`` and ``de-f1`` of the differentially expressed genes; and
            ``top<k>-auroc``, ``top<k>-average-precision``, ``top<k>-precision`` for the k most
            changed genes, by the size of the change, or of the test statistic
            (``top<k>-test-...``). What is not defined is NaN.
        """
        cloud = predicted if isinstance(predicted, distances.Cloud) else distances.Cloud(predicted)
        if not np.isfinite(cloud.cells).all():
            diverged = self.of(self.observed)
            return {name: np.nan if better_when_large(name) else np.inf for name in diverged}
        mean, seen = cloud.cells.mean(axis=0), self.observed.cells.mean(axis=0)
        found = distances.distances(cloud, self.observed)
        found["wasserstein"] = distances.wasserstein(cloud.cells, self.observed.cells)
        found["rmse"] = summaries.rmse(mean, seen)
        found["mae"] = summaries.mae(mean, seen)
        found["pearson-delta"] = summaries.pearson(mean - self._origin, self.shift)
        found["pearson-systema"] = summaries.pearson(mean - self.reference, seen - self.reference)
        return found | self._expression(cloud.cells, mean - self._origin)

    def _expression(self, predicted: np.ndarray, shift: np.ndarray) -> dict[str, float]:
        test = expression.mann_whitney(predicted, self.control)
        significant = [
            expression.benjamini_hochberg(one.p) <= self.significance for one in (test, self.test)
        ]
        recovered = expression.recovery(*significant)
        found = {f"de-{name}": value for name, value in recovered._asdict().items()}
        for word, ours, true in (("", shift, self.shift), ("test-", test.z, self.test.z)):
            for k in self.top_ranks:
                ranked = expression.ranking(np.abs(ours), expression.top(np.abs(true), k))
                for name, value in ranked._asdict().items():
                    found[f"top{k}-{word}{name.replace('_', '-')}"] = value
        return found


def compare(
    predicted: np.ndarray,
    observed: np.ndarray,
    control: np.ndarray,
    reference: np.ndarray,
    significance: float = 0.05,
    top_ranks: Sequence[int] = TOP_RANKS,
) -> dict[str, float]:
    """All metrics of predicted against observed cells, see :class:`Comparison`."""
    return Comparison(observed, control, reference, significance, top_ranks).of(predicted)


def better_when_large(metric: str) -> bool:
    """Whether a metric of this name should be large."""
    return metric.startswith(HIGHER_IS_BETTER)
