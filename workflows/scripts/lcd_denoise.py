"""Fit the noise model and draw latent states."""

from causeway.cells.lcd.denoise import denoise
from causeway.job import call

call(denoise, snakemake)
