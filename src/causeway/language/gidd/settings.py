"""Settings of the scaling study of discrete diffusion language models.

Marks in the descriptions: [S] seen in the released code of arXiv:2512.10858 or in its notebooks,
[v1] seen in that of GIDD v1 (arXiv:2503.04482), [rebuilt] reconstructed here, [ours] our choice.
"""

from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from causeway.hardware import Hardware
from causeway.section import Section


class Mixture(Section):
    """Masks and uniform noise, mixed anew at each signal-to-noise ratio."""

    kind: Literal["mixture"] = "mixture"
    shift: float = 0.0
    """b of the share σ(a λ + b) of uniform noise; -1000, -2, 0, 2 and 1000 are studied [S]."""
    scale: float = Field(1.0, ge=-1, le=1)
    """a of that share [S]; other values are no Markov chain."""
    lowest: float = -9.0
    """Smallest log signal-to-noise ratio λ [S]."""
    highest: float = 9.0
    """Largest λ [S]."""

    @model_validator(mode="after")
    def _range_goes_upwards(self) -> Self:
        if not self.lowest < self.highest:
            raise ValueError("highest must be above lowest")
        return self


class Bumped(Section):
    """Masks, with uniform noise around the middle: the process of GIDD v1."""

    kind: Literal["bump"] = "bump"
    uniform: float = Field(0.1, ge=0, lt=1)
    """Share of all tokens that are uniform noise in the middle; 0, 0.1 and 0.2 are studied
    [v1]."""
    gamma: PositiveFloat = 1.0
    """Sharpness of the bump [v1]."""
    margin: float = Field(1e-4, gt=0, lt=0.5)
    """Least distance of the time from its ends [v1]."""


Noise = Annotated[Mixture | Bumped, Field(discriminator="kind")]

NOISES: dict[str, Noise] = {
    "masked": Mixture(shift=-1000),
    "low-uniform": Mixture(shift=-2),
    "balanced": Mixture(shift=0),
    "high-uniform": Mixture(shift=2),
    "uniform": Mixture(shift=1000),
}
"""The five types of noise of the study [S]."""


class Size(Section):
    """Layers and widths of a transformer."""

    layers: PositiveInt = 8
    """Blocks [S]."""
    width: PositiveInt = 512
    """Channels of the residual stream [S]."""
    head: PositiveInt = 64
    """Channels of an attention head [S]."""

    @model_validator(mode="after")
    def _heads_split_the_width(self) -> Self:
        if self.width % self.head or self.head % 2:
            raise ValueError(
                f"head: heads of {self.head} channels do not split {self.width} channels, or "
                "have an odd number of them"
            )
        return self

    @property
    def heads(self) -> int:
        """Attention heads."""
        return self.width // self.head


SIZES = {
    "25m": Size(layers=8, width=512),
    "49m": Size(layers=10, width=640),
    "85m": Size(layers=12, width=768),
    "202m": Size(layers=16, width=1024),
    "567m": Size(layers=20, width=1536),
}
"""Sizes of the sweep, by parameters without those of embedding and head [S]."""


class Network(Section):
    """What all sizes have in common."""

    soft_cap: PositiveFloat | None = 30.0
    """Bound of attention logits, by a hyperbolic tangent [S]; null uses fused attention. Logits
    of normalised queries and keys stay far below it at first."""
    spread: PositiveFloat = 0.4
    """Hidden matrices are drawn with this standard deviation over the root of the width [S]."""
    embedding_spread: PositiveFloat = 0.02
    """Standard deviation of embeddings [S]."""


class Corruption(Section):
    """How training sequences are noised."""

    independent: float = Field(0.2, ge=0, le=1)
    """Share of sequences of which each token has its own λ. The released code passes 0.2 where
    its command line says 0.5 [S]."""
    prompts: float = Field(0.2, ge=0, le=1)
    """Share of sequences that begin with clean tokens, which see only each other and bear no loss
    [S]."""


class Optimisation(Section):
    """LaProp with a parametrisation that keeps the best rate across sizes."""

    beta1: float = Field(0.9, ge=0, lt=1)
    """Decay of the mean of normalised gradients [S]."""
    beta2: float = Field(0.99, ge=0, lt=1)
    """Decay of the mean of squared gradients, for batches below ``large_batch`` [S]."""
    beta2_large: float = Field(0.98, ge=0, lt=1)
    """The same for batches from ``large_batch`` on [S]."""
    large_batch: PositiveInt = 256
    """Sequences per step from which ``beta2_large`` is used [S]."""
    epsilon: PositiveFloat = 1e-8
    """Least norm of a gradient, divided by width times layers [S]."""
    unscaled: PositiveFloat = 0.02
    """Factor on the rate of embeddings, head, norms and biases; that of hidden matrices is
    divided by the width [S]."""
    warmup: NonNegativeInt = 2000
    """Steps of linear rise [S]."""
    gradient_clip: PositiveFloat | None = None
    """Cap on the gradient norm; the released code means 1 and applies none [S]."""


class Training(Section):
    """What networks are trained and measured on, whatever their size."""

    length: int = Field(2048, ge=2)
    """Tokens of a sequence [S]."""
    cooldown: float = Field(0.2, gt=0, lt=1)
    """Last share of the steps of an annealed branch, over which the rate falls as 1 - √progress
    [S: 0.2 in the ablation, 0.1 by default]. The sweep itself keeps its rate."""
    validation: PositiveInt = 256
    """Validation sequences, each noised once and always alike [ours]."""
    validation_batch: PositiveInt = 64
    """Sequences that are validated at once [ours]."""


class Plan(Section):
    """One run of the sweep."""

    name: str = Field(pattern=r"^[a-z0-9.+-]+$")
    """What its files are called."""
    model: Literal["diffusion", "autoregressive"] = "diffusion"
    """Whether it undoes noise, or predicts the next token as a twin to compare with [ours]."""
    noise: Noise = Mixture()
    """Of diffusion; a twin has none."""
    size: Size = Size()
    batch: PositiveInt = 64
    """Sequences per step; 8 to 1024 are studied [S]."""
    rate: PositiveFloat = 0.3
    """η: peak rate of hidden matrices times the width; 0.1 to 2 are studied [S]."""
    steps: PositiveInt = 80_000
    """Steps at a rate that stays, which serve all smaller budgets too [S]."""
    steps_per_epoch: PositiveInt = 1000
    """Steps between two measurements and checkpoints [ours]."""
    annealed: list[PositiveInt] = Field(default=[])
    """Steps in total of branches that leave the run when their share of cooldown begins [S: as
    many as the run, for some runs]."""
    seed: NonNegativeInt = 0
    """Seed of weights, order of sequences and noise."""

    @model_validator(mode="after")
    def _whole_epochs(self) -> Self:
        if any(steps % self.steps_per_epoch for steps in (self.steps, *self.annealed)):
            raise ValueError("steps must be a multiple of steps_per_epoch")
        return self


class Recipe(Section):
    """What all runs of a sweep have in common."""

    network: Network = Network()
    training: Training = Training()
    optimisation: Optimisation = Optimisation()
    corruption: Corruption = Corruption()
    hardware: Hardware = Hardware()


class Tuning(Section):
    """Further runs, in all combinations, that tell which batch and rate are best."""

    noises: list[str]
    """Types of noise by name; those that a run leaves out are passed over."""
    sizes: list[str]
    """Sizes by name."""
    batches: list[PositiveInt]
    """Sequences per step; 8 to 512 [S]."""
    rates: list[PositiveFloat]
    """Rates η; two or three per batch [S]."""
    budget: PositiveFloat
    """Operations of each run: one of the budgets of the sweep, where its readings are fitted."""


class Settings(Section):
    """Batches and rates that are trained in all combinations."""

    batches: list[PositiveInt] = Field(min_length=1)
    """Sequences per step."""
    rates: list[PositiveFloat] = Field(min_length=1)
    """Rates η."""


STUDIED = [
    Settings(batches=[8], rates=[0.1, 0.2, 0.3]),
    Settings(batches=[16, 32], rates=[0.2, 0.3, 0.5]),
    Settings(batches=[64, 128], rates=[0.3, 0.5, 1.0]),
    Settings(batches=[256], rates=[0.5, 1.0]),
    Settings(batches=[512], rates=[0.5, 1.0, 2.0]),
]
"""Batches of the sweep with their rates [S]."""


class Grid(Section):
    """Which runs there are for each type of noise and size."""

    budgets: list[PositiveFloat] = Field(
        default=[5e17, 1e18, 2e18, 5e18, 1e19, 2e19, 5e19, 1e20, 2e20], min_length=1
    )
    """Operations of training, with attention, without embedding and head. One run per size serves
    all of them [S: 5e17 to 2e20 are fitted; the steps between are ours]."""
    settings: list[Settings] = Field(default=STUDIED, min_length=1)
    """Batches and rates of all types of noise and sizes [S]. The study also has batches of 1,024
    for its largest size, and half the steps for 512 below it [S]; both are left out here."""
    tunings: dict[str, Tuning] = Field(default={})
    """Runs beside these, so that batch and rate need not be tuned for all of them [ours]."""
    least_steps: PositiveInt = 5000
    """Steps before a reading is fitted [S]; a run that has fewer in all is refused [ours]."""
    most_steps: PositiveInt = 80_000
    """Steps at which a run ends though the largest budget is not spent [S]."""
    repeated: list[str] = Field(default=[])
    """Sizes that have all seeds; others have the first alone [ours]."""
    measurements: PositiveInt = 40
    """Measurements of a run, evenly spread [ours]."""
    annealed: list[str] = Field(default=[])
    """Sizes of which each budget also ends an annealed branch [S: 40 pairs of two sizes]."""
    twins: list[str] = Field(default=[])
    """Sizes that also have autoregressive twins [ours]."""

    @model_validator(mode="after")
    def _tunings_end_at_budgets(self) -> Self:
        for name, tuning in self.tunings.items():
            if tuning.budget not in self.budgets:
                raise ValueError(f"tunings.{name}.budget is none of the budgets")
        return self

    def refuse_sizes_outside(self, known: Collection[str]) -> None:
        """Check that sizes that are named are there.

        Raises
        ------
        ValueError
            If one is not.
        """
        lists = {"repeated": self.repeated, "annealed": self.annealed, "twins": self.twins}
        lists |= {f"tunings.{name}.sizes": tuning.sizes for name, tuning in self.tunings.items()}
        for name, sizes in lists.items():
            if unknown := sorted(set(sizes) - set(known)):
                raise ValueError(f"{name} names {', '.join(unknown)}, which is no size")


class Choice(Grid):
    """Which runs there are, by names of sizes."""

    sizes: list[str] = Field(default=list(SIZES), min_length=1)
    """Sizes that are trained, from the smallest to the largest."""
    annealed: list[str] = Field(default=["25m", "49m"])
    """Sizes of which each budget also ends an annealed branch [S: 40 pairs of two sizes; which
    is ours]."""
    twins: list[str] = Field(default=["25m"], min_length=1)
    """Sizes that also have autoregressive twins, by which samples are judged [ours]."""

    @model_validator(mode="after")
    def _sizes_are_known(self) -> Self:
        self.refuse_sizes_outside(self.sizes)
        return self


class Sweep(Grid):
    """All runs."""

    sizes: dict[str, Size] = Field(default=SIZES)
    """Sizes by name, from the smallest to the largest."""
    noises: dict[str, Noise] = Field(default=NOISES)
    """Types of noise by name."""
    seeds: list[NonNegativeInt] = Field(default=[0], min_length=1)
    """Seeds of repeated runs [S: one]."""

    @model_validator(mode="after")
    def _sizes_are_known(self) -> Self:
        self.refuse_sizes_outside(self.sizes)
        return self


class Fitting(Section):
    """How laws are fitted."""

    reference: str = "masked"
    """Type of noise that the others are compared with [S]."""
    window: float | None = Field(default=None, gt=1)
    """Parabolas take the sizes within this factor of the best one, or all sizes [ours]."""
    resamples: PositiveInt = 1000
    """Bootstrap samples of runs [ours]; the study draws 10,000 samples of optima [S]."""
    targets: PositiveInt = 8
    """Losses at which batch sizes are compared, per type of noise and size [ours]."""


class Evaluation(Section):
    """How bounds are measured on test text."""

    sequences: PositiveInt = 256
    """Sequences, spread over the text [ours]."""
    draws: PositiveInt = 128
    """Noised copies of each [S: 128 levels of noise]."""
    batch: PositiveInt = 64
    """Copies that are measured at once [ours]."""


class Sampling(Section):
    """How text is written."""

    steps: PositiveInt = 128
    """Steps of either sampler; 256 too are studied [S]."""
    tokens_per_step: PositiveInt = 1
    """Tokens that a step of the adaptive sampler rewrites [S]."""
    temperature: NonNegativeFloat = 0.0
    """Of the tokens that the adaptive sampler writes; 0 takes the likeliest [S]."""
    sequences: PositiveInt = 64
    """Sequences that each sampler writes [ours]."""
    grams: list[PositiveInt] = Field(default=[1, 2, 3, 4])
    """Lengths n of the n-grams by which samples are judged [ours]."""


class SelfCorrection(Section):
    """How finished text is repaired."""

    temperature: PositiveFloat = 0.1
    """Of candidates [v1]."""
    tokens_per_step: PositiveInt = 1
    """Tokens that a step may change [ours]."""
    steps: PositiveInt = 128
    """Most steps [ours]."""
    patience: PositiveInt = 8
    """Steps without a rise of self-accuracy after which it ends [v1; the number is ours]."""
