"""Merge predictors of one dataset in both directions."""

from causeway.causal.cmaxent.evaluate import evaluate
from causeway.job import call

call(evaluate, snakemake)
