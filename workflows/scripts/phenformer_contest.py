"""Fit every baseline to the same genes."""

from causeway.genomes.phenformer.contest import contest
from causeway.job import call

call(contest, snakemake)
