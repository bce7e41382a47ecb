"""Compute fingerprints of drugs."""

from causeway.cells.gim.fingerprints import fingerprints
from causeway.job import call

call(fingerprints, snakemake)
