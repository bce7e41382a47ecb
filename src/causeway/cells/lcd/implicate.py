"""Pool the implication test over splits that each held other sources out."""

from pathlib import Path

import pandas as pd

from causeway import metrics as tables
from causeway.cells.lcd.config import Readout
from causeway.cells.lcd.implication import implication as tested
from causeway.cells.lcd.implication_metrics import implication_metrics
from causeway.errors import InputError


def implicate(
    *,
    sources: list[Path],
    implication: Path,
    metrics: Path,
    settings: Readout,
    dataset: str,
    variant: str,
    seed: int,
) -> None:
    """Test edges of sources that were held out, each by the model that did not see it.

    Parameters
    ----------
    sources
        Tables of ``clipr``, one per split.
    implication
        Table to write (TSV), see :func:`causeway.cells.lcd.implication.implication`.
    metrics
        Metrics to write: ``pooled-implication/held-out/<what>``, see
        :func:`causeway.cells.lcd.implication_metrics.implication_metrics`.
    settings
        Section of the configuration.
    dataset, variant, seed
        The run.

    Raises
    ------
    InputError
        If no split held a source out, or two held out the same.
    """
    counts = pd.concat([pd.read_parquet(path) for path in sources], ignore_index=True)
    held_out = counts[counts["sources"] == "held-out"]
    where = ", ".join(map(str, sources))
    if held_out.empty:
        raise InputError(
            where, "no single perturbation was held out", "Split by single perturbations"
        )
    if (twice := held_out[held_out.duplicated(["quantile", "source"])]).size:
        raise InputError(
            where,
            f"'{twice['source'].iloc[0]}' was held out by two splits",
            "Hold each source out once",
        )
    table = tested(held_out, settings.bootstraps, seed)
    table.to_csv(implication, sep="\t", index=False)
    found = implication_metrics(table, "pooled-implication")
    rows = tables.rows(found, system="lcd", dataset=dataset, variant=variant, seed=seed)
    tables.write(rows, metrics)
