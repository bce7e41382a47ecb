"""Compare predicted with observed cells."""

from causeway.cells.lcd.evaluate import evaluate
from causeway.job import call

call(evaluate, snakemake)
