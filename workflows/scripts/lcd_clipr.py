"""Read a causal matrix off a trained drift."""

from causeway.cells.lcd.clipr import clipr
from causeway.job import call

call(clipr, snakemake)
