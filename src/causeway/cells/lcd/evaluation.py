"""Settings of the comparison of predicted with observed cells.

Marks in the descriptions: [C] code released by the authors (larslorch/lcd-clipr, commit
8fa006cd), [ours] our choice.
"""

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from causeway.section import Section


class Evaluation(Section):
    """Comparison of predicted with observed cells."""

    normalisation: Literal["panel", "stored"] = "panel"
    """``panel``: library sizes are taken over the genes of the panel, of observed and predicted
    cells alike [C]; ``stored``: values are compared as they stand in ``X`` [ours], as are those
    of screens without counts."""
    target_sum: PositiveFloat | None = 1e4
    """Library size to which cells are scaled before the logarithm [C]; null for the median
    library of the control cells on the panel, which a panel of few counts per cell needs lest
    single counts dominate [ours]."""
    cells: PositiveInt = 5_000
    """Cells of either side, at most: 1,000 states decoded five times each [C]."""
    significance: float = Field(0.05, gt=0, lt=1)
    """False discovery rate of differential expression [C]."""
    top_genes: PositiveInt = 20
    """Most differential genes on which the metrics are repeated [C]."""
    variable_shares: list[float] = Field(default=[0.05, 0.2])
    """Where genes ranked by variability are cut into strata on which the metrics are repeated:
    0-5 %, 5-20 % and 20-100 % [C]."""
    top_ranks: list[PositiveInt] = Field(default=[20, 100])
    """Numbers of genes whose recovery is scored as a ranking [C]."""
    halves: PositiveInt = 20
    """Random halvings of the observed cells behind the split-half ceiling [ours]."""
    interaction_counts: NonNegativeFloat = 0.5
    """Mean counts that a gene needs to enter the genetic interaction scores [C]."""
    interaction_classes: str | None = None
    """Path of a table of doubles whose class of genetic interaction is known (columns
    ``perturbation`` and ``class``, with tabs between): by it the classes of observed and predicted
    doubles are told [C]; null for no classes."""
