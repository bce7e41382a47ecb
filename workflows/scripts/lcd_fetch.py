"""Fetch the files of a registered screen."""

from causeway.cells.lcd.fetch import fetch
from causeway.job import call

call(fetch, snakemake)
