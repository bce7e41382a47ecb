"""Draw what the genomes of people tell about their diseases and their expression."""

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
    individuals: list[Path],
    dataset: str,
    synthetic: str,
    hypotheses_figure: Path,
    risks_figure: Path,
    populations_figure: Path,
    individuals_figure: Path,
) -> None:
    """Draw ranked contexts, areas of risks, those within populations, and expression of people.

    Parameters
    ----------
    scores
        Tables of ``hypothesise`` of all seeds of one variant, in folders ``seed<seed>``; diseases
        of the first are drawn one by one.
    areas, populations, individuals
        Tables of ``assess`` of the same runs.
    dataset
        Name.
    synthetic
        What of the data is drawn and not measured, which the figures say: diseases always are.
    hypotheses_figure, risks_figure, populations_figure, individuals_figure
        Figures to write.
    """
    data = f"dataset {dataset}: {synthetic}"
    with style():
        for path, figure in (
            (hypotheses_figure, plots.hypotheses(_of_seeds(scores))),
            (risks_figure, plots.risks(_of_seeds(areas))),
            (populations_figure, plots.populations(_of_seeds(populations))),
            (individuals_figure, plots.individuals(_of_seeds(individuals))),
        ):
            remark(figure, data)
            save(figure, path)


def _of_seeds(paths: Sequence[Path]) -> pd.DataFrame:
    tables = [pd.read_parquet(path).assign(seed=path.parent.name) for path in paths]
    return pd.concat(tables, ignore_index=True)
