"""Draw the figures of RigidSSL pretraining."""

from causeway.job import call
from causeway.proteins.rigidssl.draw import draw

call(draw, snakemake)
