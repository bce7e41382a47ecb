"""Metrics of the model and of all baselines on each held-out perturbation."""

import logging
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import pandas as pd
from causeway.cells.labels import targets

from causeway.cells.baselines import BASELINES, halves
from causeway.cells.comparison import Comparison
from causeway.cells.expression import mann_whitney
from causeway.cells.interactions import interaction, standard_shift
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.lcd.strata import ALL, strata
from causeway.cells.lcd.summary import MODEL
from causeway.cells.lcd.trial import SEED, Trial, doubles
from causeway.cells.summaries import Norm, discrimination

log = logging.getLogger(__name__)

CEILING = "split-half"
OBSERVED = "observed"
NORMS: tuple[Norm, ...] = ("l1", "l2", "cosine")


def contest(trial: Trial, settings: Evaluation) -> pd.DataFrame:
    """Score all methods on all held-out perturbations.

    Returns
    -------
    DataFrame
        Columns ``perturbation, method, stratum, metric, value``. Methods are ``lcd``, the
        baselines, the ``split-half`` ceiling, and ``observed`` for interaction scores, which
        describe a double rather than compare it; their squared errors do that.
    """
    rows: list[tuple[str, str, str, str, float]] = []
    for label, observed in trial.observed.items():
        log.info("%s: %d observed cells", label, len(observed))
        masks = strata(
            mann_whitney(observed, trial.known.control),
            trial.variability,
            settings.top_genes,
            settings.variable_shares,
        )
        for stratum, mask in masks.items():
            for method, found in _compared(trial, label, mask, settings):
                rows += [(label, method, stratum, name, value) for name, value in found.items()]
        rows += [(label, *row) for row in _discriminated(trial, label)]
    for label in doubles(list(trial.observed), trial.singles):
        rows += [(label, *row) for row in _interactions(trial, label)]
    return pd.DataFrame(rows, columns=["perturbation", "method", "stratum", "metric", "value"])


def _cells(trial: Trial, label: str) -> dict[str, np.ndarray]:
    """Cells that each method predicts."""
    guesses = {name: baseline(trial.known, label) for name, baseline in BASELINES.items()}
    return {MODEL: trial.predicted[label]} | guesses


def _compared(
    trial: Trial, label: str, mask: np.ndarray, settings: Evaluation
) -> Iterator[tuple[str, dict[str, float]]]:
    observed = trial.observed[label][:, mask]
    control, reference = trial.known.control[:, mask], trial.known.reference[mask]

    def against(cells: np.ndarray) -> Comparison:
        return Comparison(cells, control, reference, settings.significance, settings.top_ranks)

    whole = against(observed)
    for method, cells in _cells(trial, label).items():
        yield method, whole.of(cells[:, mask])
    found = [against(half).of(other) for other, half in halves(observed, settings.halves, SEED)]
    if found:
        yield CEILING, pd.DataFrame(found).mean().to_dict()


def _discriminated(trial: Trial, label: str) -> Iterator[tuple[str, str, str, float]]:
    """Whether a predicted mean is nearest to its own perturbation, among all of the screen."""
    origin = trial.known.origin
    means = [cells.mean(axis=0, dtype=np.float64) for cells in trial.observed.values()]
    observed = np.vstack([means, trial.known.means]) - origin
    own = list(trial.observed).index(label)
    left_out = np.isin(trial.genes, targets(label))
    for method, cells in _cells(trial, label).items():
        shift = cells.mean(axis=0, dtype=np.float64) - origin
        for norm in NORMS:
            score = (
                discrimination(shift, observed, own, norm, left_out)
                if np.isfinite(shift).all()
                else np.nan
            )
            yield method, ALL, f"discrimination-{norm}", score


def _interactions(trial: Trial, label: str) -> Iterator[tuple[str, str, str, float]]:
    """Interaction scores of a double, observed and predicted, and their squared errors."""

    def shift(cells: np.ndarray) -> np.ndarray:
        genes = trial.abundant
        return standard_shift(cells[:, genes], trial.known.control[:, genes], trial.logged)

    first, second = (shift(trial.singles[target]) for target in targets(label))
    seen = asdict(interaction(first, second, shift(trial.observed[label])))
    for name, value in seen.items():
        yield OBSERVED, ALL, f"interaction-{name}", value
    for method, cells in _cells(trial, label).items():
        for name, value in asdict(interaction(first, second, shift(cells))).items():
            yield method, ALL, f"interaction-{name}", value
            yield method, ALL, f"interaction-{name}-error", (value - seen[name]) ** 2
