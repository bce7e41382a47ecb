"""Compute laws, plans and ranks, and compare them with printed tables."""

from causeway.job import call
from causeway.trust.conformal.tabulate import tabulate

call(tabulate, snakemake)
