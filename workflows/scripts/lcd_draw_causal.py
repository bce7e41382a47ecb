"""Draw what CLIPR read off."""

from causeway.cells.lcd.draw_causal import draw_causal
from causeway.job import call

call(draw_causal, snakemake)
