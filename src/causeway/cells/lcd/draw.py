"""Draw the predictions of one dataset beside what was observed and what baselines say."""

from pathlib import Path

import numpy as np
import pandas as pd

from causeway.cells.baselines import BASELINES
from causeway.cells.lcd import plots
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.lcd.strata import ALL
from causeway.cells.lcd.summary import MODEL, RIVAL
from causeway.cells.lcd.trial import Trial, read_trial
from causeway.figures import looks, remark, save, style


def draw(
    *,
    panel: Path,
    splits: Path,
    predictions: list[Path],
    perturbations: list[Path],
    noise_histories: list[Path],
    histories: list[Path],
    settings: Evaluation,
    held_out: list[str],
    variants: list[str],
    dataset: str,
    synthetic: bool,
    cells: Path,
    strips: Path,
    curves: Path,
) -> None:
    """Draw cells by principal components, metrics per perturbation, and learning curves.

    Parameters
    ----------
    panel, splits
        Screen of the panel's genes, and its splits.
    predictions
        Predicted cells of one run, one file per split; its best, median and worst predicted
        perturbation are shown.
    perturbations
        Tables of ``evaluate`` of all runs, that of ``predictions`` first.
    noise_histories, histories
        Histories of stages 1 and 2 of all runs, in folders ``<variant>/seed<seed>``; none of
        stage 1 where states are observed.
    settings
        Section of the configuration.
    held_out
        Names of the splits of ``predictions``, in their order.
    variants
        All variants of the configuration, in its order.
    dataset
        Name.
    synthetic
        Whether the cells are invented; figures then say so.
    cells, strips, curves
        Figures to write.
    """
    table = pd.concat([pd.read_parquet(path) for path in perturbations], ignore_index=True)
    trials = [
        read_trial(panel, splits, path, split, settings)
        for path, split in zip(predictions, held_out, strict=True)
    ]
    history = pd.concat(
        [
            _of_run(path, stage)
            for stage, paths in (("stage 1", noise_histories), ("stage 2", histories))
            for path in paths
        ],
        ignore_index=True,
    )
    present = set(table["variant"])
    looked = {name: look for name, look in looks(variants).items() if name in present}
    data = f"dataset {dataset}" + (": a made-up world, not real cells" if synthetic else "")
    with style():
        for path, figure in (
            (cells, plots.cells(list(_shown(trials, table)))),
            (strips, plots.strips(table, looked)),
            (curves, plots.curves(history, looked)),
        ):
            remark(figure, data)
            save(figure, path)


def _shown(trials: list[Trial], table: pd.DataFrame) -> list[plots.Shown]:
    """Best, median and worst predicted perturbation of the first run."""
    run = table[(table["variant"] == table["variant"][0]) & (table["seed"] == table["seed"][0])]
    chosen = run[
        (run["method"] == MODEL)
        & (run["stratum"] == ALL)
        & (run["metric"] == "energy-distance")
        & run["perturbation"].isin([label for trial in trials for label in trial.observed])
    ]
    ranked = chosen.groupby("perturbation")["value"].mean().sort_values()
    words = {0: "best", (len(ranked) - 1) // 2: "median", len(ranked) - 1: "worst"}
    if len(ranked) == 1:
        words = {0: "the only one"}
    shown = []
    for place, word in sorted(words.items()):
        label = str(ranked.index[place])
        trial = next(trial for trial in trials if label in trial.observed)
        predicted = {
            MODEL: trial.predicted[label],
            RIVAL: BASELINES[RIVAL](trial.known, label),
            "control": trial.known.control,
        }
        known = {name: np.nan_to_num(points) for name, points in predicted.items()}
        rank = f"{word}: energy distance {ranked.iloc[place]:.3g}"
        shown.append(plots.Shown(label, rank, trial.observed[label], trial.known.control, known))
    return shown


def _of_run(path: Path, stage: str) -> pd.DataFrame:
    variant, seed = path.parents[1].name, path.parents[0].name
    return pd.read_parquet(path).assign(stage=stage, variant=variant, seed=seed)
