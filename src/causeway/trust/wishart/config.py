"""Configuration of the Wishart mechanism.

Marks in the descriptions: [S] seen in the author's blog post on the paper, [D] derived here,
[?] not known, [ours] our choice. The paper's full text was not available for this work.
"""

from typing import ClassVar

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from causeway.section import Section
from causeway.system import Run, System

DATASETS = ["queries", "digits"]
VARIANTS = ["vector", "matrix", "noisy"]


class Account(Section):
    """Exact account of the noise-free vector release, and its check by simulation."""

    releases: PositiveInt = 200_000
    """Simulated releases that the exact deltas are compared with [D]."""
    attacked: PositiveInt = 20_000
    """Releases of either kind in each audit by the likelihood ratio [ours]."""
    confidence: float = Field(0.99, gt=0, lt=1)
    """Confidence of each audit's lower bound; five audits make 95 % together [ours]."""


class Attack(Section):
    """Membership inference on matrix releases."""

    trials: int = Field(200, ge=8)
    """Releases with the member, and as many without [D]."""
    batch: PositiveInt = 32
    """Known examples in the batch of a LoRA-FA step [D]."""


class Perturb(Section):
    """Accounts of releases with noise."""

    draws: PositiveInt = 16_384
    """Points per scrambled Sobol sequence for noise after the projection; a power of two."""
    replicates: int = Field(8, ge=2)
    """Independent sequences, over which the interval is taken [ours]."""
    steps: list[PositiveInt] = Field(default=[1, 3, 10, 30, 100, 300, 1000], min_length=1)
    """Numbers of composed steps in the figure [ours]."""
    attacked: PositiveInt = 20_000
    """Releases of either kind in each audit [ours]."""

    @model_validator(mode="after")
    def _power_of_two(self) -> "Perturb":
        if self.draws & (self.draws - 1):
            raise ValueError("draws must be a power of two")
        return self


class Align(Section):
    """How alike the directions of neighbouring gradients are, on real data."""

    batches: list[PositiveInt] = Field(default=[64, 128, 256, 512, 1024], min_length=2)
    """Batch sizes B, for which the post expects 1 - rho of about c / B^2 [S]."""
    repeats: int = Field(100, ge=2)
    """Independent batches of each size [ours]."""
    ranks: list[PositiveInt] = Field(default=[8, 16, 32], min_length=1)
    """Ranks whose epsilon is drawn [ours]."""
    delta: float = Field(0.01, gt=0, lt=1)
    """Delta of these epsilons, that of the post's figure [S]."""


class Train(Section):
    """Private softmax regression on the digits."""

    ranks: list[PositiveInt] = Field(default=[8, 16, 32], min_length=1)
    """Ranks of the projected methods; at most the 64 pixels [ours]."""
    epsilons: list[PositiveFloat] = Field(default=[0.2, 0.5, 1.0, 3.0], min_length=2)
    """Budgets; .2 and the crossing near .55 are the post's [S], the data are not."""
    delta: float = Field(1e-5, gt=0, lt=1)
    """Delta of the budget [D]."""
    steps: PositiveInt = 100
    """Steps of training [ours]."""
    sampling: float = Field(0.25, gt=0, le=1)
    """Poisson rate at which examples enter a step [ours]."""
    clip: PositiveFloat = 1.0
    """Largest norm of an example's gradient [ours]."""
    rates: list[PositiveFloat] = Field(default=[0.03, 0.1, 0.3, 1.0, 3.0, 10.0], min_length=1)
    """Learning rates; the best on validation data is taken, at no charge to the budget [ours]."""
    repeats: int = Field(10, ge=2)
    """Trainings per method and budget, each with its own split, noise and projections [ours]."""

    @model_validator(mode="after")
    def _ranks_fit(self) -> "Train":
        if max(self.ranks) > 64:
            raise ValueError("ranks above the 64 pixels project nothing away")
        return self


class WishartConfig(System):
    """Section ``wishart`` of the configuration."""

    title: ClassVar[str] = "LoRA and Privacy: When Random Projections Help (and When They Don't)"
    arxiv: ClassVar[str] = "2601.21719"

    run: Run = Run(datasets=DATASETS, variants=VARIANTS, seeds=[0, 1, 2])
    account: Account = Account()
    attack: Attack = Attack()
    perturb: Perturb = Perturb()
    align: Align = Align()
    train: Train = Train()

    @model_validator(mode="after")
    def _whole(self) -> "WishartConfig":
        """Accounts are checked by attacks, so that a run has all its parts; seeds are free."""
        for kind, wanted, parts in (
            ("datasets", self.run.datasets, DATASETS),
            ("variants", self.run.variants, VARIANTS),
        ):
            if sorted(wanted) != sorted(parts):
                raise ValueError(f"run.{kind} must be {', '.join(parts)}")
        return self
