"""Hold out chains by sequence cluster."""

from causeway.job import call
from causeway.proteins.rigidssl.split import split

call(split, snakemake)
