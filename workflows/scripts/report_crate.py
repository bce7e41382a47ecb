"""Describe the run as an RO-Crate, with a copy of the workflow and its configuration."""

from causeway.job import call
from causeway.report.crate.crate import crate

call(crate, snakemake)
