"""Take cells of a screen and hold out interventions."""

from causeway.cells.stadion.prepare import prepare
from causeway.job import call

call(prepare, snakemake)
