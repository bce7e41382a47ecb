"""Measure predictions, targets and edges."""

from causeway.cells.gim.evaluate import evaluate
from causeway.job import call

call(evaluate, snakemake)
