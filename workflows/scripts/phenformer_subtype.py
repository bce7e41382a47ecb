"""Group the cases of each disease."""

from causeway.genomes.phenformer.subtype import subtype
from causeway.job import call

call(subtype, snakemake)
