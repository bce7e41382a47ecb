"""Linear systems on which CLIPR's algebra is checked with inputs that are exact, as configuration.

Marks: [L] released code of arXiv:2601.15341, [ours].
"""

from typing import Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from causeway.section import Section


class Case(Section):
    """One size of system."""

    genes: int = Field(ge=2)
    """Genes d."""
    degree: PositiveInt
    """Mean number of parents of a gene."""
    singles: PositiveInt
    """Perturbed genes K."""

    @property
    def name(self) -> str:
        """Name in metrics, for example ``d100-k50``."""
        return f"d{self.genes}-k{self.singles}"


class Algebra(Section):
    """What CLIPR gives when no drift has to be learnt."""

    cases: list[Case] = Field(
        default=[
            Case(genes=20, degree=3, singles=20),
            Case(genes=50, degree=5, singles=50),
            Case(genes=100, degree=10, singles=100),
            Case(genes=100, degree=10, singles=50),
            Case(genes=300, degree=10, singles=300),
        ],
        min_length=1,
    )
    """Sizes: degree 10 with 100 and 300 genes [L], smaller ones [ours]."""
    seeds: list[int] = Field(default=[0, 1, 2, 3, 4], min_length=1)
    """Seeds of the systems of each size [ours]; the code has ten folds [L]."""
    cells: PositiveInt = 200
    """Cells behind each sample mean [L]."""
    penalty: NonNegativeFloat = 1e-3
    """Tikhonov penalty [L]."""
    small_penalty: NonNegativeFloat = 1e-8
    """Tikhonov penalty by which the estimator is to be exact [ours]."""
    sign_threshold: PositiveFloat = 0.5
    """Entries of the true matrix below this count as no effect [L]."""

    @model_validator(mode="after")
    def _cases_differ(self) -> Self:
        names = [case.name for case in self.cases]
        if len(set(names)) < len(names):
            raise ValueError("cases: two have the same numbers of genes and of singles")
        return self
