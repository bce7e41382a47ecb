"""Measure learned stationary diffusions."""

from causeway.cells.stadion.evaluate import evaluate
from causeway.job import call

call(evaluate, snakemake)
