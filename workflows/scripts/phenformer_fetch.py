"""Fetch the files of a genome."""

from causeway.genomes.phenformer.fetch import fetch
from causeway.job import call

call(fetch, snakemake)
