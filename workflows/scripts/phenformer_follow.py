"""Ask whether predicted expression follows the person."""

from causeway.genomes.phenformer.follow import follow
from causeway.job import call

call(follow, snakemake)
