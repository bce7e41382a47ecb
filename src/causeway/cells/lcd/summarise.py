"""Join the comparisons of all splits of a run."""

from pathlib import Path

import pandas as pd

from causeway.cells.lcd.summary import write_summary


def summarise(*, perturbations: list[Path], metrics: Path) -> None:
    """Average over the held-out perturbations of all splits, which are the units of a claim.

    Parameters
    ----------
    perturbations
        Tables of ``evaluate``, one per split of the same dataset, variant and seed.
    metrics
        Metrics to write.
    """
    tables = [pd.read_parquet(path) for path in perturbations]
    write_summary(pd.concat(tables, ignore_index=True), metrics)
