"""Say with which software, on what and from what the run was made."""

from causeway.job import call
from causeway.report.versions import versions

call(versions, snakemake)
