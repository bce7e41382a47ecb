"""Draw the audits of one dataset."""

from pathlib import Path

import pandas as pd

from causeway.figures import remark, save, style
from causeway.trust.conformal import plots
from causeway.trust.conformal.config import Audit


def draw(
    *,
    audits: list[Path],
    histograms: list[Path],
    settings: Audit,
    coverage: Path,
    size: Path,
) -> None:
    """Draw coverage by calibration size, and what it costs in labels per prediction set.

    Parameters
    ----------
    audits, histograms
        Tables of all runs, in folders ``<variant>/seed<seed>``, both lists in the same order.
    settings
        What was promised.
    coverage, size
        Figures to write.
    """
    summary = pd.concat(_of_run(pd.read_csv(path, sep="\t"), path) for path in audits)
    bars = pd.concat(_of_run(pd.read_parquet(path), path) for path in histograms)
    dataset = audits[0].parents[2].name
    with style():
        for path, figure in (
            (coverage, plots.coverages(bars, summary, settings.alpha, settings.slack)),
            (size, plots.set_sizes(summary)),
        ):
            remark(figure, f"dataset {dataset}")
            save(figure, path)


def _of_run(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    return table.assign(variant=path.parents[1].name)
