"""Fetch public text."""

from causeway.job import call
from causeway.language.gidd.fetch import fetch

call(fetch, snakemake)
