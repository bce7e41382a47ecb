"""What the world of drugs and doses is made of, as configuration.

Marks of the sources: [S] seen in texts about GIM (arXiv:2411.14003), [recalled] known of the paper
but not seen, [inferred] from what was seen, [ours].
"""

from typing import Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from causeway.cells.worlds.settings import Range
from causeway.section import Section


class HillWorld(Section):
    """Drugs that shift or set their targets in an acyclic causal model, by Hill functions.

    A drug is a set of targets with one Hill function each. Its descriptor is a random rotation of
    all that its Hill functions are made of [inferred].
    """

    kind: Literal["hill-world"] = "hill-world"
    genes: int = Field(20, ge=2)
    """Genes d [recalled]."""
    graph: Literal["erdos-renyi", "scale-free"] = "erdos-renyi"
    """Law of the acyclic graph [recalled]."""
    degree: PositiveInt = 2
    """Mean number of parents of a gene [recalled]."""
    mechanisms: Literal["linear", "network"] = "linear"
    """How genes depend on their parents: linearly, or by one random network of tanh units per gene
    [recalled]."""
    hidden: PositiveInt = 8
    """Units of each network [ours]."""
    intervention: Literal["shift", "hard"] = "shift"
    """``shift``: the response is added to the target's mechanism; ``hard``: it takes the
    mechanism's place [recalled]."""
    drugs: int = Field(40, ge=2)
    """Drugs, hence Hill functions, that are trained on [S]."""
    unseen_drugs: int = Field(20, ge=1)
    """Drugs that are for tests alone [S]."""
    doses: list[PositiveFloat] = Field(default=[0.5, 1.0, 1.5, 2.0], min_length=1)
    """Doses of training drugs that are trained on [inferred], and of the unseen drugs [S]."""
    unseen_doses: list[PositiveFloat] = Field(default=[0.25, 0.75, 1.25, 1.75, 2.25], min_length=1)
    """Doses of training drugs that are for tests alone [S]."""
    cells: int = Field(50, ge=4)
    """Cells of each drug and dose [S]."""
    controls: int = Field(800, ge=4)
    """Cells without a drug [S]."""
    targets: tuple[PositiveInt, PositiveInt] = (1, 3)
    """Least and largest number of targets of a drug [ours]."""
    weight: Range = (0.5, 1.5)
    """Ends of the absolute values of linear effects of genes on each other [ours]."""
    noise: Range = (0.5, 1.0)
    """Ends of the standard deviations of the noise [ours]."""
    maximum: Range = (2.0, 5.0)
    """Ends of the absolute value of the response at infinite dose; signs are random [ours]."""
    half: Range = (0.5, 2.0)
    """Ends of the dose K of half the response [ours]."""
    slope: Range = (1.0, 4.0)
    """Ends of the Hill coefficient h [ours]."""

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        for name in ("weight", "noise", "maximum", "half", "slope"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"{name} needs two ends with 0 < low <= high")
        low, high = self.targets
        if not low <= high <= self.genes:
            raise ValueError(f"targets needs two ends, the greater at most {self.genes} genes")
        if 2 * self.degree > self.genes - 1:
            raise ValueError(f"degree: no acyclic graph of {self.genes} genes has so many edges")
        if set(self.doses) & set(self.unseen_doses):
            raise ValueError("unseen_doses: a dose is for training and for tests")
        return self
