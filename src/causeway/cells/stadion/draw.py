"""Draw what stationary diffusions learned of one dataset."""

from pathlib import Path

from causeway import metrics as table
from causeway.cells.captions import data_line
from causeway.cells.stadion import plots
from causeway.cells.stadion.sources import ScreenFile, Source
from causeway.cells.variants import read_variants
from causeway.figures import looks, remark, save, style


def draw(
    *,
    metrics: list[Path],
    scores: list[Path],
    matrices: list[Path],
    source: Source,
    variants: list[str],
    effects: Path,
    structure: Path,
    predictions: Path,
) -> None:
    """Draw effects between genes, how well they are recovered, and predictions.

    Parameters
    ----------
    metrics, scores, matrices
        Files of all variants, in folders of their names, each list in the same order.
    source
        Where the cells come from; figures of synthetic ones say so.
    variants
        All variants of the configuration, in its order.
    effects, structure, predictions
        Figures to write.
    """
    numbers = table.read(metrics)
    summary = read_variants(scores)
    pairs = read_variants(matrices)
    present = {path.parent.name for path in metrics}
    looked = {name: look for name, look in looks(variants).items() if name in present}
    seed = pairs["seed"].min()
    data = data_line(metrics[0].parents[1].name, not isinstance(source, ScreenFile))
    with style():
        for path, figure in (
            (effects, plots.effects(pairs[pairs["seed"] == seed], list(looked))),
            (structure, plots.structure(numbers, looked)),
            (predictions, plots.predictions(summary, looked)),
        ):
            remark(figure, data)
            save(figure, path)
