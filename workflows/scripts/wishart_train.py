"""Train privately."""

from causeway.job import call
from causeway.trust.wishart.train import train

call(train, snakemake)
