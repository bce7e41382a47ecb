"""Draw what CLIPR read off one trained drift."""

from pathlib import Path

import pandas as pd

from causeway.cells.captions import data_line
from causeway.cells.lcd import causal_plots
from causeway.cells.lcd.matrix_file import read_causal_file
from causeway.cells.lcd.modules import Modules, block_means
from causeway.figures import remark, save, style


def draw_causal(
    *,
    matrix: Path,
    implication: Path,
    dataset: str,
    synthetic: bool,
    effects: Path,
    calibration: Path,
) -> None:
    """Draw the causal matrix in the order of its modules, and the implication test.

    Parameters
    ----------
    matrix, implication
        Causal matrix and table of the implication test of the step ``clipr``, of one run.
    dataset
        Name.
    synthetic
        Whether the cells are invented; figures then say so.
    effects, calibration
        Figures to write.
    """
    found = read_causal_file(matrix)
    matrices = {"CLIPR": found.A}
    if found.clusters.max() > 0:
        matrices["CLIPR, means of modules"] = block_means(found.A, found.clusters)
    matrices |= {
        "known-target inverse": found.inverse,
        "signed expression shifts": found.signed_shifts,
    }
    if found.truth.size:
        matrices["truth"] = found.truth
    modules = Modules(found.clusters, found.order, found.tree)
    data = data_line(dataset, synthetic)
    with style():
        for path, figure in (
            (effects, causal_plots.matrix(matrices, modules, found.genes.tolist())),
            (calibration, causal_plots.calibration(pd.read_csv(implication, sep="\t"))),
        ):
            remark(figure, data)
            save(figure, path)
