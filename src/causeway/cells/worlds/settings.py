"""What the synthetic worlds are made of, as configuration.

Marks of the sources: [L] released code of LCD (arXiv:2601.15341, larslorch/lcd-clipr), [ours].
"""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from causeway.section import Section

Range = tuple[float, float]


class Counts(Section):
    """Zero-inflated Poisson counts of the states, in place of the states themselves [L].

    The rate of a gene is its unit scale times the softplus of its state. States are brought to
    order one beforehand by the same factor for all genes, which leaves the drift matrix as it is.
    """

    unit_scale: Range = (1.0, 20.0)
    """Ends between which unit scales c of genes are drawn, uniformly in their logarithm
    [ours]."""
    dropout: Range = (0.0, 0.3)
    """Ends between which probabilities pi of excess zeros are drawn [ours]."""
    location: float = 1.0
    """Mean state of every gene in control cells [ours]."""
    spread: PositiveFloat = 1.0
    """Root mean square of the states about their control means, over all cells and genes
    [ours]."""

    @model_validator(mode="after")
    def _ranges_make_sense(self) -> Self:
        low, high = self.unit_scale
        if not 0 < low <= high:
            raise ValueError("unit_scale needs two ends with 0 < low <= high")
        low, high = self.dropout
        if not 0 <= low <= high < 1:
            raise ValueError("dropout needs two ends with 0 <= low <= high < 1")
        return self


class World(Section):
    """What both worlds have: genes, perturbations of one or two of them, cells."""

    genes: int = Field(ge=2)
    """Genes d."""
    singles: PositiveInt
    """Perturbations of one gene."""
    train_doubles: int = Field(0, ge=0)
    """Perturbations of two perturbed genes that are meant for training."""
    test_doubles: int = Field(0, ge=0)
    """Perturbations of two perturbed genes that are meant for tests: ``uns["held_out"]``."""
    cells: PositiveInt
    """Cells of each perturbation and of the control."""
    weight: Range = (1.0, 3.0)
    """Ends of the absolute values of the effects of genes on each other [L]."""
    bias: float = Field(3.0, ge=0)
    """Largest absolute value of the constant part of the drift."""
    shift: Range
    """Ends of the absolute values by which a perturbation shifts the drift of its target."""
    counts: Counts | None = None
    """How cells are counted; null: states are observed as they are."""

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.singles > self.genes:
            raise ValueError(f"singles: {self.singles} perturbed genes of only {self.genes}")
        pairs = self.singles * (self.singles - 1) // 2
        if self.train_doubles + self.test_doubles > pairs:
            raise ValueError(f"train_doubles and test_doubles: only {pairs} pairs exist")
        for name in ("weight", "shift"):
            low, high = getattr(self, name)
            if not 0 <= low <= high:
                raise ValueError(f"{name} needs two ends with 0 <= low <= high")
        return self


class LinearWorld(World):
    """A linear stochastic differential equation, drawn exactly (released code of LCD)."""

    kind: Literal["linear-world"] = "linear-world"
    genes: int = Field(100, ge=2)
    """Genes d [L]; also 300 and 1000 there."""
    singles: PositiveInt = 100
    """Perturbed genes [L]; also 30, 50 and 70 there."""
    cells: PositiveInt = 200
    """Cells of each perturbation and of the control [L]."""
    graph: Literal["erdos-renyi", "scale-free"] = "erdos-renyi"
    """Law of the graph [L]; the scale-free one has a power law of out-degrees."""
    degree: PositiveInt = 10
    """Mean number of parents of a gene [L]."""
    flipped: float = Field(0.1, ge=0, le=1)
    """Share of the edges of a scale-free graph that are turned round, by which cycles arise
    [L]."""
    margin: PositiveFloat = 0.5
    """Rate at which the slowest mode decays: minus the largest real part of an eigenvalue of the
    drift matrix [L]."""
    shift: Range = (5.0, 15.0)
    """Ends of the absolute shifts of targets [L]; signs are random."""
    off_targets: float = Field(0.0, ge=0, lt=1)
    """Probability by which another gene is shifted as well [L]; 0.05 in one setting there."""

    @model_validator(mode="after")
    def _degree_fits(self) -> Self:
        if self.degree >= self.genes:
            raise ValueError(f"degree: {self.degree} parents among only {self.genes} genes")
        return self


class SaturatingWorld(World):
    """A saturating stochastic differential equation, in which effects do not add up [ours]."""

    kind: Literal["saturating-world"] = "saturating-world"
    genes: int = Field(20, ge=2)
    """Genes d [ours]."""
    singles: PositiveInt = 20
    """Perturbed genes [ours]."""
    train_doubles: int = Field(60, ge=0)
    """Perturbations of two genes that are meant for training [ours]."""
    test_doubles: int = Field(20, ge=0)
    """Perturbations of two genes that are meant for tests [ours]."""
    cells: PositiveInt = 300
    """Cells of each perturbation and of the control [ours]."""
    parents: PositiveInt = 3
    """Parents of each gene [ours]."""
    shift: Range = (3.0, 6.0)
    """Ends of the absolute shifts of targets [ours]; signs are random."""
    noise: PositiveFloat = 0.7071067811865476
    """Diffusion coefficient, 0.5 times the root of 2 [ours]."""
    step: float = Field(0.05, gt=0, le=0.5)
    """Step of the Euler-Maruyama method; genes relax in time 1 [ours]."""
    time: PositiveFloat = 20.0
    """Time that each cell is followed before it is observed [ours]."""

    @model_validator(mode="after")
    def _parents_fit(self) -> Self:
        if self.parents >= self.genes:
            raise ValueError(f"parents: {self.parents} among only {self.genes} genes")
        return self


Worlds = Annotated[LinearWorld | SaturatingWorld, Field(discriminator="kind")]
