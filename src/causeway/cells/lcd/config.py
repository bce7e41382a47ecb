"""Configuration of LCD and CLIPR.

Marks in the descriptions: [C] code released by the authors (larslorch/lcd-clipr, commit
8fa006cd), [A] abstract of arXiv:2601.15341, [ours] our choice. The body of the paper was not
available to us.
"""

from typing import ClassVar, Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from causeway.cells.lcd.cases import Algebra
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.sources import Panel, Quality, Registered, Source
from causeway.cells.worlds.settings import Counts, LinearWorld, SaturatingWorld
from causeway.hardware import Hardware
from causeway.section import Section
from causeway.system import Run, System


class Holdout(Section):
    """Which perturbations are predicted unseen (:mod:`causeway.cells.splits`), in which folds."""

    kind: Literal[
        "doubles", "covered-doubles", "random-doubles", "unseen-targets", "singles", "all-train"
    ] = "doubles"
    """``doubles``: k-fold over doubles, all singles train [C]; ``covered-doubles``: one double at
    a time whose singles were both measured; ``random-doubles``, ``unseen-targets``: a share of
    doubles, of targets; ``singles``: k-fold over singles [C]; ``all-train``: nothing is held out,
    for reading the causal matrix [C]."""
    folds: PositiveInt = 10
    """Splits, named ``fold0``, ``fold1``, ... [C]; one for ``all-train``."""
    validation: NonNegativeInt = 20
    """Doubles that ``doubles`` sets aside for tuning first; they train in every fold [C]."""
    share: float = Field(0.25, gt=0, lt=1)
    """Share that ``random-doubles`` and ``unseen-targets`` hold out [ours]."""

    @model_validator(mode="after")
    def _one_split_is_one_fold(self) -> Self:
        if self.kind == "all-train" and self.folds != 1:
            raise ValueError("folds: all-train has one split, so folds must be 1")
        return self


class Variant(Section):
    """The method and its ablations [C]."""

    temperature: bool = True
    """Whether stage 1 averages the likelihood over ``noise.temperatures``; else only 1."""
    unit_scaling: bool = True
    """Whether rates are scaled per gene to controls, so that latent states are of order 1."""
    drift: Literal["conditioned", "simple"] = "conditioned"
    """``conditioned``: skip scaling by the noise level; ``simple``: the network is the drift."""
    injection: Literal["additive", "multiplicative"] = "additive"
    """How the code of a perturbation enters the hidden layers of the drift."""


VARIANTS = {
    "lcd": Variant(),
    "no-temperature": Variant(temperature=False),
    "no-unit-scaling": Variant(unit_scaling=False),
    "simple-drift": Variant(drift="simple"),
    "multiplicative": Variant(injection="multiplicative"),
}


class Noise(Section):
    """Stage 1: a generator of latent states per perturbation, fitted through counts [C]."""

    latent: PositiveInt = 64
    """Dimension of the standard normal input of a generator."""
    hidden: PositiveInt = 64
    """Channels of the residual blocks."""
    blocks: PositiveInt = 4
    """Residual blocks of ``hidden`` channels."""
    wide_hidden: PositiveInt = 256
    """Hidden channels of the residual blocks over genes."""
    wide_blocks: NonNegativeInt = 2
    """Residual blocks over genes."""
    draws: PositiveInt = 20_000
    """Monte-Carlo states behind the marginal likelihood of a batch."""
    temperatures: list[PositiveFloat] = Field([1.0, 20.0], min_length=1)
    """Temperatures over which the tempered likelihood is averaged: 1 and 20 for Norman and
    Replogle, 1 and 100 for Wessels."""
    batch: PositiveInt = 64
    """Cells of one perturbation per step."""
    steps: PositiveInt = 250_000
    """Steps of the optimiser: 250,000 for Norman and Replogle, 100,000 for Wessels."""
    learning_rate: PositiveFloat = 3e-4
    """AdamW step size after the warm-up, followed by a cosine to zero."""
    warmup: NonNegativeInt = 5_000
    """Steps of linear warm-up."""
    gradient_clip: PositiveFloat = 1.0
    """Cap on the global norm of the gradient."""
    states: PositiveInt = 10_000
    """Latent states drawn per perturbation for stage 2."""


class Levels(Section):
    """Noise levels of the annealed diffusion, a geometric sequence [C]."""

    count: int = Field(30, ge=2)
    """Number of levels."""
    largest: PositiveFloat = 10.0
    """Noise of the first level, in units of standardised states."""
    smallest: PositiveFloat = 0.01
    """Noise of the last level."""


class Network(Section):
    """Drift network: two hidden layers with tanh [C]."""

    hidden: PositiveInt = 1024
    """Channels: 1024, for Replogle 2048."""
    embedding: PositiveInt = 1024
    """Channels of a perturbation's code."""
    levels: Levels = Levels()


class Training(Section):
    """Stage 2: denoising score matching [C]."""

    steps: PositiveInt = 50_000
    """Steps of the optimiser, each on one perturbation: 100,000 for Replogle."""
    batch: PositiveInt = 8_192
    """States per step."""
    learning_rate: PositiveFloat = 1e-3
    """AdamW step size at the start of a cosine to zero."""
    weight_decay: NonNegativeFloat = 0.3
    """Decoupled weight decay: 0.3 for Norman; 1 for Wessels, Replogle and linear simulations."""


class Sampling(Section):
    """Annealed Langevin dynamics [C]."""

    steps: PositiveInt = 500
    """Euler-Maruyama steps per noise level."""
    step_size: PositiveFloat = 1e-6
    """Step at the smallest level; it grows with the square of the noise."""
    samples: PositiveInt = 1_000
    """States per perturbation."""
    decodings: PositiveInt = 5
    """Count vectors drawn per state."""


class Readout(Section):
    """CLIPR: a causal matrix read off the drift, and what is asked of it [C]."""

    penalty: NonNegativeFloat = 1e-4
    """Tikhonov penalty: 1e-3 for linear simulations, 1e-4 for Norman and Wessels, 1e-2 for
    Replogle."""
    level: NonNegativeInt | None = None
    """Noise level at which the drift is read, 0 being the largest; null for the smallest."""
    sign_threshold: PositiveFloat = 0.5
    """Entries of the true matrix below this count as no effect."""
    cluster_height: PositiveFloat = 0.175
    """Distance at which the tree of genes is cut into modules."""
    cluster_size: PositiveInt = 5
    """Genes of a module, at least."""
    quantiles: list[float] = Field([0.9995, 0.9997, 0.9999, 0.99995, 0.99997], min_length=1)
    """Quantiles of absolute effects above which an edge is called in the implication test."""
    bootstraps: PositiveInt = 1_000
    """Bootstrap samples behind the intervals of the implication test."""
    significance: float = Field(0.05, gt=0, lt=1)
    """False discovery rate of differential expression in the implication test."""
    gene_sets: str | None = None
    """Path of a GMT file; its sets are tested for enrichment in the modules."""
    enrichment_rate: float = Field(0.01, gt=0, lt=1)
    """False discovery rate of the enrichment."""


class Study(Section):
    """What is done with one dataset."""

    variants: list[str] = Field(["lcd"], min_length=1)
    """Those of ``run.variants`` that are trained on it."""
    seeds: PositiveInt | None = None
    """How many of ``run.seeds`` are used, first ones first; null for all."""
    predict: bool = True
    """Whether held-out perturbations are predicted and compared."""
    causal: bool = False
    """Whether CLIPR reads a causal matrix."""
    quality: Quality = Quality()
    panel: Panel = Panel()
    holdout: Holdout = Holdout()
    noise: Noise = Noise()
    network: Network = Network()
    training: Training = Training()
    sampling: Sampling = Sampling()
    evaluation: Evaluation = Evaluation()
    readout: Readout = Readout()


NORMAN = Study(
    causal=True,
    evaluation=Evaluation(interaction_classes="config/references/lcd/norman-interactions.tsv"),
)
WESSELS = Study(
    variants=list(VARIANTS),
    quality=Quality(
        percent_mitochondrial=20.0,
        counts_above=3_000,
        counts_below=40_000,
        genes_above=1_500,
        genes_below=6_500,
    ),
    noise=Noise(temperatures=[1.0, 100.0], steps=100_000),
    training=Training(weight_decay=1.0),
)
REPLOGLE = Study(
    predict=False,
    causal=True,
    quality=Quality(percent_mitochondrial=22.0, counts_above=3_000, genes_below=6_500),
    holdout=Holdout(kind="all-train", folds=1),
    network=Network(hidden=2048),
    training=Training(steps=100_000, weight_decay=1.0),
    readout=Readout(penalty=1e-2),
)
LINEAR = Study(
    predict=False,
    causal=True,
    holdout=Holdout(kind="all-train", folds=1),
    training=Training(weight_decay=1.0),
    readout=Readout(penalty=1e-3),
)
NONLINEAR = Study(
    variants=["lcd", "simple-drift", "multiplicative"],
    holdout=Holdout(kind="random-doubles", folds=1),
)
COUNTS = Study(
    variants=["lcd", "no-temperature", "no-unit-scaling"],
    holdout=Holdout(kind="random-doubles", folds=1),
)


class LCDConfig(System):
    """Section ``lcd`` of the configuration."""

    title: ClassVar[str] = "Latent causal diffusions for single-cell perturbation modeling"
    arxiv: ClassVar[str] = "2601.15341"
    registered = (Registered,)

    run: Run = Run(
        datasets=["norman", "wessels", "replogle", "linear", "nonlinear", "counts"],
        variants=list(VARIANTS),
        seeds=[0, 1, 2, 3, 4],
    )
    """Datasets, variants and seeds; which of the variants, and how many of the seeds, a dataset
    is given stands in ``studies``."""
    sources: dict[str, Source] = Field(
        default={
            "norman": Registered(
                name="norman-2019",
                label="guide_ids",
                dialect="comma",
                control="",
                genes="gene_symbols",
            ),
            "wessels": Registered(
                name="wessels-2023", label="perturbation", dialect="underscore", control="control"
            ),
            "replogle": Registered(
                name="replogle-2022-k562-essential",
                label="gene",
                dialect="single",
                control="non-targeting",
                genes="gene_name",
            ),
            "linear": LinearWorld(),
            "nonlinear": SaturatingWorld(),
            "counts": SaturatingWorld(counts=Counts()),
        }
    )
    """Screens, measured ones [C] and worlds."""
    studies: dict[str, Study] = Field(
        default={
            "norman": NORMAN,
            "wessels": WESSELS,
            "replogle": REPLOGLE,
            "linear": LINEAR,
            "nonlinear": NONLINEAR,
            "counts": COUNTS,
        }
    )
    """What is done with each dataset."""
    variants: dict[str, Variant] = VARIANTS
    """The method (``lcd``) and its ablations."""
    algebra: Algebra = Algebra()
    hardware: Hardware = Hardware()
