"""Compare ranked contexts with known ones."""

from causeway.genomes.phenformer.match import match
from causeway.job import call

call(match, snakemake)
