"""Draw the badge that counts the verdicts."""

from causeway.job import call
from causeway.report.badge import badge

call(badge, snakemake)
