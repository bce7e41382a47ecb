"""Write the scores of a pool."""

from causeway.job import call
from causeway.trust.conformal.prepare import prepare

call(prepare, snakemake)
