"""Random projections and privacy: the Wishart mechanism (arXiv:2601.21719).

A release is ``M f(S)`` with ``M = A^T A`` and ``A`` an ``r x d`` matrix of independent
``N(0, 1/r)`` entries, as in the first step of LoRA with a frozen ``A``. The package accounts for
what such a release gives away, with and without added noise, and attacks it.
"""

import lazy_loader

# Snakemake reads the configuration beside this file for every command, without these parts.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "after": ["NoiseAfter"],
        "attacks": ["reconstruct", "symmetry"],
        "audit": ["area", "epsilon_at_least"],
        "calibration": ["calibrate"],
        "composition": ["compose"],
        "mechanism": ["projection", "release"],
        "mixture": ["MixedGaussian", "gaussian", "noise_after_matrix", "noise_before"],
        "theorem": ["bound"],
        "vector": ["VectorRelease", "alignment"],
    },
)
