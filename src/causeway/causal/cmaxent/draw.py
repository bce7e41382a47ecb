"""Draw the figures of one dataset."""

import json
from pathlib import Path

from causeway import metrics as table
from causeway.causal.cmaxent import plots
from causeway.causal.cmaxent.study import Panel
from causeway.figures import looks, remark, save, style


def draw(
    *,
    metrics: list[Path],
    panels: list[Path],
    variants: list[str],
    kind: str,
    boundaries: Path,
    scores: Path,
) -> None:
    """Draw decision boundaries and scores.

    Parameters
    ----------
    metrics
        Metrics of all directions and seeds.
    panels
        Rows and boundaries of all seeds; the first seed is drawn.
    variants
        Directions of merging, in the order of the configuration.
    kind
        Kind of the dataset's source; figures of made-up data say so.
    boundaries, scores
        Figures to write.
    """
    numbers = table.read(metrics)
    shown = [Panel(**panel) for panel in json.loads(panels[0].read_text())]
    data = f"dataset {numbers['dataset'].iloc[0]}"
    if kind in ("worked", "worlds"):
        data += ": made-up worlds, drawn by formula"
    looked = looks(variants)
    with style():
        for path, figure in (
            (boundaries, plots.boundaries(shown, looked)),
            (scores, plots.scores(numbers, looked)),
        ):
            remark(figure, data)
            save(figure, path)
