"""Draw what the genomes of people tell about their diseases."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from causeway.figures import remark, save, style
from causeway.genomes.phenformer import people_plots as plots


def draw_people(
    *,
    scores: list[Path],
    areas: list[Path],
    populations: list[Path],
    dataset: str,
    synthetic: str,
    hypotheses_figure: Path,
    risks_figure: Path,
    populations_figure: Path,
) -> None:
    """Draw ranked contexts, areas of risks, and those within populations.

    Parameters
    ----------
    scores
        Tables of ``hypothesise`` of all seeds of one variant, in folders ``seed<seed>``; diseases
        of the first are drawn one by one.
    areas, populations
        Tables of ``assess`` of the same runs.
    dataset
        Name.
    synthetic
        What of the data is drawn and not measured, which the figures say; empty where diseases
        were given.
    hypotheses_figure, risks_figure, populations_figure
        Figures to write.
    """
    data = f"dataset {dataset}" + (f": {synthetic}" if synthetic else "")
    known = "planted" if synthetic else "known"
    with style():
        for path, figure in (
            (hypotheses_figure, plots.hypotheses(of_seeds(scores), known)),
            (risks_figure, plots.risks(of_seeds(areas))),
            (populations_figure, plots.populations(of_seeds(populations))),
        ):
            remark(figure, data)
            save(figure, path)


def of_seeds(paths: Sequence[Path]) -> pd.DataFrame:
    """Tables of all seeds, one below the other, with the name of the seed's folder in ``seed``."""
    tables = [pd.read_parquet(path).assign(seed=path.parent.name) for path in paths]
    return pd.concat(tables, ignore_index=True)
