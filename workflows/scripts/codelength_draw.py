"""Draw the code lengths of one dataset."""

from causeway.causal.codelength.draw import draw
from causeway.job import call

call(draw, snakemake)
