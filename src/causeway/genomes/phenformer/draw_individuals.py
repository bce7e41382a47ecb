"""Draw whether predicted expression follows the person."""

from pathlib import Path

from causeway.figures import remark, save, style
from causeway.genomes.phenformer import people_plots as plots
from causeway.genomes.phenformer.draw_people import of_seeds


def draw_individuals(
    *, individuals: list[Path], dataset: str, synthetic: str, figure: Path
) -> None:
    """Draw correlations of predicted with true expression over people, gene by gene.

    Parameters
    ----------
    individuals
        Tables of ``follow`` of all seeds of one variant, in folders ``seed<seed>``.
    dataset
        Name.
    synthetic
        What of the data is drawn and not measured, which the figure says.
    figure
        Figure to write.
    """
    with style():
        drawn = plots.individuals(of_seeds(individuals))
        remark(drawn, f"dataset {dataset}: {synthetic}")
        save(drawn, figure)
