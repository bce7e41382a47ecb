"""Decide what is held out."""

from causeway.cells.lcd.split import split
from causeway.job import call

call(split, snakemake)
