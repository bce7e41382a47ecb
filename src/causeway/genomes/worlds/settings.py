"""What the synthetic worlds are made of, as configuration. All values are ours."""

from typing import Annotated, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from causeway.section import Section

Range = tuple[float, float]
Share = Annotated[float, Field(ge=0, le=1)]


class GrammarLaw(Section):
    """Motifs that act on expression, each in some contexts and at some distance from the start."""

    motifs: PositiveInt = 8
    """Motifs M."""
    width: tuple[PositiveInt, PositiveInt] = (6, 8)
    """Least and greatest number of bases of a motif; at most 10."""
    certainty: Range = (0.75, 0.97)
    """Ends of the probability of the preferred base at a place of a motif."""
    upstream: PositiveInt = 400
    """Bases before the transcription start in which motifs act."""
    downstream: int = Field(50, ge=0)
    """Bases from the transcription start on in which motifs act."""
    centre: Range = (-250.0, -50.0)
    """Ends of the place, relative to the start, at which a motif acts most."""
    spread: Range = (60.0, 120.0)
    """Ends of the standard deviation, in bases, by which its action fades around that place."""
    either_strand: bool = True
    """Whether a motif acts in both orientations."""
    gain: PositiveFloat = 1.5
    """Slope of saturation: an action is tanh(gain * hits)."""
    contexts: PositiveInt = 12
    """Contexts K, such as tissues."""
    organs: PositiveInt = 4
    """Groups of contexts."""
    active: float = Field(0.35, gt=0, le=1)
    """Share of motifs that act in a context; the others have weight zero in it."""
    weight: Range = (0.8, 2.0)
    """Ends of the absolute weight of an active motif, in log1p(TPM)."""
    enhancing: Share = 0.7
    """Share of motifs that raise expression; the others lower it."""
    base: Range = (2.5, 4.0)
    """Ends of the expression of a context without motifs, in log1p(TPM)."""
    gene_noise: float = Field(0.3, ge=0)
    """Standard deviation of what no sequence explains, of a gene in all contexts."""
    noise: float = Field(0.2, ge=0)
    """Standard deviation of what no sequence explains, of a gene in one context."""

    @model_validator(mode="after")
    def _ranges_make_sense(self) -> Self:
        for name in ("width", "certainty", "centre", "spread", "weight", "base"):
            low, high = getattr(self, name)
            if not low <= high:
                raise ValueError(f"{name} needs two ends with low <= high")
        low, high = self.certainty
        if not 0.25 < low <= high <= 1:
            raise ValueError("certainty needs two ends above 0.25, at most 1")
        if self.width[1] > 10:
            raise ValueError("width: motifs of more than 10 bases take too much memory")
        low, high = self.centre
        if not -self.upstream <= low <= high < self.downstream:
            raise ValueError("centre: must lie where motifs act, between upstream and downstream")
        if self.spread[0] <= 0:
            raise ValueError("spread: must be greater than 0")
        if self.organs > self.contexts:
            raise ValueError(f"organs: {self.organs} groups of only {self.contexts} contexts")
        return self


class GenomeLaw(Section):
    """Contigs of random bases, with genes on both strands and motifs planted before them."""

    contigs: PositiveInt = 4
    """Contigs."""
    genes: PositiveInt = 800
    """Genes, shared out evenly over contigs."""
    spacing: PositiveInt = 2500
    """Bases of the slot of each gene."""
    coding: tuple[PositiveInt, PositiveInt] = (300, 1200)
    """Least and greatest length of a coding sequence, in bases."""
    gc: float = Field(0.45, gt=0, lt=1)
    """Share of G and C outside genes."""
    planted: Share = 0.4
    """Chance by which a motif is planted before a gene."""
    paralogs: Share = 0.1
    """Share of genes whose promoter is a mutated copy of an earlier gene's."""
    divergence: Share = 0.1
    """Chance by which a base of such a copy is drawn anew."""
    gap: Share = 0.002
    """Share of bases that are unknown (N), in one run per contig."""

    @model_validator(mode="after")
    def _genes_fit(self) -> Self:
        low, high = self.coding
        if not 6 <= low <= high:
            raise ValueError("coding needs two ends with 6 <= low <= high")
        if self.genes < self.contigs:
            raise ValueError(f"genes: {self.genes} of them on {self.contigs} contigs")
        return self


class PopulationLaw(Section):
    """Sites with a spectrum of frequencies like real ones, and people of several populations."""

    people: dict[str, PositiveInt] = Field(
        default={"EUR": 240, "AFR": 60, "EAS": 60, "AMR": 60, "SAS": 60}, min_length=1
    )
    """Number of people of each population; the names are those of 1000 Genomes."""
    spacing: PositiveFloat = 35.0
    """Mean distance of two sites in bases; 34.5 in the slice of chromosome 20."""
    frequency: Range = (0.001, 0.5)
    """Ends of the ancestral frequency x, drawn by the density 1 / x of neutral sites."""
    divergence: float = Field(0.1, gt=0, lt=1)
    """Fixation index F of Balding and Nichols, by which frequencies of populations differ."""
    indels: Share = 0.03
    """Share of sites that insert or delete bases; 0.028 in the slice of chromosome 20."""
    indel_length: PositiveFloat = 2.5
    """Mean number of bases of an indel, geometric, at most 30."""
    founders: int = Field(0, ge=0)
    """Founder haplotypes of each population that haplotypes copy in blocks, by which near sites
    are linked; 0: sites are independent."""
    block: PositiveInt = 20_000
    """Bases that are copied from one founder."""

    @model_validator(mode="after")
    def _frequencies_make_sense(self) -> Self:
        low, high = self.frequency
        if not 0 < low <= high <= 0.5:
            raise ValueError("frequency needs two ends with 0 < low <= high <= 0.5")
        return self


class LiabilityLaw(Section):
    """Diseases whose liability rests on true differences of expression, or on nothing."""

    diseases: PositiveInt = 4
    """Diseases D."""
    contexts: tuple[PositiveInt, PositiveInt] = (1, 2)
    """Least and greatest number of causal contexts of a disease."""
    genes: PositiveInt = 20
    """Causal genes of a disease, drawn among those that vary in its contexts."""
    spread: PositiveFloat = 0.05
    """Least standard deviation over people, in log1p(TPM), of a gene that varies."""
    expressed: Share = 0.5
    """Share of the variance of liability that differences of causal expression make."""
    polygenic: Share = 0.15
    """Share of the variance of liability that sites make without expression."""
    polygenic_sites: PositiveInt = 200
    """Sites of that share, drawn among those of frequency 0.01 or more."""
    covariates: Share = 0.05
    """Share of the variance of liability that age and sex make."""
    prevalence: float = Field(0.25, gt=0, lt=1)
    """Share of people who are cases."""
    null: bool = False
    """Whether liability is noise and covariates alone, as the control of every claim."""

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if self.expressed + self.polygenic + self.covariates > 1:
            raise ValueError("expressed, polygenic and covariates: shares of more than the whole")
        low, high = self.contexts
        if low > high:
            raise ValueError("contexts needs two ends with low <= high")
        return self


class GenomeWorld(Section):
    """A genome, its grammar, a population and its diseases."""

    grammar: GrammarLaw = GrammarLaw()
    """How sequences express."""
    genome: GenomeLaw = GenomeLaw()
    """Contigs and genes."""
    population: PopulationLaw = PopulationLaw()
    """Sites and people."""
    liability: LiabilityLaw = LiabilityLaw()
    """Diseases."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        reach = self.grammar.upstream + self.genome.coding[1]
        if self.genome.spacing < reach:
            raise ValueError(
                f"genome.spacing: a gene and what acts on it need {reach} bases of a slot"
            )
        if self.liability.contexts[1] > self.grammar.contexts:
            raise ValueError("liability.contexts: more causal contexts than there are")
        return self
