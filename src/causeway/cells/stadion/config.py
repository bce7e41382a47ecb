"""Configuration of stationary diffusions.

Marks in the descriptions: [C] released code (stadion 1.0.2), [L] released code of LCD, [?] not
known, [ours] our choice. The body of the paper was not available for this work.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from causeway.cells.stadion.sources import Source
from causeway.cells.worlds.settings import LinearWorld
from causeway.hardware import Hardware
from causeway.section import Section
from causeway.system import Run, System


class LinearDrift(Section):
    """``f(x) = W x + b`` with ``diag(W) = -1`` [C]."""

    kind: Literal["linear"] = "linear"


class NetworkDrift(Section):
    """One network per gene, ``f_j(x) = net_j(x without x_j) - x_j`` [C]."""

    kind: Literal["network"] = "network"
    hidden: PositiveInt = 8
    """Sigmoid units of each network [C]."""


Drift = Annotated[LinearDrift | NetworkDrift, Field(discriminator="kind")]


class Variant(Section):
    """What is learned, and what is known of the interventions."""

    drift: Drift = LinearDrift()
    """Form of the drift."""
    targets: Literal["known", "unknown"] = "known"
    """``known``: an intervention acts on the genes of its label alone; ``unknown``: on any gene
    [C]."""


PRESETS = {
    "known": Variant(),
    "unknown": Variant(targets="unknown"),
    "network": Variant(drift=NetworkDrift()),
}


class Split(Section):
    """Interventions that no model sees, beside those that the data hold out themselves."""

    singles: int = Field(0, ge=0)
    """Interventions on one gene, drawn at random; none by default [ours]."""


class Training(Section):
    """Optimisation [C]."""

    steps: PositiveInt = 10_000
    """Steps of Adam, each on cells of one random environment [C]."""
    steps_per_epoch: PositiveInt = 500
    """Steps between two entries of the history and two checkpoints [ours]."""
    batch: int = Field(128, ge=2)
    """Cells per step; all cells of a smaller environment [C]."""
    learning_rate: PositiveFloat = 3e-3
    """Step size of Adam [C]."""
    estimator: Literal["linear", "u-statistic", "v-statistic"] = "linear"
    """Which pairs of cells are compared: halves of the batch with each other, or all [C]."""
    bandwidth: PositiveFloat = 5.0
    """Width of the Gaussian kernel, in units of the states [C]."""
    penalty: NonNegativeFloat = 1e-3
    """Weight of the group lasso, which is divided by the number of genes [C]."""
    warm_start: bool = True
    """Begin with the shifts of the means from control [C]."""
    initial_scale: PositiveFloat = 1e-6
    """Size of the other initial values [C]."""
    initial_log_noise: float = -2.0
    """Initial logarithm of the noise scales [C]."""
    standardise: Literal["none", "control", "pooled"] = "none"
    """Centre genes at the control mean and divide them by the standard deviation of control cells
    or of all training cells; the released code leaves states as they are [C]."""

    @model_validator(mode="after")
    def _whole_epochs(self) -> "Training":
        if self.steps % self.steps_per_epoch:
            raise ValueError("steps must be a multiple of steps_per_epoch")
        return self


class Simulation(Section):
    """Sampling from the stationary distribution by the Euler-Maruyama method [C]."""

    step: PositiveFloat = 0.01
    """Step of time; genes relax in time 1 [C]."""
    thinning: PositiveInt = 300
    """Steps between two kept states of a chain [C]."""
    burn_in: int = Field(10, ge=0)
    """States of a chain that are thrown away first [C]."""
    chains: PositiveInt = 10
    """Chains per environment [C]."""
    samples: int = Field(200, ge=4)
    """Samples per environment [ours]."""


class StadionConfig(System):
    """Section ``stadion`` of the configuration."""

    title: ClassVar[str] = "Causal Modeling with Stationary Diffusions"
    arxiv: ClassVar[str] = "2310.17405"

    run: Run = Run(datasets=["linear"], variants=list(PRESETS), seeds=list(range(10)))
    sources: dict[str, Source] = Field(default={"linear": LinearWorld(test_doubles=100)})
    """Datasets by name. Synthetic worlds, by default the linear one of the LCD code [L], or your
    own: ``{kind: screen, path: FILE}`` with an ``.h5ad`` in the canonical form of a screen."""
    variants: dict[str, Variant] = PRESETS
    """``known`` and ``unknown`` targets with a linear drift; ``network``: known targets with one
    network per gene."""
    split: Split = Split(singles=20)
    training: Training = Training()
    simulation: Simulation = Simulation()
    hardware: Hardware = Hardware(accelerator="cpu")
    """Steps are so small that a GPU would wait for its orders [ours]."""
