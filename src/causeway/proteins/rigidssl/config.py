"""Configuration of RigidSSL.

Marks in the descriptions: [P] paper, [N] a third-party note that quotes the paper, [C] released
code (commit 8a99d16), [?] not known, [ours] our choice.
"""

from typing import ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from causeway.hardware import Hardware
from causeway.proteins.sources import Archive, Source
from causeway.section import Section
from causeway.system import Run, System


class Filters(Section):
    """Which chains are kept; each refused chain is listed with its reason."""

    min_length: PositiveInt = 60
    """Residues with a complete backbone, at least [N]."""
    max_length: PositiveInt = 512
    """Residues with a complete backbone, at most [N]."""
    min_plddt: float = Field(0.0, ge=0, le=100)
    """Mean pLDDT of predicted models, at least; 0 keeps all, as no filter is known [C]."""
    max_breaks: int | None = Field(None, ge=0)
    """Chain breaks (consecutive C-alpha more than 4.2 Å apart or missing residues), at most;
    null keeps all [ours]."""


class Split(Section):
    """Held-out chains by sequence cluster. The released code has no validation set [C]."""

    identity: float = Field(0.3, gt=0, le=1)
    """Sequence identity at which chains share a cluster [ours]."""
    coverage: float = Field(0.8, gt=0, le=1)
    """Share of the shorter chain that the match must cover [ours]."""
    validation: float = Field(0.05, ge=0, lt=1)
    """Share of chains for validation during training [ours]."""
    test: float = Field(0.05, gt=0, lt=1)
    """Share of chains for the reported metrics [ours]."""


class Variant(Section):
    """How views, states and targets are made: the places where paper, code and repair differ."""

    rotation_scale: PositiveFloat = 0.5
    """Scale eps of the IGSO(3) noise on residue frames: 0.5 [N], released default 1.0 [C]."""
    translation_scale: PositiveFloat = 0.03
    """Standard deviation sigma of the noise on C-alpha positions, in Å [N][C]."""
    canonicalisation: Literal["none", "released", "inertia"] = "inertia"
    """``inertia``: x V, V^T r in the principal axes, one V with a sign rule for both views;
    ``released``: positions only centred, frames r V [C]."""
    arc: Literal["long", "short"] = "long"
    """Whether SLERP may take the long way round, as both quaternions have w >= 0 [C]."""
    head: Literal["global", "local"] = "global"
    """Frame in which the heads predict velocities: global [C] or the residue's own [ours]."""
    pairs_per_batch: PositiveInt | None = None
    """Cap on the sum of squared lengths in a batch; null means one chain per step [N][C]."""


PRESETS = {
    "paper": Variant(),
    "released": Variant(rotation_scale=1.0, canonicalisation="released"),
    "fixed": Variant(canonicalisation="none", arc="short", head="local", pairs_per_batch=500_000),
}


class Network(Section):
    """Widths of the invariant-point-attention trunk [C]; 17,517,114 parameters by default."""

    node: PositiveInt = 256
    """Channels of residue embeddings (c_s)."""
    edge: PositiveInt = 128
    """Channels of pair embeddings (c_z)."""
    blocks: PositiveInt = 4
    """Blocks of the trunk."""
    heads: PositiveInt = 8
    """Heads of invariant point attention."""
    hidden: PositiveInt = 256
    """Channels per head."""
    query_points: PositiveInt = 8
    """Query and key points per head."""
    value_points: PositiveInt = 12
    """Value points per head."""
    skip: PositiveInt = 64
    """Channels of the skip connection from the input embedding."""
    transformer_layers: PositiveInt = 2
    """Layers of the sequence transformer in each block."""
    transformer_heads: PositiveInt = 4
    """Heads of the sequence transformer; must divide ``node + skip``."""
    features: PositiveInt = 32
    """Channels of each sinusoidal embedding (time, residue index)."""
    bins: PositiveInt = 22
    """Bins of the C-alpha distogram up to 20 Å."""
    coordinate_scale: PositiveFloat = 0.1
    """Factor from Å to the trunk's unit of length."""

    @model_validator(mode="after")
    def _heads_divide(self) -> "Network":
        if (self.node + self.skip) % self.transformer_heads:
            raise ValueError("transformer_heads must divide node + skip")
        return self


class Training(Section):
    """Optimisation [C]."""

    epochs: PositiveInt = 10
    """Passes over the training chains; the released default [C], the paper's number is [?]."""
    learning_rate: PositiveFloat = 1e-4
    """Adam step size at the start of the cosine schedule [C]."""
    weight_decay: NonNegativeFloat = 1e-4
    """L2 penalty inside Adam (not AdamW) [C]."""
    gradient_clip: PositiveFloat | None = None
    """Gradient norm cap; null as released for Phase I [C]."""
    translation_weight: NonNegativeFloat = 1.0
    """Weight of the translation terms [C]."""
    rotation_weight: NonNegativeFloat = 1.0
    """Weight of the rotation terms [C]."""
    normalise: bool = True
    """Divide targets and predictions by the targets' standard deviation per chain [C]; the
    sources on the paper do not mention it."""
    workers: int = Field(0, ge=0)
    """Processes that load batches; 0 loads in the training process [ours]."""


class Evaluation(Section):
    """Held-out metrics [ours]."""

    draws: PositiveInt = 8
    """Noise draws per test chain; times tau are stratified over them."""
    chains: PositiveInt = 2000
    """Test chains at most; more narrow the intervals little and cost hours at full scale."""


class RigidSSLConfig(System):
    """Section ``rigidssl`` of the configuration."""

    title: ClassVar[str] = (
        "Rigidity-Aware Geometric Pretraining for Protein Design and Conformational Ensembles"
    )
    arxiv: ClassVar[str] = "2603.02406"

    run: Run = Run(datasets=["swissprot-v4"], variants=list(PRESETS), seeds=[0, 1, 2])
    sources: dict[str, Source] = Field(
        default={"swissprot-v4": Archive(name="afdb-swissprot-v4", shards=216)}
    )
    """Datasets by name; the name stands in every path, so put the version into it."""
    filters: Filters = Filters()
    split: Split = Split()
    variants: dict[str, Variant] = PRESETS
    """Presets by name. ``paper``: as the paper says, with the correct change of frame;
    ``released``: as the released code does; ``fixed``: equivariant heads and the short arc."""
    network: Network = Network()
    training: Training = Training()
    evaluation: Evaluation = Evaluation()
    hardware: Hardware = Hardware()

    def raw(self) -> list[str]:
        """Raw shards of the datasets that the run uses."""
        return [
            f"{dataset}/shard{shard}.tar"
            for dataset in self.run.datasets
            for shard in range(self.sources[dataset].shards)
        ]
