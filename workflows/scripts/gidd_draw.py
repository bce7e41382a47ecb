"""Draw the laws of a sweep and what its models write."""

from causeway.job import call
from causeway.language.gidd.draw import draw

call(draw, snakemake)
