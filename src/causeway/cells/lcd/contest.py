"""Metrics of the model and of all baselines on each held-out perturbation."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from causeway.cells.baselines import BASELINES, halves
from causeway.cells.comparison import Comparison
from causeway.cells.distances import Cloud, Pairs
from causeway.cells.expression import mann_whitney
from causeway.cells.interaction_classes import Limits, calibrated, classes
from causeway.cells.interactions import Interaction, interaction, standard_shift
from causeway.cells.labels import CONTROL, targets
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.lcd.strata import ALL, strata
from causeway.cells.lcd.summary import CLASS, MODEL, OBSERVED
from causeway.cells.lcd.trial import SEED, Trial, doubles
from causeway.cells.summaries import Norm, discrimination

log = logging.getLogger(__name__)

CEILING = "split-half"
NORMS: tuple[Norm, ...] = ("l1", "l2", "cosine")


class Spreads:
    """Means over the pairs of cells that baselines start from, once per stratum of genes.

    ``pooled`` has cells of its own; all others shift the control cells, which changes no
    distance among them.
    """

    def __init__(self, trial: Trial) -> None:
        self._known = trial.known
        self._found: dict[tuple[bool, bytes], Pairs] = {}

    def of(self, method: str, mask: np.ndarray) -> Pairs | None:
        """Means over pairs of cells of a baseline; None for the model."""
        if method not in BASELINES:
            return None
        pooled = method == "pooled"
        place = (pooled, mask.tobytes())
        if place not in self._found:
            cells = BASELINES["pooled" if pooled else "control"](self._known, CONTROL)
            self._found[place] = Cloud(cells[:, mask]).within
        return self._found[place]


def contest(trial: Trial, settings: Evaluation) -> pd.DataFrame:
    """Score all methods on all held-out perturbations.

    Returns
    -------
    DataFrame
        Columns ``perturbation, method, stratum, metric, value``. Methods are ``lcd``, the
        baselines, the ``split-half`` ceiling, and ``observed`` for interaction scores, which
        describe a double rather than compare it; their squared errors do that. Where classes of
        doubles are known, ``interaction-class-<class>`` is 1 or 0.
    """
    rows: list[tuple[str, str, str, str, float]] = []
    spreads = Spreads(trial)
    for label, observed in trial.observed.items():
        log.info("%s: %d observed cells", label, len(observed))
        masks = strata(
            mann_whitney(observed, trial.known.control),
            trial.variability,
            settings.top_genes,
            settings.variable_shares,
        )
        for stratum, mask in masks.items():
            for method, found in _compared(trial, label, mask, settings, spreads):
                rows += [(label, method, stratum, name, value) for name, value in found.items()]
        rows += [(label, *row) for row in _discriminated(trial, label)]
    limits = _limits(trial)
    for label in doubles(list(trial.observed), trial.singles):
        rows += [(label, *row) for row in _interactions(trial, label, limits)]
    return pd.DataFrame(rows, columns=["perturbation", "method", "stratum", "metric", "value"])


def _cells(trial: Trial, label: str) -> dict[str, np.ndarray]:
    """Cells that each method predicts."""
    guesses = {name: baseline(trial.known, label) for name, baseline in BASELINES.items()}
    return {MODEL: trial.predicted[label]} | guesses


def _compared(
    trial: Trial, label: str, mask: np.ndarray, settings: Evaluation, spreads: Spreads
) -> Iterator[tuple[str, dict[str, float]]]:
    observed = trial.observed[label][:, mask]
    control, reference = trial.known.control[:, mask], trial.known.reference[mask]

    def against(cells: np.ndarray) -> Comparison:
        return Comparison(cells, control, reference, settings.significance, settings.top_ranks)

    whole = against(observed)
    for method, cells in _cells(trial, label).items():
        yield method, whole.of(Cloud(cells[:, mask], spreads.of(method, mask)))
    found = [against(half).of(other) for other, half in halves(observed, settings.halves, SEED)]
    if found:
        yield CEILING, {str(k): float(v) for k, v in pd.DataFrame(found).mean().items()}


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


def _shift(trial: Trial, cells: np.ndarray) -> np.ndarray:
    genes = trial.abundant
    return standard_shift(cells[:, genes], trial.known.control[:, genes], trial.logged)


def _limits(trial: Trial) -> dict[str, Limits]:
    """Limits of the classes of interactions; none where no class of a double is known."""
    if not trial.classes:
        return {}
    scores = {
        label: interaction(*(_shift(trial, cells) for cells in parts))
        for label, parts in trial.known_doubles.items()
    }
    found = calibrated(scores, trial.classes)
    log.info("limits of classes by %d known doubles: %s", len(scores), found)
    return found


def _interactions(
    trial: Trial, label: str, limits: Mapping[str, Limits]
) -> Iterator[tuple[str, str, str, float]]:
    """Interaction scores of a double, observed and predicted, and their squared errors."""
    first, second = (_shift(trial, trial.singles[target]) for target in targets(label))
    truth = interaction(first, second, _shift(trial, trial.observed[label]))
    seen = asdict(truth)
    for name, value in seen.items():
        yield OBSERVED, ALL, f"interaction-{name.replace('_', '-')}", value
    yield from _classes(OBSERVED, truth, limits)
    for method, cells in _cells(trial, label).items():
        guess = interaction(first, second, _shift(trial, cells))
        yield from _classes(method, guess, limits)
        found = asdict(guess)
        # Of the singles alone, which are not predicted.
        del found["redundancy"]
        for name, value in found.items():
            word = f"interaction-{name.replace('_', '-')}"
            yield method, ALL, word, value
            yield method, ALL, f"{word}-error", (value - seen[name]) ** 2


def _classes(
    method: str, scores: Interaction, limits: Mapping[str, Limits]
) -> Iterator[tuple[str, str, str, float]]:
    if limits:
        for name, there in classes(scores, limits).items():
            yield method, ALL, f"{CLASS}{name}", float(there)
