"""Read people by the frozen first stage."""

from causeway.genomes.phenformer.embed import embed
from causeway.job import call

call(embed, snakemake)
