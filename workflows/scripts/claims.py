"""Judge the claims about one system."""

from causeway.claims.claims import claims
from causeway.job import call

call(claims, snakemake)
