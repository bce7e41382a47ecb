"""Fit the laws of a sweep."""

from causeway.job import call
from causeway.language.gidd.fit import fit

call(fit, snakemake)
