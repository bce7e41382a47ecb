"""Train a share of the runs of a sweep."""

from causeway.job import call
from causeway.language.gidd.train import train

call(train, snakemake)
