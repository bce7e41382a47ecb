"""Make screens and their splits."""

from causeway.cells.gim.prepare import prepare
from causeway.job import call

call(prepare, snakemake)
