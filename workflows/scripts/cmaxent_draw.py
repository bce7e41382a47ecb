"""Draw the figures of CMAXENT merging."""

from causeway.causal.cmaxent.draw import draw
from causeway.job import call

call(draw, snakemake)
