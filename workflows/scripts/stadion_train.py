"""Learn stationary diffusions from interventions."""

from causeway.cells.stadion.train import train
from causeway.job import call

call(train, snakemake)
