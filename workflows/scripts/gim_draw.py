"""Draw what the models learned."""

from causeway.cells.gim.draw import draw
from causeway.job import call

call(draw, snakemake)
