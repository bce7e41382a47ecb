"""Code the data of several environments in both directions."""

from causeway.causal.codelength.discover import discover
from causeway.job import call

call(discover, snakemake)
