"""Draw the figures of one dataset."""

from causeway.job import call
from causeway.trust.wishart.draw import draw

call(draw, snakemake)
