"""Measure a pretrained RigidSSL on held-out chains."""

from causeway.job import call
from causeway.proteins.rigidssl.evaluate import evaluate

call(evaluate, snakemake)
