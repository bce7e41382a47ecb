"""Join the comparisons of all splits."""

from causeway.cells.lcd.summarise import summarise
from causeway.job import call

call(summarise, snakemake)
