"""Draw the code lengths of one dataset."""

from pathlib import Path

import pandas as pd

from causeway import metrics as table
from causeway.causal.codelength import plots
from causeway.causal.codelength.config import Counts, Source, Table, Worlds
from causeway.figures import remark, save, style


def draw(*, metrics: list[Path], codes: list[Path], source: Source, figure: Path) -> None:
    """Draw what the code lengths of one dataset say.

    Parameters
    ----------
    metrics, codes
        Files of all runs of the dataset, both in the same order.
    source
        Where the data come from; it decides what is drawn.
    figure
        Figure to write.
    """
    numbers = table.read(metrics)
    lengths = pd.concat(
        [
            pd.read_parquet(path).assign(variant=table.read([of]).loc[0, "variant"])
            for path, of in zip(codes, metrics, strict=True)
        ],
        ignore_index=True,
    )
    variants = list(dict.fromkeys(lengths["variant"]))
    with style():
        if isinstance(source, Worlds):
            drawn = plots.contests(numbers, variants)
        elif isinstance(source, Counts):
            truth = {case: len(set(theta)) for case, theta in source.cases.items()}
            drawn = plots.shifts(lengths, numbers, truth)
        else:
            drawn = plots.discovery(lengths, variants, _names(source))
        data = f"dataset {numbers['dataset'].iloc[0]}"
        data += "" if isinstance(source, Table) else ": made-up data"
        remark(drawn, data)
        save(drawn, figure)


def _names(source: Source) -> dict[str, str]:
    if isinstance(source, Table):
        first, second = source.first, source.second
        return {"forward": f"{first} → {second}", "backward": f"{second} → {first}"}
    return {"forward": "X1 → X2, causal", "backward": "X2 → X1, anticausal"}
