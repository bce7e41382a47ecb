"""Configuration of the conformal system.

Marks in the descriptions: [N] a third-party note that quotes the paper, [?] not known, [ours] our
choice.
"""

from typing import ClassVar

from pydantic import Field, PositiveInt, model_validator

from causeway.section import Section
from causeway.system import Run, System
from causeway.trust.conformal.sources import BreastCancer, Digits, Source

PUBLISHED_SIZES = (10, 50, 200)


class Variant(Section):
    """How a predictor is calibrated."""

    per_group: bool = False
    """A threshold for each group of the scores (Mondrian); every group then has calibration
    points of its own [ours]."""


class Audit(Section):
    """What is promised, and how often calibration sets are drawn to check it."""

    alpha: float = Field(0.1, gt=0, lt=1)
    """Share of errors that the predictor may make on average; the paper's claims are about 0.1
    [N]."""
    slack: float = Field(0.05, gt=0, lt=1)
    """A calibration set falls short when its coverage is below ``1 - alpha - slack`` [N]."""
    delta: float = Field(0.1, gt=0, lt=1)
    """Probability of a bad calibration set that the planner and the small-sample correction
    allow [ours]."""
    sizes: list[PositiveInt] = Field(default=[10, 20, 50, 100, 200], min_length=1)
    """Sizes of calibration sets, per group if there are groups; 10, 50 and 200 [N], by which
    the claims are judged, the others [ours]."""
    draws: PositiveInt = 20_000
    """Calibration sets drawn for each size; the paper's number is [?]. The claims allow
    0.02, so that the interval of a probability must be much narrower."""

    @model_validator(mode="after")
    def _judgeable(self) -> "Audit":
        missing = sorted(set(PUBLISHED_SIZES) - set(self.sizes))
        if missing:
            raise ValueError(f"the claims are judged by sizes {missing} too: add your own to them")
        if self.alpha + self.slack >= 1:
            raise ValueError("alpha + slack must be below 1")
        return self


class ConformalConfig(System):
    """Section ``conformal`` of the configuration."""

    title: ClassVar[str] = (
        "A Critical Perspective on Finite Sample Conformal Prediction Theory in Medical "
        "Applications"
    )
    arxiv: ClassVar[str] = "2512.14727"

    run: Run = Run(
        datasets=["digits", "breast-cancer"], variants=["marginal", "mondrian"], seeds=[0, 1, 2]
    )
    sources: dict[str, Source] = Field(
        default={"digits": Digits(), "breast-cancer": BreastCancer()}
    )
    """Datasets by name. Yours: ``{kind: scores, path: FILE}`` with a CSV or Parquet table, or
    ``{kind: medmnist, path: FILE}`` with e.g. ``pathmnist.npz``."""
    variants: dict[str, Variant] = Field(
        default={"marginal": Variant(), "mondrian": Variant(per_group=True)}
    )
    """``marginal``: one threshold; ``mondrian``: one for each class."""
    audit: Audit = Audit()

    @model_validator(mode="after")
    def _law_is_free(self) -> "ConformalConfig":
        if "law" in self.sources:
            raise ValueError("a dataset cannot be named law: this is where exact tables go")
        return self
