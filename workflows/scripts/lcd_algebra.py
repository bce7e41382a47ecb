"""Check CLIPR's algebra on exact inputs."""

from causeway.cells.lcd.algebra import algebra
from causeway.job import call

call(algebra, snakemake)
