"""Configuration of generative intervention models.

Marks in the descriptions: [S] seen in texts about the paper, [recalled] known of it but not seen,
[B] released code of BaCaDI, by the same group, [rebuilt] reconstructed here, [ours] our choice.
The body of the paper and its code were not available for this work.
"""

from typing import ClassVar, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from causeway.cells.gim.sources import SciPlex, Source, raw_files
from causeway.cells.worlds.hill_settings import HillWorld
from causeway.hardware import Hardware
from causeway.section import Section
from causeway.system import Run, System


class Variant(Section):
    """What the causal model and its interventions look like."""

    mechanisms: Literal["linear", "network"] = "linear"
    """How genes depend on their parents: linearly, or by one network per gene [recalled]."""
    intervention: Literal["shift", "hard"] = "shift"
    """Whether a target's mechanism is shifted, or replaced [recalled]."""
    graph: Literal["learned", "known", "empty"] = "learned"
    """``learned`` jointly with the interventions [S]; ``known``: that of a synthetic world, and
    ``empty``: no gene has parents, as controls [ours]."""


PRESETS = {
    "linear": Variant(),
    "network": Variant(mechanisms="network"),
    "hard": Variant(intervention="hard"),
    "known": Variant(graph="known"),
    "empty": Variant(graph="empty"),
}


class Network(Section):
    """Sizes of networks; those of the paper are not known."""

    hidden: PositiveInt = 64
    """Width of the map from features to interventions [ours]."""
    layers: PositiveInt = 2
    """Hidden layers of that map [ours]."""
    mechanism: PositiveInt = 10
    """Units of each gene's own network [ours]."""


class Priors(Section):
    """What the model expects before it has seen cells."""

    target: NonNegativeFloat = 3.0
    """Nats that each target costs within the expectation over targets [rebuilt]: the log odds
    against being one under a sparse Bernoulli prior. The BIC asks log(50) / 2 = 2 for one
    parameter."""
    start: float = Field(0.1, gt=0, lt=1)
    """Probability of being a target when training begins [ours]."""
    edge: float = Field(0.1, gt=0, lt=1)
    """Probability of an edge [recalled: Erdős-Rényi prior; its number is ours]."""
    edge_start: float = Field(0.7, gt=0, lt=1)
    """Probability of an edge when training begins [ours]."""
    weight: PositiveFloat = 1.0
    """Standard deviation of the weights of mechanisms [recalled]."""
    shift: PositiveFloat = 10.0
    """Standard deviation of shifts, in control standard deviations [ours]."""
    log_scale: PositiveFloat = 0.1
    """Standard deviation of the log factor of a target's noise [ours]."""
    map_weight: PositiveFloat = 2.0
    """Standard deviation of the weights of the map from features [ours]."""


class Training(Section):
    """Maximum a posteriori [S: prediction uses a MAP approximation].

    Every step sees all cells of all training contexts.
    """

    steps: PositiveInt = 6000
    """Steps of Adam [ours]."""
    steps_per_epoch: PositiveInt = 250
    """Steps between two entries of the history and two checkpoints [ours]."""
    learning_rate: PositiveFloat = 2e-2
    """Step size at the start, followed by a cosine [ours]."""
    draws: PositiveInt = 4
    """Graphs drawn per step; 128 in BaCaDI, where posteriors are wanted [B, ours]."""
    sharpness: tuple[PositiveFloat, PositiveFloat] = (2.0, 4.0)
    """Inverse temperature of drawn edges at the first and the last step, linear between
    [rebuilt]."""
    target_start: NonNegativeFloat = 30.0
    """Nats that a target costs more at the first step, falling linearly to 0 [ours]. Without
    them, whatever a drug moves is taken for its target before the graph is learned."""
    anneal: float = Field(0.7, gt=0, le=1)
    """Share of the steps over which these fall [ours]."""
    acyclicity: tuple[PositiveFloat, PositiveFloat] = (1e-3, 100.0)
    """Weight of the cyclicity at the first and the last step, by equal factors between, like the
    penalty of an augmented Lagrangian [rebuilt; linear in B]."""

    @model_validator(mode="after")
    def _whole_epochs(self) -> Self:
        if self.steps % self.steps_per_epoch:
            raise ValueError("steps must be a multiple of steps_per_epoch")
        return self


class Evaluation(Section):
    """How predictions are compared with cells."""

    cells: int = Field(50, ge=2)
    """Cells per context that are compared, predicted and observed; as many as were seen at most
    [S: contexts have 50]."""
    targets: Literal["mode", "sample"] = "mode"
    """Whether predictions take the likeliest targets, or draw them once per context
    [S: prediction uses a MAP approximation; both readings are possible]."""


class GIMConfig(System):
    """Section ``gim`` of the configuration."""

    title: ClassVar[str] = "Generative Intervention Models for Causal Perturbation Modeling"
    arxiv: ClassVar[str] = "2411.14003"

    run: Run = Run(
        datasets=["linear", "network", "hard", "sciplex3"],
        variants=["linear", "network", "hard", "empty"],
        seeds=list(range(10)),
    )
    sources: dict[str, Source] = Field(
        default={
            "linear": HillWorld(),
            "network": HillWorld(mechanisms="network"),
            "hard": HillWorld(intervention="hard"),
            "sciplex3": SciPlex(),
        }
    )
    """Datasets by name: synthetic worlds of Hill functions, SciPlex3 (``kind: sciplex``), or your
    own screen (``kind: screen``)."""
    variants: dict[str, Variant] = PRESETS
    """``linear`` and ``network`` mechanisms with shift interventions, ``hard`` interventions on
    linear ones; ``known`` and ``empty`` graphs as controls."""
    network: Network = Network()
    priors: Priors = Priors()
    training: Training = Training()
    evaluation: Evaluation = Evaluation()
    hardware: Hardware = Hardware(accelerator="cpu")
    """Steps are so small that a GPU would wait for its orders [ours]."""

    def raw(self) -> list[str]:
        """Raw files of the datasets that are run."""
        sources = [self.sources[name] for name in self.run.datasets]
        paths = [path for source in sources for path in raw_files(source)]
        return list(dict.fromkeys(paths))

    @model_validator(mode="after")
    def _graphs_are_known(self) -> Self:
        asked = [name for name in self.run.variants if self.variants[name].graph == "known"]
        if not asked:
            return self
        for name in self.run.datasets:
            if not isinstance(self.sources[name], HillWorld):
                raise ValueError(
                    f"run.variants: the graph of {name} is not known, leave out {asked[0]}"
                )
        return self
