"""Configuration of the causal direction by code length.

Marks in the descriptions: [P] paper's abstract, [C] released code and its configurations (commit
563c633), [?] not known, [ours] our choice.
"""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from causeway.section import Section
from causeway.system import Run, System

Environment = tuple[PositiveFloat, PositiveFloat, float]
Theta = Annotated[float, Field(gt=0, lt=1)]
Range = tuple[PositiveFloat, PositiveFloat]


class Gaussian(Section):
    """The published experiment on causal discovery: linear Gaussian, X1 causes X2 [C]."""

    kind: Literal["gaussian"] = "gaussian"
    environments: list[Environment] = Field(
        [(1, 16, 1), (1, 16, 1), (9, 16, 2), (9, 25, 2.5), (25, 25, 2.5)], min_length=2
    )
    """Variance of X1, variance of the noise of X2, and coefficient, per environment [C]."""
    samples: int = Field(20, ge=3)
    """Samples per environment [C]."""
    repetitions: PositiveInt = 200
    """Data sets per seed of the run [ours]. Batches follow one another, and the first five data
    sets of seed 0 are the published ones [C], which printed tables are about."""


class Worlds(Section):
    """Random worlds of the same kind, in which each environment changes one parameter [ours]."""

    kind: Literal["worlds"] = "worlds"
    worlds: PositiveInt = 1000
    """Worlds per seed of the run [ours]."""
    environments: int = Field(5, ge=2)
    """Environments per world, as published [C]."""
    samples: list[Annotated[int, Field(ge=3)]] = Field([10, 20, 50, 100, 200], min_length=1)
    """Samples per environment; the larger data sets of a world contain the smaller ones [ours]."""
    variance: Range = (1.0, 25.0)
    """Range of both variances: that of the published experiment [C]."""
    coefficient: Range = (1.0, 2.5)
    """Range of the coefficient: that of the published experiment [C]."""

    @model_validator(mode="after")
    def _rising(self) -> "Worlds":
        if self.variance[0] >= self.variance[1] or self.coefficient[0] >= self.coefficient[1]:
            raise ValueError("variance and coefficient need a lower and a higher end")
        return self


class Counts(Section):
    """The published experiment on covariate shift, and slots that may share a codebook [C]."""

    kind: Literal["counts"] = "counts"
    family: Literal["poisson", "geometric", "gaussian"] = "poisson"
    """Distribution of X1 given the environment [C]."""
    values: int = Field(20, ge=2)
    """Number M of values of a count [C]."""
    counted: PositiveInt = 20
    """Codebook size in the penalty: 20 for a codebook of 21 [C]."""
    samples: list[PositiveInt] = Field([10, 100], min_length=1)
    """Samples per environment: 10 [C], 100 [ours]."""
    repetitions: PositiveInt = 200
    """Data sets per seed of the run, as for the experiment on causal discovery [ours]."""
    most: PositiveInt = 10
    """Largest number of mechanisms tried [C]."""
    cases: dict[str, list[Theta]] = Field(
        {
            "seven": [0.1, 0.1, 0.1, 0.3, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9],
            "four": [0.1, 0.1, 0.4, 0.4, 0.6, 0.6, 0.6, 0.9, 0.9, 0.9],
            "two": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9],
        },
        min_length=1,
    )
    """Parameter theta of each environment, by the number of distinct values [C]."""
    slots: dict[str, list[Theta]] = Field(
        {
            "equal": [0.9, 0.9, 0.9, 0.6, 0.6, 0.6, 0.4, 0.4, 0.1, 0.1],
            "different": [0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.75, 0.75, 0.75],
        }
    )
    """Parameters of a second slot beside a first one with those of ``beside``: the same
    mechanisms in other environments, or other mechanisms [ours]."""
    beside: str = "four"
    """Case whose parameters the first slot has [ours]."""

    @model_validator(mode="after")
    def _tables_can_be_coded(self) -> "Counts":
        if self.slots and self.beside not in self.cases:
            raise ValueError(f"beside names {self.beside}, which is no case")
        sizes = {name: len(theta) for name, theta in self.cases.items()}
        few = [name for name, size in sizes.items() if size < self.most]
        if few or self.most > min(self.counted, self.values + 1):
            raise ValueError(
                "most is larger than the codebook or the environments of "
                f"{', '.join(few) or 'any case'}"
            )
        if any(len(theta) != sizes[self.beside] for theta in self.slots.values()):
            raise ValueError("both slots need the same number of environments")
        return self


class Table(Section):
    """Two columns and a column of environments, of your own."""

    kind: Literal["table"] = "table"
    path: Path
    """CSV (``.csv``, ``.tsv``, also compressed) or Parquet file."""
    first: str
    """Column of the first variable."""
    second: str
    """Column of the second variable."""
    environment: str
    """Column that says where a row comes from."""


Source = Annotated[Gaussian | Worlds | Counts | Table, Field(discriminator="kind")]


class Variant(Section):
    """Which codebook the code may use."""

    codebook: Literal["true-values", "estimates"]
    """``true-values``: the true ones filled up by a grid, as published, for either direction [C];
    ``estimates``: grids over the range of the estimates, without knowledge of the truth [ours]."""
    size: int = Field(8, ge=2)
    """Members per slot [C]."""
    fit: Literal["divergence", "likelihood"] = "divergence"
    """What chooses mechanisms: divergence of the estimated covariance [C] or data bits [ours]."""


PRESETS = {
    "oracle": Variant(codebook="true-values"),
    "held-out": Variant(codebook="estimates"),
}


class CodelengthConfig(System):
    """Section ``codelength`` of the configuration."""

    title: ClassVar[str] = "Algorithmic causal structure emerging through compression"
    arxiv: ClassVar[str] = "2502.04210"

    run: Run = Run(datasets=["discovery", "worlds", "shift"], variants=list(PRESETS), seeds=[0])
    sources: dict[str, Source] = Field(
        {"discovery": Gaussian(), "worlds": Worlds(), "shift": Counts()}
    )
    """Datasets by name; the name stands in every path."""
    variants: dict[str, Variant] = PRESETS
    """``oracle``: the published codebook; ``held-out``: one without any true value."""

    def variants_of(self, dataset: str) -> list[str]:
        """Variants that a dataset is coded with.

        Counts have one, named after their family; tables only those that need no true values.
        """
        source = self.sources[dataset]
        if source.kind == "counts":
            return [source.family]
        return [
            name
            for name in self.run.variants
            if source.kind != "table" or self.variants[name].codebook == "estimates"
        ]

    @model_validator(mode="after")
    def _tables_can_be_coded(self) -> "CodelengthConfig":
        tables = [name for name in self.run.datasets if self.sources[name].kind == "table"]
        if tables and not self.variants_of(tables[0]):
            raise ValueError(
                f"the true values of {', '.join(tables)} are not known: add a variant with "
                "codebook estimates, such as held-out, to run.variants"
            )
        return self
