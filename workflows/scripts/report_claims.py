"""Join the judged claims of all systems to one table and one page."""

from causeway.job import call
from causeway.report.claims import claims

call(claims, snakemake)
