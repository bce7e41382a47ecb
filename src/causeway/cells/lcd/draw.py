"""Draw the predictions of one dataset beside what was observed and what baselines say."""

from pathlib import Path

import pandas as pd

from causeway.cells.baselines import BASELINES
from causeway.cells.captions import data_line
from causeway.cells.lcd import plots
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.lcd.strata import ALL
from causeway.cells.lcd.summary import MODEL, RIVAL
from causeway.cells.lcd.trial import Trial, read_trial
from causeway.figures import looks, remark, save, style


def draw(
    *,
    panels: list[Path],
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
    panels, splits
        Screen of the genes of each split's panel, and the splits.
    predictions
        Predicted cells of one run, one file per split; the best, median and worst predicted
        perturbation of all splits are shown.
    perturbations
        Tables of ``evaluate`` of all runs, that of ``predictions`` first.
    noise_histories, histories
        Histories of stages 1 and 2 of all runs, in folders ``<variant>/seed<seed>``; none of
        stage 1 where states are observed.
    settings
        Section of the configuration.
    held_out
        Names of the splits of ``panels`` and ``predictions``, in their order.
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
    files = dict(zip(held_out, zip(panels, predictions, strict=True), strict=True))
    shown = [
        _shown(read_trial(files[split][0], splits, files[split][1], split, settings), label, rank)
        for split, label, rank in ranked(table)
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
    data = data_line(dataset, synthetic)
    with style():
        for path, figure in (
            (cells, plots.cells(shown)),
            (strips, plots.strips(table, looked)),
            (curves, plots.curves(history, looked)),
        ):
            remark(figure, data)
            save(figure, path)


def ranked(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Best, median and worst prediction of the first run of a table.

    Returns
    -------
    list
        Split, perturbation and why it is shown.
    """
    run = table[(table["variant"] == table["variant"][0]) & (table["seed"] == table["seed"][0])]
    chosen = run[
        (run["method"] == MODEL) & (run["stratum"] == ALL) & (run["metric"] == "energy-distance")
    ].sort_values("value")
    words = {0: "best", (len(chosen) - 1) // 2: "median", len(chosen) - 1: "worst"}
    if len(chosen) == 1:
        words = {0: "the only one"}
    rows = chosen[["split", "perturbation", "value"]].to_numpy()
    return [
        (str(rows[place][0]), str(rows[place][1]), f"{word}: energy distance {rows[place][2]:.3g}")
        for place, word in sorted(words.items())
    ]


def _shown(trial: Trial, label: str, remark: str) -> plots.Shown:
    predicted = {
        MODEL: trial.predicted[label],
        RIVAL: BASELINES[RIVAL](trial.known, label),
        "control": trial.known.control,
    }
    return plots.Shown(label, remark, trial.observed[label], trial.known.control, predicted)


def _of_run(path: Path, stage: str) -> pd.DataFrame:
    variant, seed = path.parents[1].name, path.parents[0].name
    return pd.read_parquet(path).assign(stage=stage, variant=variant, seed=seed)
