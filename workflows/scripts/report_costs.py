"""Write the page of what claims, systems and rules cost, and on which machines."""

from causeway.job import call
from causeway.report.costs import costs

call(costs, snakemake)
