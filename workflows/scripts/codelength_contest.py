"""Count in how many random worlds the causal direction has the shorter code."""

from causeway.causal.codelength.contest import contest
from causeway.job import call

call(contest, snakemake)
