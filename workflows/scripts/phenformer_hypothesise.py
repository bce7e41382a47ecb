"""Rank contexts as causes of diseases."""

from causeway.genomes.phenformer.hypothesise import hypothesise
from causeway.job import call

call(hypothesise, snakemake)
