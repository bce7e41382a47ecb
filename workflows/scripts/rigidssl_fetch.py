"""Fetch the structure files of one shard."""

from causeway.job import call
from causeway.proteins.rigidssl.fetch import fetch

call(fetch, snakemake)
