"""Make the files of a synthetic genome."""

from causeway.genomes.phenformer.synthesise import synthesise
from causeway.job import call

call(synthesise, snakemake)
