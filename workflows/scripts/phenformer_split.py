"""Decide which genes train, validate and test."""

from causeway.genomes.phenformer.split import split
from causeway.job import call

call(split, snakemake)
