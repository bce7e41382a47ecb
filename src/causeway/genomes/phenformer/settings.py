"""Settings of Phenformer.

Marks in the descriptions: [P] published (abstract of arXiv:2501.07737 and texts about it), [E]
published for Enformer, [ours] our choice. The body of the paper, its code and its weights were not
available for this work, and its cohort is closed to the public.
"""

from typing import Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from causeway.genomes.phenformer.backbone_settings import (
    BackboneSettings,
    EnformerFile,
    OwnBackbone,
)
from causeway.genomes.phenformer.objective_settings import Objective
from causeway.genomes.phenformer.sizes import EncoderSize, GenomeSize
from causeway.section import Section


class Holdout(Section):
    """Which genes and people train, validate and test [ours]."""

    kind: Literal["contigs", "blocks", "families"] = "contigs"
    """Whole chromosomes; blocks of a genome that leave operons whole; or shares of genes whose
    promoters resemble each other, kept together."""
    valid_contigs: list[str] = Field(default=["chr10", "chr22"])
    """Chromosomes that validate."""
    test_contigs: list[str] = Field(default=["chr8", "chr21"])
    """Chromosomes that test."""
    left_out: list[str] = Field(default=["chrX", "chrY", "chrM"])
    """Chromosomes that are not used."""
    valid: float = Field(0.15, gt=0, lt=1)
    """Share of genes, or of the length of the genome, that validates."""
    test: float = Field(0.15, gt=0, lt=1)
    """Share that tests."""
    gap: NonNegativeInt = 10_000
    """Bases between blocks in which no gene is used."""
    blocks: PositiveInt = 1
    """Rounds of training, validation and test blocks along the genome."""
    people_valid: float = Field(0.25, gt=0, lt=1)
    """Share of people of each population that validates, and fits ensembles."""
    people_test: float = Field(0.25, gt=0, lt=1)
    """Share of people of each population that tests."""


class Baselines(Section):
    """What a network has to beat."""

    promoter: tuple[NonNegativeInt, NonNegativeInt] = (500, 200)
    """Bases before and after the transcription start that k-mers are counted in."""
    coding: PositiveInt = 600
    """Bases from the transcription start on, for the baseline of the coding sequence."""
    longest: PositiveInt = 4
    """Longest k-mer."""
    bins: PositiveInt = 7
    """Bins of the position-binned k-mers of length 3."""
    xpresso: bool = True
    """Whether a network of the shape of Xpresso is trained too."""


class Learning(Section):
    """Optimisation of stage 1: AdamW with a warm-up and a cosine [ours]."""

    epochs: PositiveInt = 60
    """Passes over the training genes."""
    batch: PositiveInt = 64
    """Windows per step."""
    learning_rate: PositiveFloat = 3e-4
    """Step size after the warm-up."""
    weight_decay: NonNegativeFloat = 0.01
    """Decoupled weight decay."""
    warmup: NonNegativeInt = 500
    """Steps of linear warm-up."""
    gradient_clip: PositiveFloat = 1.0
    """Cap on the norm of the gradient."""
    reverse_complement: float = Field(0.5, ge=0, le=1)
    """Chance by which a training window is read from the other strand."""
    shift: NonNegativeInt = 3
    """Bases by which a training window is moved at most."""
    objective: Objective = Objective()


class Screening(Section):
    """How genomes of people are read by the frozen first stage [ours]."""

    genes: PositiveInt = 448
    """Genes of a person, those whose windows differ most between people; 448 windows of 196,608 bp
    are 88,080,384 bp [ours, for the 88 million of P]."""
    chunk: PositiveInt = 64
    """Windows that are embedded at once; results depend on it by rounding alone."""
    variants: Literal["all", "snps"] = "all"
    """Whether insertions and deletions count."""
    unphased: Literal["refuse", "random", "reference", "iupac"] = "refuse"
    """What becomes of genotypes without phase: an error, a toss, no change, or unknown bases."""


class RiskLearning(Section):
    """Optimisation of stage 2: AdamW with a cosine, best epoch by validation [ours]."""

    epochs: PositiveInt = 60
    """Passes over the training people."""
    batch: PositiveInt = 64
    """People per step."""
    learning_rate: PositiveFloat = 1e-4
    """Step size at the start."""
    weight_decay: NonNegativeFloat = 0.01
    """Decoupled weight decay."""
    gradient_clip: PositiveFloat = 1.0
    """Cap on the norm of the gradient."""


class Assessment(Section):
    """How risks are judged [ours]."""

    components: PositiveInt = 10
    """Principal components of genotypes among the covariates; 10 to 16 are usual."""
    resamples: PositiveInt = 2000
    """Bootstrap samples of people."""
    elastic_nets: PositiveInt = 100
    """Genes, drawn at random, for which an elastic net is fitted to genotypes (PrediXcan)."""
    clump: PositiveInt = 250_000
    """Bases within which one site alone enters a clumped polygenic score, as PLINK's default."""
    near: PositiveInt = 1_000_000
    """Bases before and behind a transcription start whose sites it knows (PrediXcan)."""


class Hypotheses(Section):
    """How contexts are ranked as causes of a disease [ours]."""

    refits: PositiveInt = 3
    """Refits of each context-only model, from other initial weights."""
    epochs: PositiveInt = 30
    """Passes over the training people of each refit."""
    resamples: PositiveInt = 1000
    """Bootstrap samples of people."""
    permutations: PositiveInt = 2000
    """Shuffles of contexts behind a p-value."""
    top_genes: PositiveInt = 10
    """Genes that a hypothesis names."""


class Subtyping(Section):
    """How cases of a disease are grouped [ours]."""

    groups: list[PositiveInt] = Field(default=[2, 3, 4, 5, 6], min_length=1)
    """Numbers of groups that are tried."""
    method: Literal["k-means", "mixture"] = "k-means"
    """K-means, or a mixture of normal distributions."""
    resamples: PositiveInt = 20
    """Bootstrap samples per number of groups."""
    nulls: int = Field(39, ge=19)
    """Normal clouds that groups have to stand out from; 19 are the fewest that can tell."""


class Study(Section):
    """What is done with one dataset."""

    variants: list[str] = Field(["phenformer"], min_length=1)
    """Those of ``run.variants`` that are trained on it."""
    seeds: PositiveInt | None = None
    """How many of ``run.seeds`` are used, first ones first; null for all."""
    holdout: Holdout = Holdout()
    backbone: BackboneSettings = OwnBackbone()
    """``own``: the encoder below, trained; ``enformer``: weights of yours, as they are."""
    encoder: EncoderSize = EncoderSize()
    learning: Learning = Learning()
    baselines: Baselines = Baselines()
    screening: Screening = Screening()
    genome: GenomeSize = GenomeSize()
    risk: RiskLearning = RiskLearning()
    assessment: Assessment = Assessment()
    hypotheses: Hypotheses = Hypotheses()
    subtyping: Subtyping = Subtyping()

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        if isinstance(self.backbone, EnformerFile):
            wanted = self.backbone.size.window
            if (self.encoder.window, self.encoder.anchor) != (wanted, 0.5):
                raise ValueError(f"encoder: Enformer needs window: {wanted} and anchor: 0.5")
        return self


class Variant(Section):
    """The method and its ablations [ours]."""

    deviation: bool = True
    """Whether stage 1 also learns how contexts deviate from a gene's mean."""
    tokens: Literal["gene", "gene_x_context"] = "gene_x_context"
    """Tokens of stage 2; which of both is published is not known."""


VARIANTS = {
    "phenformer": Variant(),
    "gene-tokens": Variant(tokens="gene"),
    "no-deviation": Variant(deviation=False),
}
