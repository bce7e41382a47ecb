"""Best batches and rates of one type of noise, from the runs that vary them."""

import numpy as np
import pandas as pd

from causeway.language.gidd.laws import UNKNOWN, Numbers, attempted
from causeway.language.gidd.settings import Fitting
from causeway.language.scaling.curves import at_budgets, tokens_at_loss
from causeway.language.scaling.hyperparameters import Tuning, batch_law, learning_rate_law
from causeway.language.scaling.lines import Law
from causeway.language.scaling.mup import transfer
from causeway.statistics import Interval

LEAST = 3
"""Values that a parabola takes."""


def batches(
    curves: pd.DataFrame, fitting: Fitting, seed: int
) -> tuple[Numbers, pd.DataFrame | None]:
    """Law of the batch that needs fewest tokens, and its parabolas.

    Targets of the loss lie between what all batches of a size reach and where the last of them
    starts.

    Parameters
    ----------
    curves
        Readings of one type of noise.
    fitting
        Section of the configuration.
    seed
        Of the bootstrap.
    """
    varied = curves[curves.groupby("parameters")["batch"].transform("nunique") >= LEAST]
    reached = [
        tokens_at_loss(mine, _targets(mine, fitting.targets))
        for _, mine in varied.groupby("parameters")
    ]
    found = None
    if reached:
        table = pd.concat(reached, ignore_index=True)
        found = attempted("batch law", batch_law, table, resamples=fitting.resamples, seed=seed)
    return _told("batch", found)


def rates(
    points: pd.DataFrame, fitting: Fitting, seed: int
) -> tuple[Numbers, pd.DataFrame | None]:
    """Law of the best rate against the batch, and its parabolas.

    Parameters
    ----------
    points
        Readings of one type of noise at budgets, of all batches and rates.
    fitting, seed
        As in :func:`batches`.
    """
    group = ["parameters", "budget", "batch"]
    varied = points[points.groupby(group)["learning_rate"].transform("nunique") >= LEAST]
    found = None
    if len(varied):
        found = attempted(
            "rate law", learning_rate_law, varied, resamples=fitting.resamples, seed=seed
        )
    return _told("rate", found)


def transferred(curves: pd.DataFrame) -> tuple[Numbers, pd.DataFrame | None]:
    """Most steps of the grid of rates between the best rate of a size and of the smallest.

    Unknown if the best rate of a size is the first or last that was tried, so that the true one
    may lie beyond.

    Parameters
    ----------
    curves
        Readings of one type of noise.
    """
    name = "transfer/steps"
    tried = curves.groupby(["batch", "parameters"])["learning_rate"].transform("nunique")
    varied = curves[tried >= LEAST]
    sizes = varied.groupby("batch")["parameters"].nunique()
    if sizes.empty or sizes.max() < 2:
        return {name: UNKNOWN}, None
    mine = varied[varied["batch"] == sizes.idxmax()]
    tokens = float(mine.groupby("run")["tokens"].max().min())
    table = transfer(at_budgets(mine, [tokens], "tokens"))
    most = float(table["difference"].abs().max())
    known = not table["edge"].any() and np.isfinite(most)
    found = Interval(most, most, most, len(table)) if known else UNKNOWN
    return {name: found}, table.assign(batch=sizes.idxmax(), tokens=tokens)


def law(numbers: Numbers, name: str) -> Law:
    """Put a law together again from its numbers."""
    coefficient, exponent = (numbers[f"{name}/{part}"] for part in ("coefficient", "exponent"))
    return Law(coefficient, exponent, int(numbers[f"{name}/vertices"].estimate), 0.0)


def _targets(curves: pd.DataFrame, count: int) -> np.ndarray:
    losses = curves.sort_values("tokens").groupby(["batch", "run"])["loss"]
    reached = losses.min().groupby("batch").min().max()
    start = losses.first().groupby("batch").max().min()
    return np.geomspace(reached, start, count + 1)[:-1] if start > reached else np.array([])


def _told(name: str, found: Tuning | None) -> tuple[Numbers, pd.DataFrame | None]:
    if found is None:
        parts = ("coefficient", "exponent", "vertices")
        return {f"{name}/{part}": UNKNOWN for part in parts}, None
    count = found.law.points
    numbers = {
        f"{name}/coefficient": found.law.coefficient,
        f"{name}/exponent": found.law.exponent,
        f"{name}/vertices": Interval(count, count, count, len(found.parabolas)),
    }
    return numbers, found.parabolas
