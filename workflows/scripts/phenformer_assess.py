"""Judge risks beside polygenic scores and controls."""

from causeway.genomes.phenformer.assess import assess
from causeway.job import call

call(assess, snakemake)
