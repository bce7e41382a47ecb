"""Draw whether predicted expression follows the person."""

from causeway.genomes.phenformer.draw_individuals import draw_individuals
from causeway.job import call

call(draw_individuals, snakemake)
