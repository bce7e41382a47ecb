"""Attack matrix releases."""

from causeway.job import call
from causeway.trust.wishart.attack import attack

call(attack, snakemake)
