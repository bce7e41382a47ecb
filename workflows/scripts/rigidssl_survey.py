"""Fix what a dataset consists of."""

from causeway.job import call
from causeway.proteins.rigidssl.survey import survey

call(survey, snakemake)
