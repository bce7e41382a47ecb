"""Learn expression from windows."""

from causeway.genomes.phenformer.learn import learn
from causeway.job import call

call(learn, snakemake)
