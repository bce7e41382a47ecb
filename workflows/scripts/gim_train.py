"""Train generative intervention models."""

from causeway.cells.gim.train import train
from causeway.job import call

call(train, snakemake)
