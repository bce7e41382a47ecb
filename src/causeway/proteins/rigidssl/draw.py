"""Draw the figures of RigidSSL pretraining."""

from pathlib import Path

import pandas as pd

from causeway import metrics as table
from causeway.figures import looks, remark, save, style
from causeway.proteins.rigidssl import plots
from causeway.proteins.sources import Source


def draw(
    *,
    metrics: list[Path],
    histories: list[Path],
    residues: list[Path],
    source: Source,
    variants: list[str],
    curves: Path,
    losses: Path,
    errors: Path,
    invariance: Path,
) -> None:
    """Draw learning curves, held-out losses, errors by residue and invariance of one dataset.

    Parameters
    ----------
    metrics, histories, residues
        Files of all runs, each list in the same order of runs.
    source
        Where the structures come from; figures of synthetic ones say so.
    variants
        All variants of the configuration, in its order.
    curves, losses, errors, invariance
        Figures to write.
    """
    numbers = table.read(metrics)
    history = pd.concat(
        [_of_run(*pair) for pair in zip(metrics, histories, strict=True)], ignore_index=True
    )
    by_residue = pd.concat([pd.read_parquet(path) for path in residues], ignore_index=True)
    present = set(numbers["variant"])
    looked = {name: look for name, look in looks(variants).items() if name in present}
    data = f"dataset {numbers['dataset'].iloc[0]}"
    if source.kind == "synthetic":
        data += ": synthetic chains, not natural proteins"
    with style():
        for path, figure in (
            (curves, plots.curves(history, looked)),
            (losses, plots.losses(numbers, looked)),
            (errors, plots.errors(by_residue, looked)),
            (invariance, plots.invariance(numbers, looked)),
        ):
            remark(figure, data)
            save(figure, path)


def _of_run(metrics: Path, history: Path) -> pd.DataFrame:
    run = table.read([metrics]).iloc[0]
    return pd.read_parquet(history).assign(variant=run["variant"], seed=run["seed"])
