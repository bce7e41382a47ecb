"""Measure predictions of expression."""

from causeway.genomes.phenformer.evaluate import evaluate
from causeway.job import call

call(evaluate, snakemake)
