"""Pretrain RigidSSL on noisy views of chains."""

from causeway.job import call
from causeway.proteins.rigidssl.pretrain import pretrain

call(pretrain, snakemake)
