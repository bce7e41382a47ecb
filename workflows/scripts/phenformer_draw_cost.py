"""Draw the cost of reading genomes in two scales."""

from causeway.genomes.phenformer.draw_cost import draw_cost
from causeway.job import call

call(draw_cost, snakemake)
