"""Read one shard of structures into backbone chains."""

from causeway.job import call
from causeway.proteins.rigidssl.prepare import prepare

call(prepare, snakemake)
