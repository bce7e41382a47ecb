"""Ask whether the noise model tells the counts that it was fitted to."""

from causeway.cells.lcd.examine import examine
from causeway.job import call

call(examine, snakemake)
