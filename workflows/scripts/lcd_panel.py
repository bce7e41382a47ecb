"""Choose the genes that are modelled."""

from causeway.cells.lcd.panel import panel
from causeway.job import call

call(panel, snakemake)
