"""Draw what the first stage of Phenformer predicts."""

from causeway.genomes.phenformer.draw import draw
from causeway.job import call

call(draw, snakemake)
