"""Read or draw people, and draw their diseases."""

from causeway.genomes.phenformer.people import people
from causeway.job import call

call(people, snakemake)
