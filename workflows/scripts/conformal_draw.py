"""Draw the audits of one dataset."""

from causeway.job import call
from causeway.trust.conformal.draw import draw

call(draw, snakemake)
