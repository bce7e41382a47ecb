"""What one split holds out: observed and predicted cells in the same units."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import anndata
import numpy as np

from causeway.cells.baselines import Training, dense, sample, training
from causeway.cells.interaction_classes import read_classes
from causeway.cells.labels import CONTROL, targets
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.normalisation import Matrix, libraries, linear, log_normalised
from causeway.cells.screens import read_screen
from causeway.cells.splits import members, read_splits
from causeway.errors import InputError

log = logging.getLogger(__name__)

DISPERSION = "dispersions_norm"
"""Column of ``var`` with the normalised dispersion among training cells, if it was computed."""
SEED = 0
"""Of the choice of cells: all seeds and variants of a model meet the same ones."""


@dataclass(frozen=True)
class Trial:
    """Held-out perturbations.

    Parameters
    ----------
    genes
        Names.
    known
        Training cells, summarised.
    observed, predicted
        Cells by genes of each held-out perturbation, sorted by label.
    singles
        Training cells of the single targets of held-out doubles, by target; only of doubles
        for which there are both.
    variability
        How variable a gene is among training cells, shape (genes,).
    abundant
        Genes with enough counts for interaction scores, as a mask.
    logged
        Whether values are log(1 + x) of expression.
    classes
        Doubles whose class of genetic interaction is known, by class; none without
        ``settings.interaction_classes``.
    known_doubles
        Cells of those that were measured together with both singles, trained or not, by label:
        of both singles, and of the double.
    """

    genes: list[str]
    known: Training
    observed: dict[str, np.ndarray]
    predicted: dict[str, np.ndarray]
    singles: dict[str, np.ndarray]
    variability: np.ndarray
    abundant: np.ndarray
    logged: bool
    classes: dict[str, list[str]]
    known_doubles: dict[str, list[np.ndarray]]


def read_trial(
    panel: Path, splits: Path, predictions: Path, split: str, settings: Evaluation
) -> Trial:
    """Read a split with its predictions.

    Parameters
    ----------
    panel
        Screen in canonical form.
    splits
        Table of splits.
    predictions
        AnnData with the genes of the panel and ``obs["perturbation"]``; ``X`` as in the panel.
    split
        Name of the split. Its test perturbations count, or those of validation if it has none.
    settings
        How cells are normalised, and how many are compared.

    Raises
    ------
    InputError
        If a file is damaged, the split holds out nothing, a held-out perturbation has no
        observed or no predicted cells, or the genes of the predictions are others.
    """
    screen = read_screen(panel)
    answer = _same_genes(_read(predictions), screen, predictions)
    table = read_splits(splits)
    train = set(members(table, split, "train", splits)) - {CONTROL}
    test = members(table, split, "test", splits) or members(table, split, "validation", splits)
    if not test or train.intersection(test):
        what = "holds out nothing" if not test else f"trains on {train.intersection(test).pop()!r}"
        raise InputError(
            f"{splits}, split {split!r}",
            f"{what}, so that there is nothing to evaluate",
            "Hold out whole perturbations, with the role test or validation",
        )
    counted = "counts" in screen.layers
    values, guesses = _normalised(screen, answer, settings)
    labels, guessed = (one.obs["perturbation"].astype(str).to_numpy() for one in (screen, answer))

    def cells(matrix: Matrix, names: np.ndarray, label: str, path: Path) -> np.ndarray:
        rows = np.flatnonzero(names == label)
        if not len(rows):
            raise InputError(
                f"{path}, obs['perturbation']",
                f"there are no cells of {label!r}, which split {split!r} asks for",
                "Add them, or split anew",
            )
        return dense(matrix, sample(rows, settings.cells, np.random.default_rng(SEED)))

    seen = np.isin(labels, [CONTROL, *train])
    known = training(values[seen], labels[seen], settings.cells, SEED)
    wanted = {
        target
        for label in test
        for target in targets(label)
        if len(targets(label)) == 2 and train.issuperset(targets(label))
    }
    classes = read_classes(Path(path)) if (path := settings.interaction_classes) else {}
    present = set(labels)
    classed = [
        label
        for part in classes.values()
        for label in part
        if present.issuperset({label, *targets(label)})
    ]
    return Trial(
        genes=screen.var_names.tolist(),
        known=known,
        observed={label: cells(values, labels, label, panel) for label in test},
        predicted={label: cells(guesses, guessed, label, predictions) for label in test},
        singles={target: cells(values, labels, target, panel) for target in sorted(wanted)},
        variability=_variability(screen, known),
        abundant=_abundant(screen, labels, settings.interaction_counts),
        logged=counted,
        classes=classes,
        known_doubles={
            label: [cells(values, labels, name, panel) for name in (*targets(label), label)]
            for label in classed
        },
    )


def _read(path: Path) -> anndata.AnnData:
    try:
        answer = anndata.read_h5ad(path)
    except (OSError, KeyError) as error:
        raise InputError(
            path, f"is not a whole .h5ad file ({error})", "Delete it and predict anew"
        ) from error
    if "perturbation" not in answer.obs:
        raise InputError(f"{path}, obs", "has no column 'perturbation'", "Label predicted cells")
    return answer


def _same_genes(answer: anndata.AnnData, screen: anndata.AnnData, path: Path) -> anndata.AnnData:
    missing = screen.var_names.difference(answer.var_names)
    if len(missing) or answer.n_vars != screen.n_vars or not answer.var_names.is_unique:
        raise InputError(
            f"{path}, var_names",
            f"its {answer.n_vars} genes are not the {screen.n_vars} of the panel"
            + (f" ({missing[0]} is missing)" if len(missing) else ""),
            "Predict the genes of the panel, each once",
        )
    return answer[:, screen.var_names]


def _normalised(
    screen: anndata.AnnData, answer: anndata.AnnData, settings: Evaluation
) -> tuple[Matrix, Matrix]:
    """Observed and predicted cells in the same units.

    The released code of arXiv:2601.15341 takes library sizes over the genes of the panel only,
    since predicted cells have no other genes, scales them to ``target_sum`` and adds
    log(1 + x). Where there are no counts, values are states and stay as they are.
    """
    if "counts" not in screen.layers or settings.normalisation == "stored":
        return screen.X, answer.X
    counts = screen.layers["counts"]
    target = settings.target_sum
    if target is None:
        own = (screen.obs["perturbation"].astype(str) == CONTROL).to_numpy()
        target = float(np.median(libraries(counts[own])))
    predicted = answer.layers["counts"] if "counts" in answer.layers else linear(answer.X)
    log.info("cells are scaled to %g counts on the %d genes of the panel", target, screen.n_vars)
    return log_normalised(counts, target), log_normalised(predicted, target)


def _variability(screen: anndata.AnnData, known: Training) -> np.ndarray:
    if DISPERSION in screen.var:
        return screen.var[DISPERSION].fillna(-np.inf).to_numpy(dtype=np.float64)
    return np.concatenate([known.control, known.perturbed]).var(axis=0, dtype=np.float64)


def _abundant(screen: anndata.AnnData, labels: np.ndarray, least: float) -> np.ndarray:
    """Genes of more than ``least`` mean counts in control cells; all where nothing is counted."""
    if "counts" not in screen.layers:
        return np.ones(screen.n_vars, dtype=bool)
    own = screen.layers["counts"][labels == CONTROL]
    return np.asarray(own.mean(axis=0)).ravel() > least


def doubles(labels: Sequence[str], singles: dict[str, np.ndarray]) -> list[str]:
    """Labels of two targets whose single perturbations are both there."""
    return [
        label
        for label in labels
        if len(targets(label)) == 2 and all(target in singles for target in targets(label))
    ]
