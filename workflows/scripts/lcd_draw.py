"""Draw predictions beside what was observed."""

from causeway.cells.lcd.draw import draw
from causeway.job import call

call(draw, snakemake)
