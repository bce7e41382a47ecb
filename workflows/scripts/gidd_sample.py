"""Write text with the best model of each type of noise, and judge it."""

from causeway.job import call
from causeway.language.gidd.sample import sample

call(sample, snakemake)
