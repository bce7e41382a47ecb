"""Write a screen in canonical form."""

from causeway.cells.lcd.prepare import prepare
from causeway.job import call

call(prepare, snakemake)
