"""Draw what generative intervention models learned of one dataset."""

from pathlib import Path

from causeway import metrics as table
from causeway.cells.captions import data_line
from causeway.cells.gim import plots
from causeway.cells.gim.sources import Source
from causeway.cells.variants import read_variants
from causeway.figures import looks, remark, save, style


def draw(
    *,
    metrics: list[Path],
    histories: list[Path],
    targets: list[Path],
    source: Source,
    variants: list[str],
    posteriors: Path,
    distances: Path,
    curves: Path,
) -> None:
    """Draw target posteriors, energy distances and learning curves.

    Parameters
    ----------
    metrics, histories, targets
        Files of all variants, in folders of their names, each list in the same order.
    source
        Where the cells come from; figures of synthetic ones say so.
    variants
        All variants of the configuration, in its order.
    posteriors, distances, curves
        Figures to write.
    """
    numbers = table.read(metrics)
    history = read_variants(histories)
    told = read_variants(targets)
    told = told[told["seed"] == told["seed"].min()]
    present = {path.parent.name for path in metrics}
    looked = {name: look for name, look in looks(variants).items() if name in present}
    data = data_line(metrics[0].parents[1].name, source.kind == "hill-world")
    with style():
        for path, figure in (
            (posteriors, plots.targets(told, list(looked))),
            (distances, plots.distances(numbers, looked)),
            (curves, plots.curves(history, looked)),
        ):
            remark(figure, data)
            save(figure, path)
