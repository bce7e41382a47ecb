"""Shares of data sets or worlds, with their intervals, and rows of them."""

import math

import numpy as np
from scipy.special import betaincinv, ndtri

from causeway.causal.codelength.rows import row
from causeway.metrics import Metric


def wins(
    dataset: str, variant: str, seed: int, metric: str, code: np.ndarray, data: np.ndarray
) -> list[Metric]:
    """Make the rows of how often a direction wins: with penalty, without, and the difference.

    Parameters
    ----------
    dataset, variant, seed, metric
        Names in the table of metrics; ``/code``, ``/data`` and ``/penalty`` follow the last.
    code, data
        Shape (n,): whether the direction is shorter with and without the penalty, in the same
        data sets or worlds.
    """
    return [
        share(dataset, variant, seed, f"{metric}/code", code),
        share(dataset, variant, seed, f"{metric}/data", data),
        share_difference(dataset, variant, seed, f"{metric}/penalty", code, data),
    ]


def share(dataset: str, variant: str, seed: int, metric: str, won: np.ndarray) -> Metric:
    """Make the row of a share: its exact 95 % interval, and how many it was counted in.

    Parameters
    ----------
    dataset, variant, seed, metric
        Names in the table of metrics; the seed is that of the run.
    won
        Shape (n,): whether the thing counted is there, in each data set or world.
    """
    low, high = clopper_pearson(int(won.sum()), len(won))
    return row(dataset, variant, seed, metric, (float(won.mean()), low, high), len(won))


def share_difference(
    dataset: str, variant: str, seed: int, metric: str, one: np.ndarray, other: np.ndarray
) -> Metric:
    """Make the row of the difference of two shares that were counted in the same worlds.

    Parameters
    ----------
    dataset, variant, seed, metric
        Names in the table of metrics; the seed is that of the run.
    one, other
        Shape (n,) each; entry i of both is of the same world.
    """
    gained, lost = int((one & ~other).sum()), int((other & ~one).sum())
    found = ((gained - lost) / len(one), *paired_shares(gained, lost, len(one)))
    return row(dataset, variant, seed, metric, found, len(one))


def clopper_pearson(successes: int, trials: int) -> tuple[float, float]:
    """Exact 95 % interval of a share (C. J. Clopper and E. S. Pearson, Biometrika 26:404, 1934).

    Parameters
    ----------
    successes, trials
        Whole numbers, with at least one trial.
    """
    failures = trials - successes
    low = betaincinv(successes, failures + 1, 0.025) if successes else 0.0
    high = betaincinv(successes + 1, failures, 0.975) if failures else 1.0
    return float(low), float(high)


def paired_shares(gained: int, lost: int, trials: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares of the same units.

    Adjusted Wald interval of D. G. Bonett and R. M. Price (Journal of Educational and Behavioral
    Statistics 37:479, 2012). Like McNemar's test it reads only the units that changed sides; it
    keeps its width where none did.

    Parameters
    ----------
    gained, lost
        Units counted in the first share alone, and in the second alone.
    trials
        All units, at least one.
    """
    up, down = (gained + 1) / (trials + 2), (lost + 1) / (trials + 2)
    middle = up - down
    half = float(ndtri(0.975)) * math.sqrt((up + down - middle**2) / (trials + 2))
    return max(middle - half, -1.0), min(middle + half, 1.0)
