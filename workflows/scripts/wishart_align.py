"""Measure the alignment of neighbouring gradients."""

from causeway.job import call
from causeway.trust.wishart.align import align

call(align, snakemake)
