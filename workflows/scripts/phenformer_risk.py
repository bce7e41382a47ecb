"""Learn diseases from what genomes change."""

from causeway.genomes.phenformer.risk import risk
from causeway.job import call

call(risk, snakemake)
