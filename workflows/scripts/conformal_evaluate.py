"""Audit a pool of scores."""

from causeway.job import call
from causeway.trust.conformal.evaluate import evaluate

call(evaluate, snakemake)
