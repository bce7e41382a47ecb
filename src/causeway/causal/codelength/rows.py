"""Rows of the metrics table of this system."""

from causeway.metrics import Metric


def row(
    dataset: str,
    variant: str,
    seed: int,
    metric: str,
    found: tuple[float, float, float],
    n: int,
) -> Metric:
    """Make the row of an estimate with the ends of its interval."""
    value, low, high = map(float, found)
    return Metric(
        system="codelength",
        dataset=dataset,
        variant=variant,
        seed=seed,
        metric=metric,
        value=value,
        low=low,
        high=high,
        n=n,
    )


def exact(dataset: str, variant: str, seed: int, metric: str, value: float, n: int = 1) -> Metric:
    """Make the row of a number that is computed, not estimated: its interval has no width.

    ``n`` counts the samples (per environment for counts) or the numbers behind it.
    """
    return row(dataset, variant, seed, metric, (value, value, value), n)
