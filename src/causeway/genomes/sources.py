"""Where genomes, expression and people can come from, as configuration.

Marks in the descriptions: [P] published (abstract of arXiv:2501.07737), [ours] our choice.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from causeway.genomes.worlds.settings import GenomeWorld, GrammarLaw, LiabilityLaw
from causeway.section import Section


class _Measured(Section):
    """Which files a folder holds, and what they are. All of them [ours]."""

    sequence: str
    """Reference genome: FASTA, plain or compressed, or 2bit."""
    annotation: str | None = None
    """Genes: GTF, GFF3, or a CSV table with ``locus_tag, start, end, strand``; null: windows side
    by side along the contigs stand for genes."""
    expression: str | None = None
    """Expression of genes in contexts: CSV, GCT or h5ad; null: by ``grammar``."""
    units: Literal["tpm", "rpkm", "log1p", "log2", "log10"] = "tpm"
    """What the table of expression holds: transcripts per million, reads per kilobase and
    million, or a logarithm of 1 + transcripts per million: natural, binary, decimal."""
    contig: str | None = None
    """Where all genes lie, if the table of genes has no such column."""
    variants: str | None = None
    """VCF or BCF with genotypes, or with frequencies from which people are drawn; null: no
    people."""
    contigs: list[str] = Field(default_factory=list)
    """Contigs that are used, by the names of ``sequence``; empty: all."""
    circular: list[str] = Field(default_factory=list)
    """Contigs without ends."""
    modules: str | None = None
    """JSON file of PyModulon with signatures of regulators (iModulons), by which hypotheses
    about regulators are judged; null: not by these."""
    network: str | None = None
    """Table of known regulation with the columns ``regulator`` and ``gene_id``, TSV or CSV, e.g.
    made from RegulonDB, in place of ``modules``; null: none."""
    grammar: GrammarLaw | None = None
    """Law by which sequences express where nothing was measured; results are then labelled
    semi-synthetic."""
    people: dict[str, PositiveInt] = Field(default_factory=dict)
    """People to draw from the frequencies of each population; empty: those of ``variants``."""
    founders: int = Field(0, ge=0)
    """Founder haplotypes of each population that drawn haplotypes copy block by block, so that
    near sites are linked; 0: sites are drawn one by one."""
    block: PositiveInt = 20_000
    """Bases that are copied from one founder."""
    diseases: str | None = None
    """Table of who has which disease, CSV or TSV: ``person`` and a column per disease with 1, 0,
    or nothing where it is not known; null: drawn, by ``liability``."""
    covariates: str | None = None
    """Table of ``person`` and numeric columns, e.g. age and sex (0 or 1), that ensembles and
    polygenic scores adjust for. A column ``population`` sorts people, within which parts are
    shared out and risks are judged; no model reads it. Null: none."""
    literature: str | None = None
    """Table of the columns ``disease``, ``context`` and ``source``, a citation, apart by tabs, by
    which hypotheses about ``diseases`` are judged; null: they are not judged."""
    liability: LiabilityLaw = LiabilityLaw()
    """Law of diseases, where none are given."""

    @model_validator(mode="after")
    def _something_is_expressed(self) -> Self:
        if (self.expression is None) == (self.grammar is None):
            raise ValueError("expression: give either a table or a grammar")
        if self.modules is not None and self.network is not None:
            raise ValueError("network: give either modules or a network of regulators")
        if self.people and self.variants is None:
            raise ValueError("people: to draw them, variants with frequencies are needed")
        return self

    @model_validator(mode="after")
    def _people_have_diseases(self) -> Self:
        for name in ("diseases", "covariates"):
            if getattr(self, name) is not None and (self.variants is None or self.people):
                raise ValueError(
                    f"{name}: they are those of people, which needs variants with genotypes, and "
                    "no people that are drawn"
                )
        if self.diseases is None:
            if self.literature is not None:
                raise ValueError("literature: it judges diseases that are given, and none are")
        elif self.grammar is not None:
            raise ValueError(
                "diseases: a grammar tells nothing of measured ones; give measured expression"
            )
        elif self.liability != LiabilityLaw():
            raise ValueError("liability: diseases are given, and none are drawn; leave it out")
        return self


class GenomeFiles(_Measured):
    """Files of your own."""

    kind: Literal["files"] = "files"
    path: Path
    """Folder that holds the files."""


class Registered(_Measured):
    """Files of the dataset registry."""

    kind: Literal["registry"] = "registry"
    names: list[str] = Field(min_length=1)
    """Rows of ``config/data.tsv`` whose files are brought together."""


class World(GenomeWorld):
    """A synthetic genome with people, written in the formats of real ones."""

    kind: Literal["genome-world"] = "genome-world"

    def files(self, folder: Path) -> GenomeFiles:
        """Its files, as those of your own would be named."""
        return GenomeFiles(
            path=folder,
            sequence="genome.fa.gz",
            annotation="genes.gff3",
            expression="expression.csv",
            units="log1p",
            variants="sites.vcf.gz",
            people=self.population.people,
            founders=self.population.founders,
            block=self.population.block,
            liability=self.liability,
        )


Source = Annotated[GenomeFiles | Registered | World, Field(discriminator="kind")]
