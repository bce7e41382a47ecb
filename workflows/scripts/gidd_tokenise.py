"""Make tokens of text."""

from causeway.job import call
from causeway.language.gidd.tokenise import tokenise

call(tokenise, snakemake)
