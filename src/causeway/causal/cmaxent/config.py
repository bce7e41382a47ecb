"""Configuration of CMAXENT merging.

Marks in the descriptions: [derived] worked out here from the definitions, [ours] our choice. The
paper's own experiments could not be read, so that all sizes are ours.
"""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from causeway.section import Section
from causeway.system import Run, System


class Worked(Section):
    """One Gaussian mixture, worked out by hand under three sets of moments [derived]."""

    kind: Literal["worked"] = "worked"
    rows: list[Annotated[int, Field(ge=100)]] = Field([1000, 400_000], min_length=1)
    """Sizes of the samples on which merging is compared with LDA and with logistic regression;
    the largest is that of the comparison with logistic regression [ours]."""
    nodes: int = Field(200, ge=50)
    """Points per axis of the lattice on which the generic solver runs [ours]."""


class Worlds(Section):
    """Random worlds for out-of-variable prediction: experts (X1, Y) and (X2, Y) [ours]."""

    kind: Literal["worlds"] = "worlds"
    worlds: int = Field(200, ge=2)
    """Causal worlds, and as many anticausal ones."""
    rows: int = Field(1000, ge=100)
    """Rows that each expert sees where moments are those of samples."""
    link: float = Field(0.5, gt=0, lt=1)
    """Largest correlation of causes (of effects, within classes) where the worlds have a hidden
    link that neither direction of merging knows of."""
    causal_strength: tuple[PositiveFloat, PositiveFloat] = (0.5, 2.0)
    """Range of the length of the logistic weights of causal worlds."""
    anticausal_strength: tuple[PositiveFloat, PositiveFloat] = (0.5, 1.5)
    """Range of the distance between the class means of anticausal worlds, in standard deviations;
    up to 1.5 no world is beyond what a causal model can have [derived]."""


class BreastCancer(Section):
    """Pairs of features of the Wisconsin breast cancer data that scikit-learn ships (569 rows)."""

    kind: Literal["breast-cancer"] = "breast-cancer"
    features: int = Field(10, ge=2, le=30)
    """How many of the features, in the order of the table; the first ten are the means."""
    holdout: float = Field(0.5, gt=0, lt=1)
    """Share of rows that are scored and give no moments."""


class Table(Section):
    """Your own rows: a CSV or Parquet file with a binary target."""

    kind: Literal["table"] = "table"
    path: Path
    """The file; ``.csv``, ``.tsv`` or ``.parquet``."""
    target: str
    """Column of the target."""
    positive: str | None = None
    """Value of the target that counts as 1, as text; null if the column holds 0 and 1."""
    experts: list[Annotated[list[str], Field(min_length=1)]] = Field(min_length=1)
    """Features of each expert. The covariance of two features is known if some expert has both;
    together they are the features of the merged predictor."""
    unlinked: list[str] = Field(default=[])
    """Features whose covariance with the target is taken as unknown."""
    holdout: float = Field(0.5, gt=0, lt=1)
    """Share of rows that are scored and give no moments."""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        if self.path.suffix not in (".csv", ".tsv", ".parquet"):
            raise ValueError("path must end in .csv, .tsv or .parquet")
        if any(len(set(group)) < len(group) for group in self.experts):
            raise ValueError("an expert names a feature twice")
        if self.target in self.features:
            raise ValueError("the target is among the features")
        if strangers := set(self.unlinked) - set(self.features):
            raise ValueError(f"unlinked names {', '.join(sorted(strangers))}, which no expert has")
        return self

    @property
    def features(self) -> list[str]:
        """All features, in the order in which experts name them."""
        return list(dict.fromkeys(name for group in self.experts for name in group))


Source = Annotated[Worked | Worlds | BreastCancer | Table, Field(discriminator="kind")]


class CMaxentConfig(System):
    """Section ``cmaxent`` of the configuration."""

    title: ClassVar[str] = "Causal vs. Anticausal merging of predictors"
    arxiv: ClassVar[str] = "2501.08426"

    run: Run = Run(
        datasets=["worked", "worlds", "breast-cancer"],
        variants=["causal", "anticausal"],
        seeds=[0],
    )
    sources: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")], Source] = Field(
        default={"worked": Worked(), "worlds": Worlds(), "breast-cancer": BreastCancer()}
    )
    """Datasets by name. Variants are the two directions of merging, and need no definition."""

    @model_validator(mode="after")
    def _directions_exist(self) -> Self:
        if missing := sorted(set(self.run.variants) - {"causal", "anticausal"}):
            raise ValueError(
                f"run.variants names {', '.join(missing)}, but only causal, anticausal exist"
            )
        return self
