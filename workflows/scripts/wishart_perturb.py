"""Account for noisy releases."""

from causeway.job import call
from causeway.trust.wishart.perturb import perturb

call(perturb, snakemake)
