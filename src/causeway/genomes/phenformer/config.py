"""Configuration of Phenformer.

Marks in the descriptions: [P] published (abstract of arXiv:2501.07737 and texts about it), [E]
published for Enformer, [ours] our choice. The body of the paper, its code and its weights were not
available for this work, and its cohort is closed to the public.
"""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from causeway.genomes.phenformer.settings import VARIANTS, Holdout, Screening, Study, Variant
from causeway.genomes.phenformer.sizes import SIZES
from causeway.genomes.sources import Registered, Source, World
from causeway.genomes.worlds.settings import GrammarLaw
from causeway.hardware import Hardware
from causeway.system import Run, System

GTEX = Study(variants=["phenformer", "no-deviation"])
CHR22 = Study(
    variants=["phenformer", "gene-tokens"],
    holdout=Holdout(kind="blocks", gap=20_000),
    encoder=SIZES["base"].encoder,
    genome=SIZES["base"].genome,
    screening=Screening(variants="all"),
)


class PhenformerConfig(System):
    """Section ``phenformer`` of the configuration."""

    title: ClassVar[str] = (
        "Multi-megabase scale genome interpretation with genetic language models"
    )
    arxiv: ClassVar[str] = "2501.07737"
    registered = (Registered,)

    run: Run = Run(datasets=["gtex", "chr22"], variants=list(VARIANTS), seeds=[0, 1, 2, 3, 4])
    """Datasets, variants and seeds; which of the variants, and how many of the seeds, a dataset
    is given stands in ``studies``."""
    sources: dict[str, Source] = Field(
        default={
            "gtex": Registered(
                names=["grch38", "gencode-v26", "gtex-v8-median-tpm"],
                sequence="GCA_000001405.15_GRCh38_no_alt_analysis_set.fna.gz",
                annotation="gencode.v26.annotation.gtf.gz",
                expression=("GTEx_Analysis_2017-06-05_v8_RNASeQCv1.1.9_gene_median_tpm.gct.gz"),
            ),
            "chr22": Registered(
                names=[
                    "grch38",
                    "gencode-v39",
                    "thousand-genomes-chr22",
                    "thousand-genomes-chr22-index",
                ],
                contigs=["chr22"],
                sequence="GCA_000001405.15_GRCh38_no_alt_analysis_set.fna.gz",
                annotation="gencode.v39.annotation.gtf.gz",
                grammar=GrammarLaw(),
                variants=(
                    "1kGP_high_coverage_Illumina.chr22.filtered.SNV_INDEL_SV_phased_panel.vcf.gz"
                ),
            ),
        }
    )
    """Genomes: measured expression of the reference (``gtex``), and phased genomes of 3,202 people
    whose expression and diseases are drawn (``chr22``), as no open data join genomes and
    diseases. Your own files, which may have both, are ``kind: files``, a synthetic world
    ``kind: genome-world``."""
    studies: dict[str, Study] = Field(default={"gtex": GTEX, "chr22": CHR22})
    """What is done with each dataset."""
    variants: dict[str, Variant] = VARIANTS
    """The method (``phenformer``) and its ablations."""
    hardware: Hardware = Hardware()

    @model_validator(mode="after")
    def _people_have_diseases(self) -> Self:
        for name, source in self.sources.items():
            if isinstance(source, World) or source.variants is None:
                continue
            if source.diseases is None and source.grammar is None:
                raise ValueError(
                    f"sources.{name}.variants: people need diseases; give a table of them, or a "
                    "grammar by which they are drawn"
                )
        return self
