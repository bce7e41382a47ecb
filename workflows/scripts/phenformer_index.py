"""Bring a genome, its genes and their expression into one form."""

from causeway.genomes.phenformer.index import index
from causeway.job import call

call(index, snakemake)
