"""Draw what Phenformer makes of people."""

from causeway.genomes.phenformer.draw_people import draw_people
from causeway.job import call

call(draw_people, snakemake)
