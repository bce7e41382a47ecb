"""Draw the figures of one dataset."""

from pathlib import Path

import pandas as pd

from causeway.figures import save, style
from causeway.trust.wishart import plots


def draw(*, points: list[Path], vector: Path, matrix: Path, noisy: Path, dataset: str) -> None:
    """Draw vector releases, attacks on matrix releases, and noisy releases.

    Parameters
    ----------
    points
        Points of all variants and seeds, see :func:`causeway.trust.wishart.findings.write_points`.
    vector, matrix, noisy
        Figures to write.
    dataset
        Name of the dataset, which says what there is to draw.
    """
    table = pd.concat([pd.read_parquet(path) for path in points], ignore_index=True)
    with style():
        for variant, path in (("vector", vector), ("matrix", matrix), ("noisy", noisy)):
            save(plots.figure(table, dataset, variant), path)
