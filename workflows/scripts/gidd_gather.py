"""Gather the curves of all runs of a sweep."""

from causeway.job import call
from causeway.language.gidd.gather import gather

call(gather, snakemake)
