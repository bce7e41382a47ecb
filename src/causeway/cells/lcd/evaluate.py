"""Compare predicted with observed cells of the held-out perturbations of one split."""

from pathlib import Path

import pandas as pd

from causeway.cells.lcd.contest import contest
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.lcd.trial import read_trial


def evaluate(
    *,
    panel: Path,
    splits: Path,
    predictions: Path,
    perturbations: Path,
    settings: Evaluation,
    dataset: str,
    split: str,
    variant: str,
    seed: int,
) -> None:
    """Score the model beside control, pooled, mean and additive baselines and the ceiling.

    Where the panel has counts, observed and predicted cells are normalised alike: library sizes
    over the genes of the panel only, to ``settings.target_sum``, then log(1 + x); predicted
    cells by their layer of counts, or from their ``X`` if they have none. Where it has none,
    ``X`` holds states and is compared as it stands.

    Parameters
    ----------
    panel
        Screen in canonical form, reduced to the genes of the panel.
    splits
        Table of splits.
    predictions
        Predicted cells: AnnData of the panel's genes with ``obs["perturbation"]``.
    perturbations
        Table to write (Parquet): ``dataset, split, variant, seed, perturbation, method, stratum,
        metric, value``.
    settings
        Section of the configuration.
    dataset, split, variant, seed
        The run.

    Raises
    ------
    InputError
        If predictions do not fit the panel and the split.
    """
    trial = read_trial(panel, splits, predictions, split, settings)
    run = {"dataset": dataset, "split": split, "variant": variant, "seed": seed}
    table = contest(trial, settings)
    pd.DataFrame(run, index=table.index).join(table).to_parquet(perturbations, index=False)
