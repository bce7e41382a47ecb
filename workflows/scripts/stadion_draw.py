"""Draw what stationary diffusions learned."""

from causeway.cells.stadion.draw import draw
from causeway.job import call

call(draw, snakemake)
