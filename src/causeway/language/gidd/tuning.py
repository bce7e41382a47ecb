"""Best batches and rates of one type of noise, from the runs that vary them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from causeway.language.gidd.settings import Fitting
from causeway.language.gidd.unknowns import (
    Numbers,
    Unknown,
    all_unknown,
    attempted,
    exactly,
    known,
)
from causeway.language.scaling.curves import at_budgets, tokens_at_loss
from causeway.language.scaling.hyperparameters import Tuning, batch_law, learning_rate_law
from causeway.language.scaling.lines import Law
from causeway.language.scaling.mup import transfer
from causeway.language.scaling.shared_rates import at_shared_rates
from causeway.statistics import Interval

LEAST = 3
"""Values that a parabola takes."""
PARTS = ("coefficient", "exponent", "vertices", "failed")
"""What is told of a law; ``vertices`` are those that are bracketed, of ``n`` in all, and
``failed`` is the share of resamples without a law."""


def batches(
    curves: pd.DataFrame, fitting: Fitting, seed: int
) -> tuple[Numbers, pd.DataFrame | None]:
    """Law of the batch that needs fewest tokens, and its parabolas.

    Batches are compared at rates that all of them share. Targets of the loss lie between what all
    batches of a size reach and where the last of them starts.

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
    if varied.empty:
        return _told("batch", Unknown("no size was trained with three batches"))
    shared = at_shared_rates(varied)
    if shared.empty:
        return _told("batch", Unknown("no rate is shared by three batches of one size"))
    reached = [
        tokens_at_loss(mine, _targets(mine, fitting.targets))
        for _, mine in shared.groupby("parameters")
    ]
    table = pd.concat(reached, ignore_index=True)
    return _told("batch", attempted(batch_law, table, resamples=fitting.resamples, seed=seed))


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
    if varied.empty:
        return _told("rate", Unknown("no batch of a size was trained at three rates"))
    return _told(
        "rate", attempted(learning_rate_law, varied, resamples=fitting.resamples, seed=seed)
    )


def transferred(
    curves: pd.DataFrame, fitting: Fitting, seed: int
) -> tuple[Numbers, pd.DataFrame | None]:
    """Most steps of the grid of rates between the best rate of a size and of the smallest.

    Unknown if the best rate of a size is not bracketed by those that were tried.

    Parameters
    ----------
    curves
        Readings of one type of noise.
    fitting, seed
        As in :func:`batches`.
    """
    names = ("transfer/steps", "transfer/failed")
    tried = curves.groupby(["batch", "parameters"])["learning_rate"].transform("nunique")
    varied = curves[tried >= LEAST]
    sizes = varied.groupby("batch")["parameters"].nunique()
    if sizes.empty or sizes.max() < 2:
        return all_unknown(names, Unknown("no batch has two sizes of three rates each")), None
    mine = varied[varied["batch"] == sizes.idxmax()]
    tokens = float(mine.groupby("run")["tokens"].max().min())
    found = transfer(at_budgets(mine, [tokens], "tokens"), fitting.resamples, seed)
    numbers = (known(found.most, found.reason), exactly(found.failed, found.most.n))
    table = found.table.assign(batch=sizes.idxmax(), tokens=tokens)
    return dict(zip(names, numbers, strict=True)), table


def law(numbers: Mapping[str, Interval], name: str) -> Law:
    """Put a law together again from its numbers."""
    coefficient, exponent, count, lost = (numbers[f"{name}/{part}"] for part in PARTS)
    return Law(coefficient, exponent, int(count.estimate), lost.estimate)


def _targets(curves: pd.DataFrame, count: int) -> np.ndarray:
    losses = curves.sort_values("tokens").groupby(["batch", "run"])["loss"]
    reached = losses.min().groupby("batch").min().max()
    start = losses.first().groupby("batch").max().min()
    return np.geomspace(reached, start, count + 1)[:-1] if start > reached else np.array([])


def _told(name: str, found: Tuning | Unknown) -> tuple[Numbers, pd.DataFrame | None]:
    names = [f"{name}/{part}" for part in PARTS]
    if isinstance(found, Unknown):
        return all_unknown(names, found), None
    law = found.law
    numbers = (
        known(law.coefficient, law.reason),
        known(law.exponent, law.reason),
        exactly(law.points, len(found.parabolas)),
        exactly(law.failed, law.exponent.n),
    )
    return dict(zip(names, numbers, strict=True)), found.parabolas
