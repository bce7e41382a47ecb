"""Pool the implication test over splits."""

from causeway.cells.lcd.implicate import implicate
from causeway.job import call

call(implicate, snakemake)
