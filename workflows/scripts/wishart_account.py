"""Account for the vector release."""

from causeway.job import call
from causeway.trust.wishart.account import account

call(account, snakemake)
