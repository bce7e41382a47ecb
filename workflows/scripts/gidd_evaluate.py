"""Measure bounds of the best models on test text."""

from causeway.job import call
from causeway.language.gidd.evaluate import evaluate

call(evaluate, snakemake)
