"""Causal direction by code length over several environments (arXiv:2502.04210).

Data of N environments are coded in two parts: which mechanisms of a finite codebook each
environment uses, then the samples under those mechanisms. Naming a mechanism once for several
environments saves bits, so the factorisation in which few parameters change gets the shorter
code. :func:`compare` answers the question for two columns of one's own.
"""

import lazy_loader

# Snakemake reads the configuration beside this file for every command, without these parts.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "boxes": ["search"],
        "comparison": ["Comparison", "compare"],
        "counts": ["recover_counts"],
        "directions": ["Codes", "encode"],
        "penalties": ["penalty"],
    },
)
