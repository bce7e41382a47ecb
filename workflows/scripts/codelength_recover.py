"""Find the number of mechanisms that counts in several environments share."""

from causeway.causal.codelength.recover import recover
from causeway.job import call

call(recover, snakemake)
