"""Predict cells of held-out perturbations."""

from causeway.cells.lcd.sample import sample
from causeway.job import call

call(sample, snakemake)
