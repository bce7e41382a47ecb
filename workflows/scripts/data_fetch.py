"""Fetch one raw file."""

from causeway.data.fetch import fetch
from causeway.job import call

call(fetch, snakemake)
