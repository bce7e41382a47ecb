"""Train the drift that all perturbations share."""

from causeway.cells.lcd.train import train
from causeway.job import call

call(train, snakemake)
